// SPDX-License-Identifier: Apache-2.0
#include "hw_models/score_unit/score_format.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/det_math.hpp"

namespace vitcod {

namespace {

constexpr double kLog2E = 1.4426950408889634;

/// 256 log2(e) bias.
std::int64_t offset_of(double bias) { return std::llround(256.0 * kLog2E * bias); }

/// x, more than 2^-9 and less than 1, with its mantissa rounded.
Score nearest_score(double x) {
  std::int32_t exponent = 0;
  while (x < 1.0) {
    x *= 2.0;
    --exponent;
  }
  const long mantissa = std::lround(128.0 * x);
  if (mantissa > 255) return Score{128, static_cast<std::int8_t>(exponent + 1)};
  return Score{static_cast<std::uint8_t>(mantissa), static_cast<std::int8_t>(exponent)};
}

}  // namespace

std::int32_t sigmoid_exponent(double bias) {
  // Octaves above the bias that weights can express. Scores of deviation 1 reach 4.2 of theirs, and
  // their mean is 5 steps.
  constexpr std::int64_t kHeadroom = 6;
  return static_cast<std::int32_t>(std::min<std::int64_t>(0, (offset_of(bias) >> 8) + kHeadroom));
}

ScoreFormat::ScoreFormat(std::uint32_t features, std::uint32_t fraction_bits,
                         std::optional<double> sigmoid_bias) {
  const double operand_unit = 1.0 / static_cast<double>(std::uint64_t{1} << fraction_bits);
  const double scale = kLog2E * operand_unit * operand_unit / std::sqrt(double(features));
  multiplier_ = std::llround(scale * 256.0 * (1U << kShift));
  for (std::size_t f = 0; f < mantissa_.size(); ++f) {
    const double mantissa = 128.0 * det_exp2(static_cast<double>(f) / 256.0);
    mantissa_[f] = static_cast<std::uint8_t>(std::lround(mantissa));
  }
  if (!sigmoid_bias) return;
  offset_ = offset_of(*sigmoid_bias);
  constexpr std::int64_t kMiddle = kSigmoidStep / 2;
  for (std::int64_t t = kSigmoidBegin; t < -kSigmoidBegin; t += kSigmoidStep) {
    const double power = det_exp2(static_cast<double>(t + kMiddle) / 256.0);
    sigmoid_.push_back(nearest_score(power / (1.0 + power)));
  }
}

}  // namespace vitcod
