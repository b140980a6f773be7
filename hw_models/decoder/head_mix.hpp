// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "hw_models/mac_lines/dot_product.hpp"

namespace vitcod {

/// Arithmetic of the auto-encoder's linear map across heads, for encoder and decoder alike: int8
/// weights and inputs as fixed point with `fraction_bits` fraction bits, int32 biases with twice as
/// many, int32 accumulation, result rounded half up and saturated to int8.
///   out[f] = sat8((sum over c of in[c][f] weights[c weight_stride] + bias) >> fraction_bits)
/// `inputs`: (heads in, features) of a token; `out`: the features of one head.
inline void mix_heads(const std::int8_t* inputs, std::uint32_t features, std::uint32_t num_inputs,
                      const std::int8_t* weights, std::size_t weight_stride, std::int32_t bias,
                      std::uint32_t fraction_bits, std::int8_t* out) {
  constexpr std::uint32_t kBlock = 64;  // features whose sums stay in registers and first cache
  const std::int32_t half = fraction_bits > 0 ? 1 << (fraction_bits - 1) : 0;
  for (std::uint32_t begin = 0; begin < features; begin += kBlock) {
    const std::uint32_t size = std::min(kBlock, features - begin);
    std::array<std::int32_t, kBlock> sums;
    sums.fill(bias + half);
    for (std::uint32_t c = 0; c < num_inputs; ++c) {
      accumulate(sums.data(), weights[c * weight_stride],
                 inputs + std::size_t{c} * features + begin, size);
    }
    for (std::uint32_t f = 0; f < size; ++f) {
      const std::int32_t rounded = sums[f] >> fraction_bits;
      out[begin + f] = static_cast<std::int8_t>(std::clamp(rounded, -128, 127));
    }
  }
}

}  // namespace vitcod
