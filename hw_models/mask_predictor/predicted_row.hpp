// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hw_models/score_unit/score_format.hpp"

namespace vitcod {

/// Of operands of 8 bits, as the prediction takes them.
inline constexpr std::uint32_t kPredictedFractionBits = 5;

/// An operand in 4 bits: in steps of 16, rounded half up, symmetric.
inline std::int8_t four_bits(std::int8_t operand) {
  return static_cast<std::int8_t>(std::clamp((operand + 8) >> 4, -7, 7));
}

/// The prediction of one row, score by score, as workloads/mask_prediction.hpp states it: what the
/// rows of the array do.
class PredictedRow {
 public:
  /// `format`: of the scores of operands of 8 bits.
  explicit PredictedRow(const ScoreFormat& format) : format_(format) {}

  /// A product of 4-bit operands, in the order of the keys.
  void add(std::int32_t product) {
    constexpr std::int32_t kUnits = 16 * 16;
    const Score score = format_.score(kUnits * product);
    if (score.exponent > largest_) {
      sum_ = shifted_down(sum_, score.exponent - largest_);
      largest_ = score.exponent;
    }
    scores_.push_back(score);
    sum_ += weight(score);
  }
  /// Which keys are kept: their share of the row's sum is at least threshold / 2^16.
  std::vector<bool> kept(std::uint32_t threshold) const {
    std::vector<bool> kept;
    for (const Score& score : scores_) kept.push_back(weight(score) << 16U >= threshold * sum_);
    return kept;
  }

 private:
  static std::uint64_t shifted_down(std::uint64_t value, std::int32_t shift) {
    return shift > 63 ? 0 : value >> shift;
  }
  /// 16 bits, rounded down.
  std::uint64_t weight(Score score) const {
    return shifted_down(std::uint64_t{score.mantissa} << 8U, largest_ - score.exponent);
  }

  const ScoreFormat& format_;
  std::vector<Score> scores_;
  std::int32_t largest_ = kNoExponent;
  std::uint64_t sum_ = 0;
};

}  // namespace vitcod
