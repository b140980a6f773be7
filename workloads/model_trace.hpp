// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "workloads/attention_trace.hpp"
#include "workloads/model_config.hpp"
#include "workloads/shift_add_spec.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Appends the operations of a whole model, one image: layer "embed" from the image to the first
/// tokens, a layer an attention block, layer "head" to the classes. `blocks` are all blocks of the
/// model, which passes check_whole_model, or some that pass check_chosen_blocks.
///
/// With activation "gelu" (ViT) blocks normalise their inputs and the residual stream has 16 bits:
///   embed/patch_embedding  from embed/patches, a row a token (those of prefix tokens too: the
///   class
///                          token is the product of its row), with the embedding of positions
///                          embed/position as its residual: where the stream begins
///   L/norm1, L/q_projection, L/k_projection, L/v_projection, then L/encode_q and L/encode_k where
///   Q and K are compressed, the operations of attention (append_block_attention),
///   L/output_projection, L/norm2, L/mlp1, L/mlp2
///   head/final_norm, head/classifier (head/classifier1 for a second one): a prefix token each
/// With activation "hardswish" (LeViT) there is no layer norm (it is folded into the weights), the
/// residual stream has 8 bits, embed/conv0 and on are convolutions, the output projection takes
/// hardswish of its input, and head/average_pool comes before the classifiers.
///
/// At the boundaries of `stages` the layer of the block begins with
///   L/exit_norm, L/exit_classifier, L/exit_test  where it has an exit; one that is taken is the
///                                                trace's end
///   L/select  by the K of the block before, from L/selection_q and L/selection_k
///   L/lift and L/grow  where the embedding grows: detail bands of embed/samples, a row of all
///                      samples of each patch, and the new channels made of them
///   L/gather  the stream of the kept tokens, and the new channels
/// What a memory adds to the layers: see MemoryTrace.
/// Where tokens are selected inside a block (EViT), L/select and L/gather stand between
/// L/output_projection and L/norm2, by the block's own K. Where they are merged there, L/select
/// (EViT with a fused token) or L/match (ToMe) stands there, and L/merge, whose rows are the
/// groups. For HiRED layer "selection" stands in place of "head": selection/select by the K of the
/// last block, and selection/gather.
///
/// With `shift_add` linear layers of the blocks shift, or are mixtures: then L/qkv_router and
/// L/qkv_split stand before the three projections, L/output_router, L/mlp1_router and so on each
/// before its layer (append_experts). With linear attention L/linear_attention stands in place of
/// the operations of attention (append_linear_attention); of codes the projections to Q and K have
/// results of 1 bit, as many as a code is long.
void append_model(Trace& trace, const ModelConfig& model, std::vector<AttentionBlockTrace> blocks,
                  bool auto_encoder, const ShiftAddSpec& shift_add, TokenStages& stages);

}  // namespace vitcod
