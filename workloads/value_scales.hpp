// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workloads/trace.hpp"

namespace vitcod {

/// The root mean square that is expected of a tensor of operands or of the residual stream, in its
/// own steps. Products of independent numbers are taken for independent. Means of V, which
/// attention makes, are narrower than V by as much as tokens differ: 0.4 of it in the first block
/// of DeiT, nearly all of it where few tokens have become alike. What follows uses more or less of
/// its range by as much.
///
/// | made by | root mean square |
/// |---|---|
/// | nothing | 32 (8 bits), 256 (16 bits) |
/// | dense_linear | 32; 16 bits: 256; 8 bits with residual: 8; then its activation's or sum's |
/// | layer_norm | of gains of 32 with deviation 4 and offsets of deviation 4: 32.5; 16 bits: 16
/// times that |
/// | linear_attention | 32; 16 bits: 256; with a residual its sum's |
/// | spmm | 0.85 of V's |
/// | average_pool | its input's |
/// | lifting_step | its input's by 1.17 a level: interpolating taps on independent samples |
/// | token_fuse | its input's: most rows stay as they are |
/// | token_gather | that of the rows kept, and of eight times what is grown |
/// | others | 32 |
double expected_rms(const Trace& trace, TensorId tensor);

/// What the requantisation of a linear layer multiplies its sums by, so that its results have the
/// root mean square of the table above: that, by sqrt(k) times the roots of its input's (after the
/// input's activation) and of its weights' (32) mean squares.
double requantisation_scale(const Trace& trace, const Operation& linear);

/// What the requantisations of linear attention multiply their sums by: so that A has a root mean
/// square of 32 (tokens of a V that operations make taken to be alike as attention's means say,
/// others for independent), sums of the feature map a mean of 64, and O that of the table.
struct LinearAttentionScales {
  double inner = 1;
  double sums = 1;
  double output = 1;  ///< without `normalise`
};
LinearAttentionScales linear_attention_scales(const Trace& trace, const Operation& attention);

/// LinearAttention::output_shift with which O, of heads of so many features of Q and K, comes
/// nearest to that.
std::uint32_t linear_attention_shift(std::uint32_t features, bool to_stream);

}  // namespace vitcod
