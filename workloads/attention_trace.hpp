// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/model_config.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// One attention block of a trace in the making.
struct AttentionBlockTrace {
  AttentionBlock block;
  PolarizedMap map;
};

/// Appends layers, tensors, maps and operations of attention scope: per block, from Q, K and V in
/// DRAM to the heads' outputs. With `auto_encoder`, Q and K of groups that have one are in DRAM
/// compressed and are decoded first.
///
/// Operations of a block "L": L/decode_q, L/decode_k (with auto-encoder), L/sddmm, L/softmax,
/// L/spmm. Tensors: L/q, L/k, L/v and L/output, 8 bits; L/q_compressed, L/q_decode_weights (8 bits)
/// and L/q_decode_bias (32 bits), the same for k; L/scores and L/probabilities, logical shape
/// (heads, queries, keys), of which only kept entries exist, with 32 and 16 bits nominally: their
/// width is the machine's number format.
void append_attention(Trace& trace, const ModelConfig& model,
                      std::vector<AttentionBlockTrace> blocks, bool auto_encoder);

}  // namespace vitcod
