// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "sim/base/det_math.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Saturates to signed integers of so many bytes, 1 or 2.
inline std::int32_t saturate(std::int64_t value, std::uint32_t bytes) {
  const std::int64_t limit = bytes == 1 ? 127 : 32767;
  return static_cast<std::int32_t>(std::clamp(value, -limit - 1, limit));
}

/// A sum as a result of so many bytes. `constants`: multiplier in bits 0 to 15, right shift above.
inline std::int32_t requantise(std::int32_t sum, std::uint32_t constants, std::uint32_t bytes) {
  const std::int64_t multiplier = constants & 0xFFFFU;
  const std::uint32_t shift = std::clamp((constants >> 16U) & 0xFFU, 1U, 63U);
  // A product has 48 bits: with a shift beyond that the half decides alone, and it rounds to zero.
  if (shift > 48) return 0;
  return saturate((sum * multiplier + (std::int64_t{1} << (shift - 1))) >> shift, bytes);
}

/// What `requantise` takes to make 2^output_shift times sum / divisor of a sum: the reciprocal of
/// the divisor's highest 16 bits, and a shift. Zero where it is not above zero.
inline std::uint32_t reciprocal_constants(std::int32_t divisor, std::uint32_t output_shift) {
  if (divisor <= 0) return 1U << 16U;
  const auto width =
      static_cast<std::uint32_t>(std::bit_width(static_cast<std::uint32_t>(divisor)));
  const std::uint64_t highest = (static_cast<std::uint64_t>(divisor) << 16U) >> width;
  const std::uint64_t reciprocal =
      std::min<std::uint64_t>((std::uint64_t{1} << 31U) / highest, 0xFFFFU);
  return static_cast<std::uint32_t>(reciprocal) | (15U + width - output_shift) << 16U;
}

/// An activation's table: results of 8 bits for operands of 8 bits, 32 standing for 1.
class ActivationTable {
 public:
  explicit ActivationTable(Activation activation) {
    for (int a = -128; a < 128; ++a) {
      const double exact = 32 * value(activation, a / 32.0);
      results_[static_cast<std::uint8_t>(a)] =
          static_cast<std::int8_t>(saturate(static_cast<std::int64_t>(std::floor(exact + 0.5)), 1));
    }
  }
  std::int8_t operator()(std::int8_t operand) const {
    return results_[static_cast<std::uint8_t>(operand)];
  }

 private:
  static double value(Activation activation, double x) {
    switch (activation) {
      case Activation::kNone:
        return x;
      case Activation::kGelu:
        return x * normal_distribution(x);
      case Activation::kHardswish:
        return x * std::clamp(x + 3, 0.0, 6.0) / 6;
      case Activation::kRelu:
        return std::max(x, 0.0);
      case Activation::kEluPlusOne:
        return x < 0.0 ? det_exp(x) : x + 1.0;
    }
    return x;
  }
  /// 1/2 + density(x) (x + x^3 / 3 + x^5 / 15 + ...): good to 1e-12 for |x| up to 4.
  static double normal_distribution(double x) {
    constexpr double kRootOfTwoPi = 2.5066282746310002;
    double term = x;
    double sum = x;
    for (int n = 3; n < 200; n += 2) sum += term *= x * x / n;
    return 0.5 + det_exp(-x * x / 2) / kRootOfTwoPi * sum;
  }

  std::array<std::int8_t, 256> results_{};
};

inline const ActivationTable& table_of(Activation activation) {
  static const std::array<ActivationTable, 5> tables = {
      ActivationTable(Activation::kNone), ActivationTable(Activation::kGelu),
      ActivationTable(Activation::kHardswish), ActivationTable(Activation::kRelu),
      ActivationTable(Activation::kEluPlusOne)};
  return tables[static_cast<std::size_t>(activation)];
}

}  // namespace vitcod
