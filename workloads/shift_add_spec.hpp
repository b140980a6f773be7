// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/config_reader.hpp"
#include "workloads/model_config.hpp"
#include "workloads/operation_params.hpp"

namespace vitcod {

/// How a linear layer of a block forms its products.
enum class LinearKind {
  kMultiply,
  kShift,
  kMixture,  ///< a router sends each token to an expert that multiplies or to one that shifts
};

/// What the attention of a block is.
enum class AttentionForm {
  kScores,  ///< weights from scores of pairs of tokens, under the block's map
  kLinear,  ///< linear attention that multiplies, of Q and K of 8 bits
  kAdd,     ///< linear attention that adds, of codes in place of Q and K
};

/// Linear attention of a block.
struct LinearAttentionForm {
  Primitive primitive = Primitive::kMultiply;
  std::uint32_t features_k = 0;  ///< a head; with additions the length of a code

  std::uint32_t bits() const { return primitive == Primitive::kAdd ? 1 : 8; }
};

/// ShiftAddViT, the object under `/workload/shift_add`: which linear layers of the blocks shift,
/// and what their attention is. What stands before and behind the blocks multiplies.
struct ShiftAddSpec {
  LinearKind qkv = LinearKind::kMultiply;  ///< all three projections, with one router
  LinearKind output_projection = LinearKind::kMultiply;
  LinearKind mlp1 = LinearKind::kMultiply;
  LinearKind mlp2 = LinearKind::kMultiply;
  /// Of the tokens of a mixture, those of the expert that shifts. Absent: half of them, the
  /// t_multiply / (t_multiply + t_shift) of lines that do both at one rate.
  std::optional<double> shift_share;
  std::optional<std::uint64_t> seed;  ///< of the routers' logits; absent: 0
  AttentionForm attention = AttentionForm::kScores;
  /// Of codes, in bits a head and token; absent: a bit a feature of Q and K.
  std::optional<std::uint32_t> code_length;

  bool has_mixture() const {
    return qkv == LinearKind::kMixture || output_projection == LinearKind::kMixture ||
           mlp1 == LinearKind::kMixture || mlp2 == LinearKind::kMixture;
  }
  /// Whether all linear layers multiply.
  bool only_multiplies() const {
    return qkv == LinearKind::kMultiply && output_projection == LinearKind::kMultiply &&
           mlp1 == LinearKind::kMultiply && mlp2 == LinearKind::kMultiply;
  }
  /// The linear attention of a block whose Q and K have `key_dim` features a head; none: by scores.
  std::optional<LinearAttentionForm> linear_attention(std::uint32_t key_dim) const;
};

void read(ConfigReader& reader, ShiftAddSpec& spec);

/// Throws ConfigError at `/shift_add` for a mixture of a layer whose rows are gathered from a grid.
void check_shift_add(const ShiftAddSpec& spec, const ModelConfig& model);

/// Throws ConfigError at `/shift_add` unless the model's codes take whole bytes.
void check_codes(const ShiftAddSpec& spec, const ModelConfig& model);

}  // namespace vitcod
