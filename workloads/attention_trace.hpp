// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "workloads/layer_builder.hpp"
#include "workloads/model_config.hpp"
#include "workloads/token_stages.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// One attention block of a trace in the making.
struct AttentionBlockTrace {
  AttentionBlock block;
  PolarizedMap map;
  std::optional<double> sigmoid_bias = {};             ///< of sigmoid attention; none: softmax
  std::optional<DynamicMasksSpec> dynamic_masks = {};  ///< of masks that are predicted around `map`
  /// Of linear attention, which has no scores; none: scores, under the map.
  std::optional<LinearAttentionForm> linear = {};
};

/// Q, K and V of a block as they are in DRAM: Q and K compressed where the block decodes them.
/// Those that nothing makes are absent.
struct AttentionSources {
  std::optional<TensorId> query, key, value;
};

/// What the attention of one block leaves.
struct BlockAttention {
  TensorId output;  ///< of all heads
  TensorId key;     ///< K as it is in DRAM, compressed where the block decodes it
};

/// Adds the map that a block works on: its own for the tokens of `stages`, or the one that is
/// predicted around it, from the block's Q and K, which are added to `sources`, or, where those are
/// made, from predicted_q and predicted_k, which stand for them.
MapId add_block_map(LayerBuilder& layer, const AttentionGroup& group, AttentionBlockTrace& block,
                    TokenStages& stages, AttentionSources& sources);

/// Appends the attention of one block to its layer: tensors and operations from Q, K and V in DRAM
/// to the heads' outputs. Tokens are those of `map`, a map of the trace. With `compressed_heads`
/// other than 0, Q and K are decoded from so many heads first.
///
/// Operations: decode_q, decode_k, sddmm, softmax (or sigmoid, with `sigmoid_bias`), spmm. Tensors:
/// q, k, v and output, 8 bits; q_compressed, q_decode_weights (8 bits) and q_decode_bias (32 bits),
/// the same for k; scores and probabilities, logical shape (heads, queries, keys), of which only
/// kept entries exist, with 32 and 16 bits nominally: their width is the machine's number format.
BlockAttention append_block_attention(LayerBuilder& layer, const AttentionGroup& group, MapId map,
                                      std::optional<double> sigmoid_bias,
                                      std::uint32_t compressed_heads,
                                      const AttentionSources& sources);

/// Appends the linear attention of one block, which passes by its map: operation linear_attention,
/// from tensors q, k and v, or `sources`, to output and inner, with inner_requantisation and
/// output_requantisation. Q and K are as wide as block.linear says.
BlockAttention append_linear_attention(LayerBuilder& layer, const AttentionGroup& group,
                                       const AttentionBlockTrace& block,
                                       const AttentionSources& sources);

/// Appends layers of attention scope, one a block. With `auto_encoder`, Q and K of groups that have
/// one are in DRAM compressed. Codes of linear attention are there as they are. At the boundaries
/// of `stages` the layer begins with
///   L/select  from L/selection_q and L/selection_k, which stand for the K of the layer before
/// (or ends with it, by its own K, for EViT) and the blocks behind it have the kept tokens alone.
/// For HiRED a layer "selection" ends the trace, with selection/select by the K of the last block.
void append_attention(Trace& trace, const ModelConfig& model,
                      std::vector<AttentionBlockTrace> blocks, bool auto_encoder,
                      TokenStages& stages);

/// The same with all tokens.
void append_attention(Trace& trace, const ModelConfig& model,
                      std::vector<AttentionBlockTrace> blocks, bool auto_encoder);

}  // namespace vitcod
