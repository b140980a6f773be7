// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "sim/base/int_math.hpp"

namespace vitcod {

/// Bits that a sum over `tokens` (at least 1) needs beyond those of one summand.
constexpr std::uint32_t pool_growth_bits(std::uint32_t tokens) {
  return static_cast<std::uint32_t>(std::bit_width(tokens - 1));
}

/// Sums are held without sign: each summand enters plus 128, its highest bit inverted.
constexpr std::uint32_t pool_sum_bits(std::uint32_t tokens) { return 8 + pool_growth_bits(tokens); }
constexpr std::uint32_t pool_reciprocal_bits(std::uint32_t tokens) {
  return 10 + pool_growth_bits(tokens);
}

/// Division by a number of tokens, as a product. With n tokens, at most 2^b, and a sum U of
/// summands plus 128, at most 255 n, the mean plus 128 is floor(N / 2n) for N = 2U + n, which is at
/// most 511 n. It is (N m) >> k for k = 10 + 2b and m = ceil(2^k / 2n): m 2n exceeds 2^k by e < 2n,
/// so that the product is too large by less than 1 / 2n of a unit as long as N e < 2^k; and N e <
/// 1022 n^2 < 2^k. N has 9 + b bits, m 10 + b, the product is at most 9 + 10 + 2b bits wide.
class PoolReciprocal {
 public:
  /// `tokens`: 1 to 2^16.
  explicit constexpr PoolReciprocal(std::uint32_t tokens)
      : tokens_(tokens),
        shift_(10 + 2 * pool_growth_bits(tokens)),
        factor_(ceil_div(std::uint64_t{1} << shift_, std::uint64_t{2} * tokens)) {}

  constexpr std::uint64_t factor() const { return factor_; }
  /// The mean, halves up, as the byte that holds it; `sum`: of summands plus 128.
  constexpr std::uint8_t mean(std::uint64_t sum) const {
    const std::uint64_t lifted = ((2 * sum + tokens_) * factor_) >> shift_;
    return static_cast<std::uint8_t>(lifted ^ 0x80U);
  }

 private:
  std::uint64_t tokens_;
  std::uint32_t shift_;
  std::uint64_t factor_;
};

}  // namespace vitcod
