// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "hw_models/dram/dram_messages.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

/// Reads that hit open rows of a channel in which nothing else waits: they are served in the order
/// in which they came, so they need no place in a queue and no choice among them. They arrive one a
/// clock, as they would at the queue.
class HitTrain {
 public:
  static constexpr std::uint32_t kCapacity = kMaxDramRunBursts;

  struct Burst {
    Cycle arrival = 0;
    std::uint32_t row = 0;
    std::uint32_t column = 0;
    std::uint16_t run = 0;
    std::uint8_t bank = 0;
  };

  bool empty() const { return size_ == 0; }
  std::uint32_t size() const { return size_; }
  const Burst& front() const { return bursts_[first_]; }
  /// Behind the last one.
  void push(const Burst& burst) { bursts_[place(size_++)] = burst; }
  void pop() {
    first_ = place(1);
    --size_;
  }
  /// Takes back the last `num` that were pushed.
  void drop(std::uint32_t num) { size_ -= num; }

 private:
  static_assert((kCapacity & (kCapacity - 1)) == 0);
  std::size_t place(std::uint32_t offset) const { return (first_ + offset) & (kCapacity - 1); }

  std::array<Burst, kCapacity> bursts_{};
  std::size_t first_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace vitcod
