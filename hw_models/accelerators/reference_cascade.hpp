// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hw_models/query_key_array/low_bits_config.hpp"

namespace vitcod {

/// Sizes of a block that is computed over all pairs of its tokens.
struct PairBlock {
  std::uint32_t heads, queries, keys, query_features, value_features;
  std::uint32_t values_kept;  ///< rows of V that each query is multiplied with
  std::uint32_t operand_fraction_bits;
  LowBitsConfig low_bits = {};
};

/// Q, K and V of a block: (heads, tokens, features). `*_low`: their low bits, two features a byte.
struct PairOperands {
  std::span<const std::int8_t> query, key, value;
  std::span<const std::int8_t> query_low = {}, key_low = {}, value_low = {};
};

/// What SpAtten's choices go by and what it puts out, computed plainly, head by head and row by row
/// in the formats of hw_models/score_unit/score_format.hpp; shares no code with the blocks.
struct PairReference {
  std::vector<std::uint64_t> token_importance;  ///< probabilities of all rows, 16 fraction bits
  std::vector<std::uint64_t> head_importance;   ///< magnitudes of outputs
  /// Weights of all rows: (heads, queries, keys).
  std::vector<std::uint8_t> weights;
  /// Places of the `values_kept` largest weights of each row, ascending; the lower place first
  /// among equals: (heads, queries, values_kept).
  std::vector<std::uint32_t> kept_values;
  /// Rows that are computed with low bits because they are flat without: (heads, queries). Empty if
  /// none can be.
  std::vector<bool> is_flat;
  std::vector<std::int8_t> outputs;  ///< (heads, queries, value features)
};
PairReference reference_pairs(const PairBlock& block, const PairOperands& operands);

/// Places of the k largest, ascending, the lower place first among equals: by sorting.
template <typename T>
std::vector<std::uint32_t> reference_top_k(std::span<const T> values, std::uint32_t k);

}  // namespace vitcod
