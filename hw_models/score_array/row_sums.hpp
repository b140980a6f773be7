// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hw_models/score_unit/score_format.hpp"

namespace vitcod {

/// An output row as it is summed up, sub-row by sub-row: accumulators and the sum of the weights,
/// in units of 2^exponent / 128.
///
/// The weights of a sub-row are those of ScoreFormat among its own scores. What is summed up
/// against the lesser exponent is shifted down by the difference, rounded half up, before it is
/// added: the sums so far, or the sub-row's.
struct RowSums {
  std::int32_t exponent = kNoExponent;
  std::uint32_t sum = 0;
  std::vector<std::int32_t> accumulators;

  /// Takes in the sums of a sub-row with at least one score.
  void add(const RowSums& part) {
    const std::int32_t largest = exponent > part.exponent ? exponent : part.exponent;
    const std::int32_t own = largest - exponent;
    const std::int32_t other = largest - part.exponent;
    exponent = largest;
    sum = static_cast<std::uint32_t>(shifted(sum, own) + shifted(part.sum, other));
    accumulators.resize(part.accumulators.size(), 0);
    for (std::size_t f = 0; f < accumulators.size(); ++f) {
      accumulators[f] = static_cast<std::int32_t>(shifted(accumulators[f], own) +
                                                  shifted(part.accumulators[f], other));
    }
  }

 private:
  static std::int64_t shifted(std::int64_t value, std::int32_t distance) {
    if (distance == 0) return value;
    if (distance > 31) return 0;
    return (value + (std::int64_t{1} << (distance - 1))) >> distance;
  }
};

}  // namespace vitcod
