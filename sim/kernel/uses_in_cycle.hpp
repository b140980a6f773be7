// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/kernel/clock.hpp"

namespace vitcod {

/// Uses of something that is free again in the next cycle: ports of a bank, ways, places of a unit.
/// Who uses it compares with how many there are.
class UsesInCycle {
 public:
  std::uint32_t in(Cycle now) const { return cycle_ == now ? number_ : 0; }
  void add(Cycle now, std::uint32_t number = 1) {
    number_ = in(now) + number;
    cycle_ = now;
  }

 private:
  Cycle cycle_ = kOnLink;  ///< of the last use
  std::uint32_t number_ = 0;
};

}  // namespace vitcod
