// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace vitcod {

/// For the references: 2^t for t in units of 1/256, mantissa in [128, 255] and exponent. The table
/// is made by repeated square roots: 2^(f/256) is the product of 2^(1/2), 2^(1/4), ... for the set
/// bits of f.
class PowerOfTwo {
 public:
  PowerOfTwo() {
    for (unsigned f = 0; f < 256; ++f) {
      double factor = 2.0;
      double power = 1.0;
      for (unsigned bit = 0; bit < 8; ++bit) {
        factor = std::sqrt(factor);
        if (((f >> (7 - bit)) & 1U) != 0) power *= factor;
      }
      mantissa_[f] = static_cast<int>(std::floor(128.0 * power + 0.5));
      power_[f] = power;
    }
  }
  int mantissa(std::int64_t t) const { return mantissa_[static_cast<std::size_t>(t & 255)]; }
  double exact(std::int64_t t) const {
    return std::ldexp(power_[static_cast<std::size_t>(t & 255)], static_cast<int>(floor_of(t)));
  }
  static std::int64_t floor_of(std::int64_t t) { return (t - (t & 255)) / 256; }

 private:
  int mantissa_[256] = {};
  double power_[256] = {};
};

}  // namespace vitcod
