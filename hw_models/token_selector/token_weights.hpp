// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/score_unit/score_format.hpp"

namespace vitcod {

/// Values of the memory of entries, mantissas and exponents of 2^t: of one head's tokens, or of
/// logits, with the register of the largest one.
class TokenWeights {
 public:
  /// Begins anew, with `num` entries to come.
  void restart(std::size_t num) {
    entries_.assign(num, Score{});
    largest_ = Score{0, INT8_MIN};
  }
  void put(std::size_t place, Score entry) {
    entries_[place] = entry;
    // Mantissas of 128 to 255: exponent and mantissa side by side are a number.
    const bool is_larger =
        entry.exponent > largest_.exponent ||
        (entry.exponent == largest_.exponent && entry.mantissa > largest_.mantissa);
    if (is_larger) largest_ = entry;
  }

  std::uint64_t weight(std::size_t place) const {
    return ScoreFormat::weight(entries_[place], largest_.exponent);
  }
  /// The largest one's, which nothing shifts.
  std::uint64_t largest_weight() const { return largest_.mantissa; }
  std::uint64_t sum() const {
    std::uint64_t sum = 0;
    for (std::size_t place = 0; place < entries_.size(); ++place) sum += weight(place);
    return sum;
  }

 private:
  std::vector<Score> entries_;
  Score largest_;
};

}  // namespace vitcod
