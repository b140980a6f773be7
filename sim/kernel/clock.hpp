// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "sim/base/stats.hpp"

namespace vitcod {

class Block;
class Scheduler;

/// Instant of the run in units of the common tick of all clocks (see Scheduler).
using Tick = std::uint64_t;

/// Returned by Block::tick when only a neighbour can help; also "never" in wake-up lists.
inline constexpr Cycle kOnLink = std::numeric_limits<Cycle>::max();

/// A clock domain: a frequency, and the blocks that it drives with the cycle at which each is due.
/// All clocks have their edge 0 at tick 0; edge n is at tick n x period.
class Clock {
 public:
  /// `frequency_khz` is at least 1. The clock registers itself with `scheduler`.
  Clock(Scheduler& scheduler, std::string name, std::uint64_t frequency_khz);
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;

  const std::string& name() const { return name_; }
  std::uint64_t frequency_khz() const { return frequency_khz_; }
  Scheduler& scheduler() const { return scheduler_; }

  /// The cycle whose blocks run now; between edges, the cycle of the last edge.
  Cycle now() const { return now_; }
  Tick period_ticks() const { return period_; }
  Tick tick_of(Cycle cycle) const { return cycle * period_; }
  /// The first edge strictly after `tick`.
  Cycle edge_after(Tick tick) const {
    // Mostly asked by the clock's own blocks; the division takes longer than all else in a push.
    return tick == tick_of(now_) ? now_ + 1 : tick / period_ + 1;
  }
  /// Number of edges in [0, tick).
  Cycle edges_before(Tick tick) const { return (tick + period_ - 1) / period_; }

  /// Has `block` run at `cycle`, or earlier if it is already due earlier.
  void wake(const Block& block, Cycle cycle);

 private:
  friend class Scheduler;
  friend class Block;

  std::size_t add_block(Block& block);
  /// Runs the blocks due at `next_due_`, which becomes `now`.
  void run_due_blocks(bool reversed);
  /// Runs the block if it is due; else returns when it will be.
  Cycle run_if_due(std::size_t index);

  Scheduler& scheduler_;
  const std::string name_;
  const std::uint64_t frequency_khz_;
  Tick period_ = 1;
  Cycle now_ = 0;
  Cycle next_due_ = 0;
  std::uint64_t num_wakeups_ = 0;
  std::vector<Block*> blocks_;
  std::vector<Cycle> due_;        ///< per block: the cycle at which it runs next, kOnLink if asleep
  std::vector<Cycle> due_after_;  ///< per block: the next one asked for after that
  /// Blocks that are not asleep, 64 a word: few of many, which are all that an edge looks at.
  std::vector<std::uint64_t> awake_;
};

}  // namespace vitcod
