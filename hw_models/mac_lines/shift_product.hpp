// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace vitcod {

/// Codes of shifts have five bits; an operand's products with all of them.
inline constexpr std::uint32_t kShiftCodes = 32;
using ShiftProducts = std::array<std::int32_t, kShiftCodes>;

/// What a shift lane makes of an operand and a code (Primitive in operation_params.hpp): the
/// operand in front of seven zeros, shifted right by the code's size minus one, and negated if the
/// code is negative.
inline std::int32_t shift_product(std::int32_t operand, std::uint32_t code) {
  constexpr std::uint32_t kSign = kShiftCodes / 2;
  constexpr unsigned kFractionBits = 7;
  const std::uint32_t size = (code & kSign) != 0 ? kShiftCodes - code : code;
  if (size == 0 || size == kSign) return 0;
  const std::int32_t shifted = (operand * (1 << kFractionBits)) >> (size - 1);
  return (code & kSign) != 0 ? -shifted : shifted;
}

inline ShiftProducts shift_products(std::int32_t operand) {
  ShiftProducts products{};
  for (std::uint32_t code = 0; code < kShiftCodes; ++code) {
    products[code] = shift_product(operand, code);
  }
  return products;
}

}  // namespace vitcod
