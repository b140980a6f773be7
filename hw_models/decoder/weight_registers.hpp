// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "hw_models/dma/packet.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {

/// Values of the auto-encoder weights that a unit holds: two sets, so that the next one may come
/// while rows that need the present one are still on their way.
class WeightRegisters {
 public:
  /// Takes a packet of set `number`, of `bytes` bytes in all, in, in place of the older of two.
  void take(const Packet& packet, std::uint32_t number, std::uint64_t bytes) {
    auto held = find(number);
    if (held == sets_.end()) {
      if (sets_.size() == 2) sets_.pop_front();
      held = sets_.insert(sets_.end(), Set{number, std::vector<std::uint8_t>(bytes, 0)});
    }
    std::copy(packet.payload->begin(), packet.payload->end(),
              held->bytes.begin() + static_cast<std::ptrdiff_t>(packet.offset));
  }
  /// ModelError if the set is not there.
  const std::uint8_t* set(std::uint32_t number) {
    const auto held = find(number);
    check(held != sets_.end(), "rows came before the weights that they need");
    return held->bytes.data();
  }

 private:
  struct Set {
    std::uint32_t number = 0;
    std::vector<std::uint8_t> bytes;
  };
  std::deque<Set>::iterator find(std::uint32_t number) {
    return std::find_if(sets_.begin(), sets_.end(),
                        [number](const Set& held) { return held.number == number; });
  }

  std::deque<Set> sets_;
};

}  // namespace vitcod
