// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "hw_models/accelerators/cascade_schedule.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// The operations of an attention block, by index into the trace's.
struct BlockOperations {
  std::size_t sddmm = 0, normalise = 0, spmm = 0;
};

/// What the choice behind an attention block means for the layers that follow.
struct CascadeEffect {
  std::optional<TensorId> kept;            ///< numbers of the tokens that stay, if some are dropped
  std::vector<TensorId> weights_of_heads;  ///< W that shrinks with the heads of the next block
};

/// Whether the operation lies around attention: a linear layer, a layer norm or an average pool.
bool is_around_attention(const OperationParams& params);

/// Makes the layers around the attention of a whole model work on the tokens and heads that are
/// left. `trace` has the attention tensors of `keeps` already, by block; `before` are the shapes
/// that all tensors had without pruning.
///
/// Behind the output projection of a block after which tokens are dropped, the rows of the residual
/// stream that stay are gathered (L/gather, from L/kept, which becomes output 1 of the spmm, to
/// L/gathered), and all that follows works on these: layer norms, the MLP, the next projections.
/// Projections make Q, K and V of the heads that are left alone, and the output projection reads
/// those: W, biases and requantisation are of these heads, which lie together.
///
/// Throws InputError for layers that need tokens that are dropped, and for a stream that cannot be
/// gathered. Returns the effect of each block's choice.
std::vector<CascadeEffect> prune_layers(Trace& trace,
                                        const std::vector<std::vector<std::uint32_t>>& before,
                                        const std::vector<BlockOperations>& blocks,
                                        const std::vector<BlockKeeps>& keeps,
                                        std::uint32_t prefix_tokens);

}  // namespace vitcod
