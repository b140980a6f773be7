// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace vitcod {

/// Division by a group's sum of weights, as a product of 17 bits or 2^17, and a shift: what
/// TokenFuse (workloads/token_merging.hpp) states.
class WeightReciprocal {
 public:
  /// `weight`: 1 to 2^31.
  explicit constexpr WeightReciprocal(std::uint64_t weight)
      : magnitude_(static_cast<int>(std::bit_width(weight)) - 1),
        dropped_(std::max(magnitude_ - kKeptBits, 0)),
        factor_(
            static_cast<std::int64_t>((std::uint64_t{1} << (magnitude_ + kFactorBits)) / weight)) {}

  constexpr std::int16_t mean(std::int64_t sum) const {
    const int shift = magnitude_ - dropped_ + kFactorBits;
    const std::int64_t half = std::int64_t{1} << (shift - 1);
    const std::int64_t mean = ((sum >> dropped_) * factor_ + half) >> shift;
    return static_cast<std::int16_t>(std::clamp<std::int64_t>(mean, INT16_MIN, INT16_MAX));
  }

 private:
  static constexpr int kKeptBits = 8;
  static constexpr int kFactorBits = 17;
  int magnitude_;
  int dropped_;
  std::int64_t factor_;
};

}  // namespace vitcod
