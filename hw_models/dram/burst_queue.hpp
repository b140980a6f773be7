// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/base/stats.hpp"

namespace vitcod {

/// The bursts of one direction that wait for their column command, bounded. Kept in order of age,
/// in all and bank by bank, with the oldest row hit of each bank at hand.
class BurstQueue {
 public:
  using Slot = std::uint16_t;
  static constexpr Slot kNone = 0xFFFF;
  static constexpr std::uint32_t kMaxBanks = 64;

  struct Burst {
    std::uint64_t sequence = 0;  ///< age over both directions
    Cycle arrival = 0;
    std::uint32_t row = 0;
    std::uint32_t column = 0;
    std::uint16_t run = 0;
    std::uint8_t bank = 0;
    bool activated = false;                         ///< its row was opened for it
    bool precharged = false;                        ///< another row was closed for it
    Slot older = kNone, younger = kNone;            ///< in all
    Slot bank_older = kNone, bank_younger = kNone;  ///< in the bank
  };

  explicit BurstQueue(std::uint32_t depth);

  std::uint32_t size() const { return size_; }
  bool full() const { return free_ == kNone; }
  const Burst& at(Slot slot) const { return bursts_[slot]; }
  Burst& at(Slot slot) { return bursts_[slot]; }
  Slot oldest() const { return oldest_; }
  Slot oldest_of(std::uint32_t bank) const { return banks_[bank].oldest; }
  /// The oldest burst to the open row of `bank`; kNone if there is none.
  Slot hit_of(std::uint32_t bank) const { return banks_[bank].hit; }
  /// Age of the oldest, bank by bank.
  const std::uint64_t* oldest_sequences() const { return oldest_sequences_.data(); }
  std::uint32_t num_hits(std::uint32_t bank) const { return banks_[bank].num_hits; }
  /// Banks with a burst waiting, and banks with a row hit waiting, one bit each.
  std::uint64_t waiting_banks() const { return waiting_banks_; }
  std::uint64_t hit_banks() const { return hit_banks_; }

  /// Adds the youngest burst; `is_hit` if its row is open. Needs room.
  Slot insert(const Burst& burst, bool is_hit);
  void remove(Slot slot);
  void open_row(std::uint32_t bank, std::uint32_t row);
  void close_row(std::uint32_t bank);
  bool holds(std::uint32_t bank, std::uint32_t row, std::uint32_t column) const;

 private:
  struct Bank {
    Slot oldest = kNone;
    Slot youngest = kNone;
    Slot hit = kNone;
    std::uint16_t num_hits = 0;
  };
  void next_hit(std::uint32_t bank, Slot from, std::uint32_t row);

  std::vector<Burst> bursts_;
  std::array<Bank, kMaxBanks> banks_{};
  std::array<std::uint64_t, kMaxBanks> oldest_sequences_{};
  std::uint64_t waiting_banks_ = 0;
  std::uint64_t hit_banks_ = 0;
  std::uint32_t size_ = 0;
  Slot free_ = kNone;  ///< list of unused slots, linked by `younger`
  Slot oldest_ = kNone;
  Slot youngest_ = kNone;
};

}  // namespace vitcod
