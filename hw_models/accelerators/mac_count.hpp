// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace vitcod {

/// Multiply-accumulates of a unit that has multipliers of its own, besides those of the lines.
struct MacCount {
  std::string_view unit;  ///< its name below /macs
  std::uint64_t done = 0;
  std::uint64_t multipliers = 0;  ///< MACs that it can do in a cycle
};

}  // namespace vitcod
