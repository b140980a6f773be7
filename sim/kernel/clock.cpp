// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel/clock.hpp"

#include <algorithm>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/scheduler.hpp"

namespace vitcod {

Clock::Clock(Scheduler& scheduler, std::string name, std::uint64_t frequency_khz)
    : scheduler_(scheduler), name_(std::move(name)), frequency_khz_(frequency_khz) {
  check(frequency_khz > 0, "a clock needs a frequency");
  scheduler.clocks_.push_back(this);
}

std::size_t Clock::add_block(Block& block) {
  blocks_.push_back(&block);
  due_.push_back(0);  // every block runs once in cycle 0
  due_after_.push_back(kOnLink);
  return blocks_.size() - 1;
}

void Clock::wake(const Block& block, Cycle cycle) {
  Cycle& due = due_[block.index_];
  if (cycle < due) {
    due = cycle;
  } else if (cycle > due) {
    // The run at `due` may still be to come in this instant, and what wakes the block is not yet
    // to be seen then.
    due_after_[block.index_] = std::min(due_after_[block.index_], cycle);
  }
  if (cycle < next_due_) next_due_ = cycle;
}

void Clock::run_due_blocks(bool reversed) {
  now_ = next_due_;
  next_due_ = kOnLink;  // and wake() brings it down
  const std::size_t num_blocks = blocks_.size();
  Cycle next = kOnLink;  // of what nobody wakes meanwhile
  for (std::size_t i = 0; i < num_blocks; ++i) {
    const std::size_t index = reversed ? num_blocks - 1 - i : i;
    if (due_[index] > now_) {
      next = std::min(next, due_[index]);
      continue;
    }
    due_[index] = std::exchange(due_after_[index], kOnLink);
    next = std::min(next, due_[index]);
    blocks_[index]->run(now_);
  }
  next_due_ = std::min(next_due_, next);
}

}  // namespace vitcod
