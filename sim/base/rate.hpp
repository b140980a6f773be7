// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "sim/base/int_math.hpp"

namespace vitcod {

/// A rate, per cycle, or a number of places that bounds nothing.
inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// What a way or a port moves in a cycle: so many bytes, at least one. That is its width as well,
/// which wires and registers are counted with, so it is made of that number and turns into it by
/// itself; ceil_div does not take it: how long bytes take is said here alone.
class Bandwidth {
 public:
  constexpr Bandwidth() = default;
  constexpr Bandwidth(std::uint32_t bytes_per_cycle) : bytes_(bytes_per_cycle) {}

  /// Cycles that so many bytes take; none take none.
  constexpr std::uint64_t cycles_for(std::uint64_t bytes) const { return ceil_div(bytes, bytes_); }
  /// Cycles of a beat of so many bytes: at least the one in which it is seen.
  constexpr std::uint64_t beat_cycles(std::uint64_t bytes) const {
    return std::max<std::uint64_t>(1, cycles_for(bytes));
  }
  /// What passes in the cycles that so many bytes take, the last of which they need not fill.
  constexpr std::uint64_t whole_cycles_of(std::uint64_t bytes) const {
    return cycles_for(bytes) * bytes_;
  }

  constexpr operator std::uint32_t() const { return bytes_; }

 private:
  std::uint32_t bytes_ = 1;
};

}  // namespace vitcod
