// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "hw_models/local_buffer/interleaving.hpp"
#include "hw_models/local_buffer/local_buffer_config.hpp"
#include "sim/kernel/block.hpp"

namespace vitcod {

/// Read side of a banked on-chip buffer (Q/V or K/S) of one engine, and the network that brings its
/// rows to the lines. Row r lies in bank r mod banks. In a cycle each port of a bank can start one
/// row if a way of the network is free; it keeps both for ceil(row bytes / bytes_per_access)
/// cycles. Whoever asks for the same row in the same cycle shares the access and the way (a
/// broadcast). Who is refused asks again in the next cycle. A row is complete network_cycles after
/// its last part has left the bank.
///
/// Passive: its engine calls it, in the order that the engine's arbitration gives. Cycles: `busy`
/// with at least one access under way, `conflict` if someone was also refused, else `idle`.
class LocalBuffer final : public Module {
 public:
  LocalBuffer(const sc_core::sc_module_name& name, Clock& clock, const LocalBufferConfig& config,
              StatGroup& parent);

  /// Rows of the coming accesses have `row_bytes` bytes and fill `num_banks` banks of memory. Those
  /// of earlier accesses have arrived.
  void begin(std::uint32_t row_bytes, std::uint32_t num_banks);

  /// Cycles from a granted request to the whole row.
  Cycle latency_cycles() const { return access_cycles_ + network_cycles_; }

  /// Asks for `row` in cycle `now`. Returns the cycle from which the row can be used, or 0 if no
  /// port of its bank or no way is free.
  Cycle request(Cycle now, std::uint32_t row) {
    Bank& bank = banks_[bank_.of(row)];
    if (bank.start == now && shares_access(bank, row)) {
      ++shared_;
      return now + latency_cycles();
    }
    for (std::uint32_t port = 0; port < num_ports_; ++port) {
      if (bank.free_at[port] > now) continue;
      if (!take_way(now)) {
        ++ways_full_;
        break;
      }
      if (bank.start != now) bank.num_started = 0;
      bank.start = now;
      bank.rows[bank.num_started++] = row;
      bank.free_at[port] = now + access_cycles_;
      note_access(now);
      return now + latency_cycles();
    }
    note_conflict(now);
    return 0;
  }

  void finish(Cycle cycles) override;
  const CycleAccount* account() const override { return &cycles_; }

 private:
  static constexpr std::uint32_t kMaxPorts = 8;
  enum class Activity { kIdle, kBusy, kConflict };
  struct Bank {
    Cycle start = kOnLink;  ///< cycle in which `rows` were started
    std::uint32_t num_started = 0;
    std::array<std::uint32_t, kMaxPorts> rows{};
    std::array<Cycle, kMaxPorts> free_at{};
  };

  void book_bytes();
  void count_until(Cycle cycle);
  /// All rows take a way for as long, so the ways become free in the order in which they were
  /// taken.
  bool take_way(Cycle now) {
    Cycle& oldest = way_free_at_[next_way_];
    if (oldest > now) return false;
    oldest = now + access_cycles_;
    next_way_ = next_way_ + 1 == way_free_at_.size() ? 0 : next_way_ + 1;
    return true;
  }
  static bool shares_access(const Bank& bank, std::uint32_t row) {
    for (std::uint32_t i = 0; i < bank.num_started; ++i) {
      if (bank.rows[i] == row) return true;
    }
    return false;
  }
  void note_access(Cycle now) {
    ++reads_;
    const Cycle until = now + access_cycles_;
    if (until <= busy_until_) return;
    if (now > busy_until_) count_until(now);
    busy_until_ = until;
  }
  /// All ports of a bank or all ways are in use, so the cycle is one of the busy ones already.
  void note_conflict(Cycle now) {
    ++refused_;
    if (now < counted_until_) return;
    count_until(now);
    cycles_.pass(Activity::kConflict, now, now + 1);
    counted_until_ = now + 1;
  }

  const std::uint32_t num_ports_;
  const std::uint32_t bytes_per_access_;
  const std::uint32_t network_cycles_;
  Interleaving bank_;  ///< of a row now
  Cycle access_cycles_ = 1;
  std::uint32_t row_bytes_ = 0;
  std::uint64_t booked_reads_ = 0;  ///< whose bytes are in bytes_read_
  std::vector<Bank> banks_;
  std::vector<Cycle> way_free_at_;
  std::size_t next_way_ = 0;  ///< the one that becomes free first
  Cycle busy_until_ = 0;      ///< end of the accesses started so far
  Cycle counted_until_ = 0;   ///< cycles before are in the account

  StatGroup stats_;
  Counter reads_{stats_, "reads", "row accesses"};
  Counter bytes_read_{stats_, "bytes_read", "bytes of the rows accessed"};
  Counter shared_{stats_, "shared_reads", "requests served by an access to the same row"};
  Counter refused_{stats_, "refused",
                   "requests refused because no port of the bank or no way was free"};
  Counter ways_full_{stats_, "ways_full", "of these, those for which a port was free"};
  CycleBreakdown<Activity, 3> cycles_{stats_, {"idle", "busy", "conflict"}};
};

}  // namespace vitcod
