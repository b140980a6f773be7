// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/query_key_array/low_bits_config.hpp"
#include "hw_models/top_k_engine/cascade_block.hpp"
#include "hw_models/top_k_engine/cascade_pruning_config.hpp"
#include "hw_models/top_k_engine/top_k_cost.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// A workload as a machine with cascade pruning runs it.
struct SpattenTrace {
  Trace trace;
  std::vector<CascadeBlock> blocks;  ///< of attention, in program order
};

/// What the choices of the machine depend on besides the values.
struct CascadeHardware {
  TopKCost top_k;
  std::uint32_t operand_fraction_bits = 0;
  LowBitsConfig low_bits = {};
};

/// The trace as a machine with cascade pruning takes it: Q, K, V and outputs of the heads and
/// tokens that are left, and maps of the rows of V that are left to each query; all pairs of tokens
/// are scored. There is no auto-encoder: Q and K are as without_sparsity leaves them. In a whole
/// model linear layers, layer norms and average pools work on what is left too (prune_layers).
///
/// How many are left follows from `pruning`; which ones from the trace's values of Q, K and V, so
/// that cycles do not depend on whether the machine computes them: by the importances of the blocks
/// before, of the same tokens and heads. Those of a whole model come from its layers, which are
/// computed plainly up to the last attention: about a second for 10^9 MACs. A block with other
/// tokens or heads (another grid of tokens, fewer queries than keys) begins a new cascade and has
/// all of them.
///
/// If the machine computes with low bits, those of Q, K and V are tensors of their own, further
/// inputs of the operations (AttentionLayer), and which rows are flat is chosen likewise.
///
/// Throws InputError for an operation that is no softmax attention and none of these layers, where
/// prune_layers does, for an odd number of features with low bits, and for low bits of what a layer
/// makes.
SpattenTrace spatten_trace(const Trace& trace, const CascadePruningConfig& pruning,
                           const CascadeHardware& hardware);

}  // namespace vitcod
