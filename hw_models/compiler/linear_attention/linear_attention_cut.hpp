// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/compiler/linear_attention/linear_attention_layer.hpp"
#include "hw_models/compiler/plan_limits.hpp"

namespace vitcod {

/// How a linear attention is cut: the parts are of equal size, but for the last one of each kind.
struct LinearAttentionCut {
  std::uint32_t feature_group = 1;  ///< rows of A at a time: as many as a line has accumulators
  std::uint32_t block_columns = 1;  ///< of A and O, one a line
  std::uint32_t key_piece = 1;      ///< keys that come with a job
  std::uint32_t query_group = 1;    ///< rows of O at a time
};

/// One job: some of the sums over keys of a block of A, or a block of O.
struct LinearAttentionStep {
  bool is_inner = false;  ///< A and z, else O
  std::uint32_t head = 0;
  std::uint32_t first_column = 0, columns = 0;
  std::uint32_t first_row = 0, rows = 0;  ///< of A (features of K), or of O (queries)
  std::uint32_t first_key = 0, keys = 0;  ///< of a step that makes A
  bool begins = true;                     ///< the sums of its block
  bool ends = true;
  bool loads_inner = false;  ///< a step that makes O: the columns of A come with it
  bool frees_inner = false;  ///< and go with it

  /// Whether parts of its operands come that an earlier step had: of K or Q with each block of
  /// columns, of V and the words with each group of rows of A.
  bool repeats_rows() const { return first_column > 0; }
  bool repeats_columns() const { return is_inner && first_row > 0; }
};

/// The cut that fits the buffers with the fewest parts, with room for the operands of two steps
/// where that is possible. Throws InputError that names what is missing: the unit, or the buffer.
LinearAttentionCut linear_attention_cut(const LinearAttentionLayer& layer,
                                        const PlanLimits& limits);

/// The jobs in their order: all heads' A, then all heads' O.
std::vector<LinearAttentionStep> linear_attention_steps(const LinearAttentionLayer& layer,
                                                        const LinearAttentionCut& cut);

}  // namespace vitcod
