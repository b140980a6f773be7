// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/kernel/clock.hpp"

namespace vitcod {

/// The ways of a network from banks to lines. Each carries one row at a time, and all rows of a
/// phase take a way for as long, so that they become free in the order in which they were taken.
class Ways {
 public:
  explicit Ways(std::uint32_t num_ways) : free_at_(num_ways, 0) {}

  bool has_free(Cycle now) const { return free_at_[next_] <= now; }
  /// Takes the free one that was taken first, until `until`.
  void take(Cycle until) {
    free_at_[next_] = until;
    next_ = next_ + 1 == free_at_.size() ? 0 : next_ + 1;
  }

 private:
  std::vector<Cycle> free_at_;
  std::size_t next_ = 0;  ///< the one that becomes free first
};

}  // namespace vitcod
