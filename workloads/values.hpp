// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

// The values of the tensors that are in DRAM at the start of the run, row-major. They depend on the
// trace's value seed, the tensor's name and what the operation that reads it takes it for: the same
// on every host, and independent of which other tensors were asked for. About 1.5 ns a value.

/// Of 8 bits: roughly normal, symmetric, mean 0, standard deviation 32, within [-118, 118]. Gains
/// of a layer norm: 32 with deviation 4; offsets: deviation 4. Weights of an auto-encoder behind a
/// linear layer, one column for each head that they make: the same, each column scaled to a length
/// of 32, which stands for 1, and orthogonal to those before where there are not more of them than
/// heads to add, so that the results are as wide as what they are made of. Taps of a lifting step:
/// an interpolation between four neighbours (U -2 18 18 -2, P -3 24 24 -3, of 64) with deviation 2.
/// Codes, of 1 bit: 1 where such a number is not negative, else 0.
/// What tokens are selected by and exits taken: see token_values.hpp; what maps are predicted from:
/// see dynamic_masks.hpp.
std::vector<std::int8_t> operand_values(const Trace& trace, TensorId tensor);

/// Of 32 bits. Biases: likewise roughly normal, mean 0, standard deviation 1024, so that a bias
/// weighs as much as one product of two operands; 128 in an auto-encoder behind a linear layer,
/// where a bias is that of a whole head. Requantisation of a linear layer: a multiplier and a shift
/// a channel (DenseLinear in operation_params.hpp), which stand for requantisation_scale
/// (value_scales.hpp) times 1 + x / 512 with an operand's value x for each channel; likewise those
/// of linear attention, which stand for linear_attention_scales.
std::vector<std::int32_t> bias_values(const Trace& trace, TensorId tensor);

/// Of 16 bits, the residual stream's: roughly normal, mean 0, standard deviation 256.
std::vector<std::int16_t> stream_values(const Trace& trace, TensorId tensor);

}  // namespace vitcod
