// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "hw_models/accelerators/operand_image.hpp"
#include "hw_models/compiler/attention/attention_layer.hpp"
#include "hw_models/compiler/auto_encoder/encode_layer.hpp"
#include "hw_models/query_key_array/low_bits_config.hpp"

namespace vitcod {

/// Packing that the values of an array depend on which sums rows up piece by piece (row_sums.hpp).
struct PackedFormats {
  std::uint32_t segment_keys = 1;   ///< keys that a piece is of
  std::uint32_t piece_entries = 1;  ///< most kept entries of a piece
};

/// Numbers of the tokens that stay behind blocks of attention, by the tensor that holds them.
using CascadeTokens = std::unordered_map<TensorId, std::vector<std::int16_t>>;

/// Number formats that a machine's values depend on (see score_format.hpp and head_mix.hpp).
struct ValueFormats {
  std::uint32_t operand_fraction_bits = 0;
  std::uint32_t weight_fraction_bits = 0;
  bool counts_pruned_denser = false;         ///< pruned entries of denser blocks count as kept
  std::uint32_t encoder_fraction_bits = 0;   ///< of the encoder's weights
  std::optional<PackedFormats> packed = {};  ///< of an array that packs kept entries
  /// Softmax is over all keys of a row, and the map says which rows of V are multiplied; keys in
  /// the order of the tokens.
  bool weighs_whole_rows = false;
  LowBitsConfig low_bits = {};                 ///< with the values of a layer's low bits
  const CascadeTokens* kept_tokens = nullptr;  ///< of cascade pruning; outlives this
};

/// The output of one attention block, computed plainly: head by head, row by row, from the kept
/// entries in original token order. Written from the description of the formats; shares no code
/// with the blocks, so that a run can be checked against it bit for bit.
/// Returns (heads, queries, value features).
std::vector<std::int8_t> reference_attention(const AttentionLayer& layer,
                                             const ValueFormats& formats, OperandImage& image);

/// A linear map across heads, computed plainly: (heads in, elements) to (heads out, elements);
/// weights (heads in, heads out) with `fraction_bits`, a bias for each head out.
std::vector<std::int8_t> reference_head_mix(const std::vector<std::int8_t>& input,
                                            std::size_t heads_in,
                                            const std::vector<std::int8_t>& weights,
                                            const std::vector<std::int32_t>& bias,
                                            std::size_t heads_out, unsigned fraction_bits);

/// The compressed heads of one encoding, computed plainly: (heads out, tokens, features).
std::vector<std::int8_t> reference_encoding(const EncodeLayer& layer,
                                            std::uint32_t weight_fraction_bits,
                                            OperandImage& image);

}  // namespace vitcod
