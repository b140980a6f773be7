// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>

#include "hw_models/dma/dma_messages.hpp"
#include "sim/kernel/clock.hpp"

namespace vitcod {

/// StagingFreed beats that were sent, by the cycle in which they are seen: who counts them does so
/// late, and is woken only if it waits for room.
class FreedStaging {
 public:
  void add(const StagingFreed& freed, Cycle seen) { coming_.push_back({seen, freed.bytes}); }
  /// Bytes that are free by `now` and were not taken yet.
  std::uint64_t take(Cycle now) {
    std::uint64_t bytes = 0;
    for (; !coming_.empty() && coming_.front().seen <= now; coming_.pop_front()) {
      bytes += coming_.front().bytes;
    }
    return bytes;
  }
  /// When the next ones are seen; kOnLink if none was sent.
  Cycle next() const { return coming_.empty() ? kOnLink : coming_.front().seen; }

 private:
  struct Beat {
    Cycle seen = 0;
    std::uint32_t bytes = 0;
  };
  std::deque<Beat> coming_;
};

}  // namespace vitcod
