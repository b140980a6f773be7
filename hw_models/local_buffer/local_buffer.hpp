// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "hw_models/local_buffer/interleaving.hpp"
#include "hw_models/local_buffer/local_buffer_config.hpp"
#include "hw_models/local_buffer/ways.hpp"
#include "sim/kernel/block.hpp"

namespace vitcod {

/// Read side of a banked on-chip buffer (Q/V or K/S) of one engine, and the network that brings its
/// rows to the lines. Row r lies in bank r mod banks. In a cycle each port of a bank can start one
/// row if a way of the network is free; it keeps both for ceil(row bytes / bytes_per_access)
/// cycles. Whoever asks for the same row in the same cycle shares the access and the way (a
/// broadcast). Who is refused asks again in the next cycle. A row is complete network_cycles after
/// its last part has left the bank. Rows may also leave on a network of somebody else, who then
/// contends for the banks alone.
///
/// A way serves the lines of one group (LineGroups). Lines of a group that ask for the same row
/// share a way; a row that lines of two groups ask for takes one access and a way of each.
///
/// Passive: its engine calls it, in the order that the engine's arbitration gives. Cycles: `busy`
/// with at least one access under way, `conflict` if someone was also refused, else `idle`.
class LocalBuffer final : public Module {
 public:
  LocalBuffer(const sc_core::sc_module_name& name, Clock& clock, const LocalBufferConfig& config,
              StatGroup& parent, std::uint32_t num_lines = 1);

  /// Rows of the coming accesses have `row_bytes` bytes and fill `num_banks` banks of memory. Those
  /// of earlier accesses have arrived.
  void begin(std::uint32_t row_bytes, std::uint32_t num_banks);

  /// Cycles from a granted request to the whole row.
  Cycle latency_cycles() const { return access_cycles_ + network_cycles_; }

  /// Asks for `row` in cycle `now`, for `num_lines` lines from `line` on. Returns the cycle from
  /// which all of them can use it, or 0 if no port of its bank or no way to one of them is free.
  Cycle request(Cycle now, std::uint32_t row, std::uint32_t line = 0, std::uint32_t num_lines = 1) {
    Bank& bank = banks_[bank_.of(row)];
    // Most of those who are refused meet a bank of one port: they ask again in each cycle.
    const bool is_other_row = bank.start != now || bank.rows[0] != row;
    if (num_ports_ == 1 && bank.free_at[0] > now && is_other_row) return refuse(now);
    std::uint32_t access = started(bank, now, row);
    const bool is_started = access < bank.num_started;
    const std::uint32_t port = is_started ? 0 : free_port(bank, now);
    if (port == num_ports_) return refuse(now);
    Ways::Groups missing = ways_.groups_of(line, num_lines);
    if (is_started) missing &= ~bank.on_ways[access];
    if (missing == 0) {
      ++shared_;
      return now + latency_cycles();
    }
    if (!ways_.have_free(now, missing)) {
      ++ways_full_;
      return refuse(now);
    }
    if (is_started) {
      ++shared_;
    } else {
      access = start(bank, port, now, row);
      ++reads_;
    }
    bank.on_ways[access] |= missing;
    sent_ += ways_.take(missing, now + access_cycles_);
    return now + latency_cycles();
  }

  /// What a bank answers to a request whose row leaves on another network than the ways.
  enum class Access : std::uint8_t { kRefused, kStarted, kShared };
  /// Asks the bank of `row` alone, in cycle `now`: refused if none of its ports is free.
  Access access(Cycle now, std::uint32_t row) {
    Bank& bank = banks_[bank_.of(row)];
    if (started(bank, now, row) < bank.num_started) return Access::kShared;
    const std::uint32_t port = free_port(bank, now);
    if (port == num_ports_) {
      note_conflict(now);
      return Access::kRefused;
    }
    start(bank, port, now, row);
    return Access::kStarted;
  }

  Cycle access_cycles() const { return access_cycles_; }
  std::uint32_t row_bytes() const { return row_bytes_; }

  void finish(Cycle cycles) override;
  const CycleAccount* account() const override { return &cycles_; }

 private:
  static constexpr std::uint32_t kMaxPorts = 8;
  enum class Activity { kIdle, kBusy, kConflict };
  struct Bank {
    Cycle start = kOnLink;  ///< cycle in which `rows` were started
    std::uint32_t num_started = 0;
    std::array<std::uint32_t, kMaxPorts> rows{};
    std::array<Ways::Groups, kMaxPorts> on_ways{};  ///< to whose lines they leave
    std::array<Cycle, kMaxPorts> free_at{};
  };

  void book_bytes();
  void count_until(Cycle cycle);
  /// Which of the accesses that the bank began in this cycle is to `row`; else one beyond them.
  static std::uint32_t started(Bank& bank, Cycle now, std::uint32_t row) {
    if (bank.start != now) bank.num_started = 0;
    std::uint32_t i = 0;
    while (i < bank.num_started && bank.rows[i] != row) ++i;
    return i;
  }
  std::uint32_t free_port(const Bank& bank, Cycle now) const {
    std::uint32_t port = 0;
    while (port < num_ports_ && bank.free_at[port] > now) ++port;
    return port;
  }
  std::uint32_t start(Bank& bank, std::uint32_t port, Cycle now, std::uint32_t row) {
    bank.start = now;
    bank.rows[bank.num_started] = row;
    bank.on_ways[bank.num_started] = 0;
    bank.free_at[port] = now + access_cycles_;
    note_access(now);
    return bank.num_started++;
  }
  Cycle refuse(Cycle now) {
    ++refused_;
    note_conflict(now);
    return 0;
  }
  void note_access(Cycle now) {
    const Cycle until = now + access_cycles_;
    if (until <= busy_until_) return;
    if (now > busy_until_) count_until(now);
    busy_until_ = until;
  }
  /// All ports of a bank or all ways to a line are in use, so the cycle is one of the busy ones
  /// already.
  void note_conflict(Cycle now) {
    if (now < counted_until_) return;
    count_until(now);
    cycles_.pass(Activity::kConflict, now, now + 1);
    counted_until_ = now + 1;
  }

  const std::uint32_t num_ports_;
  const std::uint32_t num_ways_;
  const std::uint32_t bytes_per_access_;
  const std::uint32_t network_cycles_;
  Interleaving bank_;  ///< of a row now
  Cycle access_cycles_ = 1;
  std::uint32_t row_bytes_ = 0;
  std::uint64_t booked_reads_ = 0;  ///< whose bytes are in bytes_read_
  std::uint64_t sent_ = 0;          ///< rows on ways of this phase, once a way
  std::vector<Bank> banks_;
  Ways ways_;
  Cycle busy_until_ = 0;     ///< end of the accesses started so far
  Cycle counted_until_ = 0;  ///< cycles before are in the account

  StatGroup stats_;
  Counter reads_{stats_, "reads", "row accesses"};
  Counter bytes_read_{stats_, "bytes_read", "bytes of the rows accessed"};
  Counter bytes_sent_{stats_, "bytes_sent", "bytes of rows on the ways, once a way"};
  Counter shared_{stats_, "shared_reads", "requests served by an access to the same row"};
  Counter refused_{stats_, "refused",
                   "requests refused because no port of the bank or no way was free"};
  Counter ways_full_{stats_, "ways_full", "of these, those for which a port was free"};
  CycleBreakdown<Activity, 3> cycles_{stats_, {"idle", "busy", "conflict"}};
};

}  // namespace vitcod
