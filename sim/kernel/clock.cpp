// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel/clock.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/base/int_math.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/scheduler.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kWordBlocks = 64;

}  // namespace

Clock::Clock(Scheduler& scheduler, std::string name, std::uint64_t frequency_khz)
    : scheduler_(scheduler), name_(std::move(name)), frequency_khz_(frequency_khz) {
  check(frequency_khz > 0, "a clock needs a frequency");
  scheduler.clocks_.push_back(this);
}

std::size_t Clock::add_block(Block& block) {
  blocks_.push_back(&block);
  due_.push_back(0);  // every block runs once in cycle 0
  due_after_.push_back(kOnLink);
  awake_.resize(ceil_div(blocks_.size(), kWordBlocks));
  const std::size_t index = blocks_.size() - 1;
  awake_[index / kWordBlocks] |= std::uint64_t{1} << index % kWordBlocks;
  return index;
}

void Clock::wake(const Block& block, Cycle cycle) {
  const std::size_t index = block.index_;
  Cycle& due = due_[index];
  if (cycle < due) {
    due = cycle;
    awake_[index / kWordBlocks] |= std::uint64_t{1} << index % kWordBlocks;
  } else if (cycle > due) {
    // The run at `due` may still be to come in this instant, and what wakes the block is not yet
    // to be seen then.
    due_after_[index] = std::min(due_after_[index], cycle);
  }
  if (cycle < next_due_) next_due_ = cycle;
}

void Clock::run_due_blocks(bool reversed) {
  now_ = next_due_;
  next_due_ = kOnLink;   // and wake() brings it down
  Cycle next = kOnLink;  // of what nobody wakes meanwhile
  for (std::size_t i = 0; i < awake_.size(); ++i) {
    const std::size_t word = reversed ? awake_.size() - 1 - i : i;
    // What is woken in this edge is not due in it.
    for (std::uint64_t left = awake_[word]; left != 0;) {
      const auto bit =
          static_cast<std::size_t>(reversed ? std::bit_width(left) - 1 : std::countr_zero(left));
      left &= ~(std::uint64_t{1} << bit);
      next = std::min(next, run_if_due(word * kWordBlocks + bit));
    }
  }
  next_due_ = std::min(next_due_, next);
}

Cycle Clock::run_if_due(std::size_t index) {
  if (due_[index] > now_) return due_[index];
  const Cycle next = due_[index] = std::exchange(due_after_[index], kOnLink);
  if (next == kOnLink) {
    awake_[index / kWordBlocks] &= ~(std::uint64_t{1} << index % kWordBlocks);
  }
  ++num_wakeups_;
  blocks_[index]->run(now_);
  return next;
}

}  // namespace vitcod
