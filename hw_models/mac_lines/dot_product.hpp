// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace vitcod {

/// What a MAC line accumulates over `length` int8 products: int32, exact for length < 2^17.
inline std::int32_t dot_product(const std::int8_t* a, const std::int8_t* b, std::uint32_t length) {
  std::int32_t sum = 0;
  for (std::uint32_t i = 0; i < length; ++i) sum += std::int32_t{a[i]} * b[i];
  return sum;
}

/// accumulator += weight x row, over `length` elements. Products of 16 bits: those of 32 take the
/// host nearly twice as long.
inline void accumulate(std::int32_t* accumulator, std::int16_t weight, const std::int8_t* row,
                       std::uint32_t length) {
  for (std::uint32_t i = 0; i < length; ++i) accumulator[i] += weight * std::int16_t{row[i]};
}

}  // namespace vitcod
