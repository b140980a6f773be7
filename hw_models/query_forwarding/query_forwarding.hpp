// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "hw_models/local_buffer/local_buffer.hpp"
#include "hw_models/query_forwarding/query_forwarding_config.hpp"
#include "hw_models/query_window/query_window.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// Query-based Q forwarding (ViTCoD section V): the sparser engine looks a Q row up in the denser
/// engine's Q/V buffer first. It posts a request in one cycle; from the next one on the request
/// contends for the banks of that buffer with the denser engine's own reads, before these, oldest
/// first, and for the ways of the crossing, of which each serves one group of lines (LineGroups):
/// lines of a group that are given the same row in a cycle share a way. A row that a bank gives in
/// cycle c can be used from c
/// + buffer latency + latency_cycles. What either engine does in a cycle the other sees in the next
/// one, so that the order in which they run within a cycle changes nothing.
///
/// Where the buffer holds a window of the rows (QueryWindow), a request is looked up there when it
/// is seen: a row within the frame is given once it is there, any other one is missed, and who
/// serves has it fetched for the line.
class QueryForwarding final : public Module {
 public:
  /// A line's row is on its way.
  struct Grant {
    Cycle given = 0;  ///< cycle in which a bank gave the row
    std::uint32_t line = 0;
    Cycle at = 0;  ///< it can be used from here
  };

  /// A row of a line: its place in the denser engine's buffer, and which one it is.
  struct Wanted {
    std::uint32_t place = 0;
    TileHead head{};
    HeadRow row{};
  };
  /// A row that the window does not hold.
  struct Missed {
    std::uint32_t line = 0;
    TileHead head{};
    HeadRow row{};
  };

  /// `denser_buffer`: the denser engine's Q/V buffer.
  QueryForwarding(const sc_core::sc_module_name& name, Clock& clock,
                  const QueryForwardingConfig& config, const LocalBufferConfig& denser_buffer,
                  StatGroup& parent, std::uint32_t num_lines = 1);

  /// `engine` calls serve() when it runs, and is woken for it.
  void serve_by(const Block& engine) { server_ = &engine; }
  /// The denser engine's buffer may hold a window of the rows.
  void look_up_in(QueryWindow& window) { window_ = &window; }

  /// Cycles from a bank to the line, for rows of so many bytes.
  Cycle latency_cycles(std::uint32_t row_bytes) const {
    return ceil_div(row_bytes, bytes_per_access_) + network_cycles_;
  }

  /// The line asks in cycle `now` for a row of the denser engine's buffer. It is served as long as
  /// it takes.
  void post(Cycle now, std::uint32_t line, const Wanted& row);
  void post(Cycle now, std::uint32_t line, std::uint32_t place) {
    post(now, line, Wanted{place, {}, {}});
  }

  /// Serves what was posted before cycle `now` out of `banks`, which the caller reads after that.
  /// ModelError if it did not come in the cycle after a post. Returns whether requests are left.
  bool serve(Cycle now, LocalBuffer& banks);

  /// The next row that was given before cycle `now`, in the order in which rows were.
  std::optional<Grant> take_grant(Cycle now);

  /// The oldest row that was missed and that nobody fetches yet; null if there is none.
  const Missed* next_missed() const { return missed_.empty() ? nullptr : &missed_.front(); }
  void pop_missed() { missed_.pop_front(); }

  /// A look-up that found nothing: the row comes from the sparser engine's own buffer.
  void note_miss() { ++misses_; }

  void finish(Cycle cycles) override;
  const CycleAccount* account() const override { return &cycles_; }

 private:
  enum class Activity { kIdle, kForwarding, kConflict, kWidthExceeded };
  struct Post {
    Cycle cycle = 0;
    std::uint32_t line = 0;
    Wanted row;
    Ways::Groups group = 0;  ///< of the line
  };

  /// A row that crosses since this cycle, and to whose lines.
  struct Crossing {
    std::uint32_t row = 0;
    Ways::Groups groups = 0;
  };

  bool crosses(const Post& post) const;
  bool has_window() const { return window_ != nullptr && window_->is_open(); }
  void see(const Post& post);
  bool give(const Post& post, Cycle now, LocalBuffer& banks);
  void count(Activity activity, Cycle now);

  const std::uint32_t bytes_per_access_;
  const std::uint32_t num_ways_;
  const Cycle network_cycles_;  ///< of the denser engine's buffer, and of the crossing
  const Block* server_ = nullptr;
  std::vector<Post> posts_;    ///< that the denser engine has not seen
  std::vector<Post> waiting_;  ///< that it has
  std::vector<Grant> grants_;
  std::size_t num_taken_ = 0;  ///< of the grants
  std::deque<Missed> missed_;
  QueryWindow* window_ = nullptr;
  Ways ways_;
  std::vector<Crossing> crossing_;  ///< begun in the cycle that is served
  Cycle counted_until_ = 0;         ///< cycles before are in the account

  StatGroup stats_;
  Counter hits_{stats_, "hits", "rows forwarded from the denser engine's Q/V buffer"};
  Counter misses_{stats_, "misses", "rows that the denser engine's Q/V buffer does not hold"};
  Counter reads_{stats_, "reads", "accesses to banks for forwarded rows"};
  Counter bytes_read_{stats_, "bytes_read", "bytes of the rows accessed"};
  Counter bytes_sent_{stats_, "bytes_sent", "bytes of rows that crossed, once a way"};
  Counter shared_{stats_, "shared_reads", "rows that came with an access to the same row"};
  Counter conflicts_{stats_, "conflicts", "requests refused because no port of the bank was free"};
  CycleBreakdown<Activity, 4> cycles_{stats_, {"idle", "forwarding", "conflict", "width_exceeded"}};
};

}  // namespace vitcod
