// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace vitcod {

/// The whole part of the square root, digit by digit as the unit finds it.
inline std::uint64_t whole_root(std::uint64_t radicand) {
  std::uint64_t root = 0;
  for (std::uint64_t digit = std::uint64_t{1} << 31U; digit > 0; digit >>= 1U) {
    const std::uint64_t tried = root + digit;
    if (tried <= radicand / tried) root = tried;
  }
  return root;
}

/// Layer norm of one token, as LayerNorm in workloads/operation_params.hpp states it.
inline std::vector<std::int32_t> normalise_token(const std::vector<std::int16_t>& token,
                                                 const std::int8_t* gains,
                                                 const std::int8_t* offsets,
                                                 std::uint32_t result_bytes) {
  const auto features = static_cast<std::int64_t>(token.size());
  std::int64_t sum = 0;
  for (const std::int16_t x : token) sum += x;
  // A negative quotient would be rounded towards zero: made positive first.
  constexpr std::int64_t kLift = 1 << 16;
  const std::int64_t mean = (2 * sum + features + 2 * features * kLift) / (2 * features) - kLift;
  std::uint64_t squares = 0;
  for (const std::int16_t x : token) {
    squares += static_cast<std::uint64_t>((x - mean) * (x - mean));
  }
  const auto count = static_cast<std::uint64_t>(features);
  const std::uint64_t variance = (squares + count / 2) / count;
  const std::int64_t reciprocal =
      variance == 0
          ? 0
          : static_cast<std::int64_t>((std::uint64_t{1} << 32U) / whole_root(variance << 16U));
  const std::int64_t limit = result_bytes == 1 ? 127 : 32767;
  const int shift = result_bytes == 1 ? 10 : 6;
  std::vector<std::int32_t> results;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const std::int64_t normalised = ((token[i] - mean) * reciprocal + (1 << 13)) >> 14;
    const std::int64_t y = (normalised * gains[i] + offsets[i] * std::int64_t{1024} +
                            (std::int64_t{1} << (shift - 1))) >>
                           shift;
    results.push_back(static_cast<std::int32_t>(std::clamp(y, -limit - 1, limit)));
  }
  return results;
}

}  // namespace vitcod
