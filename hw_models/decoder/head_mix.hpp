// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace vitcod {

/// Arithmetic of the auto-encoder's linear map across heads, for encoder and decoder alike: int8
/// weights and inputs as fixed point with `fraction_bits` fraction bits, int32 biases with twice as
/// many, int32 accumulation, result rounded half up and saturated to int8.
///   out[head] = sat8((sum over c of in[c] weight[c][head] + bias[head]) >> fraction_bits)
inline std::int8_t mix_heads(const std::int8_t* inputs, std::size_t input_stride,
                             std::uint32_t num_inputs, const std::int8_t* weights,
                             std::size_t weight_stride, std::int32_t bias,
                             std::uint32_t fraction_bits) {
  std::int32_t sum = bias;
  for (std::uint32_t c = 0; c < num_inputs; ++c) {
    sum += std::int32_t{inputs[c * input_stride]} * weights[c * weight_stride];
  }
  if (fraction_bits > 0) sum = (sum + (1 << (fraction_bits - 1))) >> fraction_bits;
  return static_cast<std::int8_t>(sum < -128 ? -128 : (sum > 127 ? 127 : sum));
}

}  // namespace vitcod
