// SPDX-License-Identifier: Apache-2.0
#include "hw_models/score_unit/score_format.hpp"

#include <cmath>

#include "sim/base/det_math.hpp"

namespace vitcod {

ScoreFormat::ScoreFormat(std::uint32_t features, std::uint32_t fraction_bits) {
  constexpr double kLog2E = 1.4426950408889634;
  const double operand_unit = 1.0 / static_cast<double>(std::uint64_t{1} << fraction_bits);
  const double scale = kLog2E * operand_unit * operand_unit / std::sqrt(double(features));
  multiplier_ = std::llround(scale * 256.0 * (1U << kShift));
  for (std::size_t f = 0; f < mantissa_.size(); ++f) {
    const double mantissa = 128.0 * det_exp2(static_cast<double>(f) / 256.0);
    mantissa_[f] = static_cast<std::uint8_t>(std::lround(mantissa));
  }
}

}  // namespace vitcod
