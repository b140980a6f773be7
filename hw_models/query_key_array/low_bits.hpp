// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitcod {

/// Bits below the eight of an operand. They lie in a tensor of their own, two elements a byte, the
/// one of the lower number in the lower half.
inline constexpr unsigned kLowBits = 4;
inline constexpr std::uint32_t kElementsALowByte = 2;

inline std::uint64_t low_bytes(std::uint64_t elements) { return elements / kElementsALowByte; }

/// Element `i` of `high`, in units of 2^-kLowBits with the bits of `low`; alone if that is null.
inline std::int32_t operand_at(const std::uint8_t* high, const std::uint8_t* low, std::size_t i) {
  const std::int32_t value = (std::int32_t{high[i]} ^ 0x80) - 0x80;  // two's complement
  if (low == nullptr) return value;
  const unsigned nibble = (low[i / 2] >> (i % 2 * kLowBits)) & 0xFU;
  return value * (1 << kLowBits) + static_cast<std::int32_t>(nibble);
}

}  // namespace vitcod
