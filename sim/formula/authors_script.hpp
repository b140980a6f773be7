// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitcod {

/// Revisions of the ViTCoD authors' script (GATECH-EIC/ViTCoD, Hardware/Simulator).
enum class ScriptRevision {
  kHead,     ///< b2f7fb5: takes 64 x 64 multipliers for the 64 x 8 that there are
  k0b4031a,  ///< 64 x 8; loads V one and a half times
};

/// Widths around an attention block, in channels.
struct ScriptWidths {
  std::uint64_t in = 0;          ///< of the block's input
  std::uint64_t out = 0;         ///< after the output projection
  std::uint64_t mlp_hidden = 0;  ///< of the MLP that follows
};

/// What the script takes of one attention block. Its map is head 0's, which stands for all heads.
struct ScriptLayer {
  std::string name;
  std::uint64_t heads = 0;
  std::optional<std::uint64_t> compressed_heads;  ///< none: Q and K are not compressed
  std::uint64_t queries = 0;
  std::uint64_t keys = 0;
  std::uint64_t key_dim = 0;         ///< features of a head's Q and K
  std::uint64_t value_dim = 0;       ///< features of a head's V
  std::uint64_t global_tokens = 0;   ///< denser columns
  std::uint64_t sparse_entries = 0;  ///< kept entries outside of them
  std::optional<ScriptWidths> widths;
};

/// Cycles of one layer's attention. `preload` and `decoder` may be fractions: the script multiplies
/// loads by ratios.
struct ScriptAttention {
  double preload = 0;
  double decoder = 0;
  std::uint64_t dense_lines = 0;
  std::uint64_t sparse_lines = 0;
  std::uint64_t sddmm_dense = 0;
  std::uint64_t sddmm_sparse = 0;
  std::uint64_t spmm_dense = 0;
  std::uint64_t spmm_sparse = 0;

  /// Both engines run at once, SDDMM and SpMM one after the other.
  std::uint64_t computation() const;
};

/// Cycles of one layer's projections and MLP.
struct ScriptDense {
  std::uint64_t linear_compute = 0;
  std::uint64_t linear_encode = 0;
  std::uint64_t linear_preload = 0;
  std::uint64_t mlp_compute = 0;
  std::uint64_t mlp_preload = 0;
};

/// Sums over the layers, and what the script makes of them: the greater of loading and computing,
/// each summed over the whole model.
struct ScriptTotals {
  double preload = 0;
  double decoder = 0;
  std::uint64_t computation = 0;
  double attention = 0;
  std::optional<std::uint64_t> linear;  ///< none: the model does not tell all its widths
  std::optional<std::uint64_t> mlp;
  std::optional<double> end_to_end;
};

/// The script's attention (ViTCoD.py). Where the script divides by zero (a share of no line or of
/// less than one multiplier), one is taken.
ScriptAttention script_attention(const ScriptLayer& layer, ScriptRevision revision);

/// The script's projections and MLP (ViT_FFN.py), the same in both revisions: 64 x 8 multipliers.
/// The layer must have widths (ModelError).
ScriptDense script_dense(const ScriptLayer& layer);

ScriptTotals script_totals(const std::vector<ScriptLayer>& layers, ScriptRevision revision);

/// Multipliers that the script's attention has.
std::uint64_t script_multipliers(ScriptRevision revision);

}  // namespace vitcod
