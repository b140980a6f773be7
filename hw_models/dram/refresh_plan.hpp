// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/dram/dram_config.hpp"
#include "sim/kernel/clock.hpp"

namespace vitcod {

/// When refreshes are due. Each rank (all-bank), or its banks in turn (per-bank), gets one in each
/// interval; the ranks' intervals are offset evenly. Nothing is postponed: from the clock in which
/// a refresh is due its banks are closed to all else.
class RefreshPlan {
 public:
  explicit RefreshPlan(const DramConfig& config);

  struct Target {
    std::uint32_t rank = 0;
    bool per_bank = false;
    std::uint32_t bank = 0;   ///< within the channel: the bank, or the rank's first
    std::uint64_t banks = 0;  ///< that take nothing else, one bit each
  };

  bool is_due(Cycle now) const { return now >= next_due_; }
  Cycle next_due() const { return next_due_; }
  /// Notes what has become due by `now`.
  void update(Cycle now);
  /// An all-bank refresh is due and not issued.
  bool is_pending() const { return !per_bank_ && closed_banks_ != 0; }
  const std::vector<Target>& pending() const { return pending_; }
  /// Banks that a pending refresh has closed to all else.
  std::uint64_t closed_banks() const { return closed_banks_; }
  /// The refresh of `rank` was issued.
  void done(std::uint32_t rank, Cycle now);

 private:
  Target target_of(std::uint32_t rank) const;

  const bool per_bank_;
  const Cycle interval_;
  const std::uint32_t banks_per_rank_;
  std::vector<Cycle> due_;                ///< rank: its next one
  std::vector<std::uint32_t> next_bank_;  ///< rank: the bank whose turn it is
  std::vector<Target> pending_;
  std::uint64_t closed_banks_ = 0;
  Cycle next_due_ = kOnLink;
};

}  // namespace vitcod
