// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/program/region.hpp"
#include "hw_models/top_k_engine/search_work.hpp"
#include "workloads/attention_map.hpp"

namespace vitcod {

/// Which rows of V each row of P is multiplied with, in one attention block: as many in every row.
struct ValueChoice {
  HeadMaps kept;                     ///< by head of the block
  std::vector<SearchWork> searches;  ///< that choosing takes: head x queries + query
  /// Rows that are flat, so that they are computed once more with low bits: likewise. Empty: none.
  std::vector<bool> is_flat;

  bool flat(std::size_t row) const { return !is_flat.empty() && is_flat[row]; }
  bool any_flat(std::size_t first, std::size_t num) const {
    for (std::size_t row = first; row < first + num; ++row) {
      if (flat(row)) return true;
    }
    return false;
  }
};

/// Which of a tile's rows a pass computes, and whether with low bits.
enum class RowPass : std::uint8_t {
  kWhole,  ///< all, and each becomes an output row
  kFirst,  ///< all, without low bits of Q and K; flat ones end behind the softmax unit
  kAgain,  ///< the flat ones, with low bits
};

/// Some heads of an attention block that is computed over all pairs of its tokens.
struct PairTile {
  std::uint32_t first_head = 0;  ///< of the block
  std::uint32_t num_heads = 0;
  std::uint32_t num_queries = 0;
  std::uint32_t num_keys = 0;
  std::uint32_t query_features = 0;
  std::uint32_t value_features = 0;
  RegionId query{}, key{}, value{};              ///< (heads of the tile, rows, features), 8 bits
  RegionId query_low{}, key_low{}, value_low{};  ///< likewise, kLowBits
  bool has_low_scores = false;                   ///< Q and K have low bits
  bool has_low_values = false;                   ///< V has
  std::uint32_t block_heads = 0;                 ///< heads of the whole block
  bool begins_cascade = false;  ///< what came before says nothing of its tokens and heads
  std::shared_ptr<const ValueChoice> choice;
  RowPass pass = RowPass::kWhole;
  std::vector<std::uint32_t> flat_rows;  ///< ascending, of the pass kAgain

  std::uint32_t total_rows() const {
    return pass == RowPass::kAgain ? static_cast<std::uint32_t>(flat_rows.size())
                                   : num_heads * num_queries;
  }
  /// Number `i` of those that the pass computes.
  std::uint32_t row(std::uint32_t i) const { return pass == RowPass::kAgain ? flat_rows[i] : i; }
  bool is_flat(std::uint32_t row) const {
    return choice->flat(std::size_t{first_head} * num_queries + row);
  }
  /// Whether the pass makes an output row of it.
  bool is_final(std::uint32_t row) const {
    return pass == RowPass::kWhole || is_flat(row) == (pass == RowPass::kAgain);
  }
  std::uint32_t head_of(std::uint32_t row) const { return row / num_queries; }
  std::uint32_t query_of(std::uint32_t row) const { return row % num_queries; }
  const KeptMap& kept_values(std::uint32_t row) const {
    return choice->kept[first_head + head_of(row)];
  }
  SearchWork search(std::uint32_t row) const {
    return choice->searches[std::size_t{first_head} * num_queries + row];
  }
};

/// Values of a row on its way.
struct RowValues {
  std::vector<std::int32_t> products;  ///< q.k, by key
  std::vector<std::uint32_t> weights;  ///< 8 bits, by key: see score_format.hpp
  std::uint32_t sum = 0;               ///< of all weights
};

/// A row of S or P of one head, from unit to unit. `values` is null if none are computed.
struct AttentionRow {
  const PairTile* tile = nullptr;
  std::uint32_t row = 0;  ///< head of the tile x queries + query
  std::shared_ptr<RowValues> values;
};

/// How much attention each token got, and how large each head's outputs were, over the blocks of a
/// cascade so far: what its choices go by. Values alone.
struct Importance {
  std::vector<std::uint64_t> tokens;  ///< probabilities, 16 fraction bits
  std::vector<std::uint64_t> heads;   ///< magnitudes of outputs

  void restart(std::size_t num_tokens, std::size_t num_heads) {
    tokens.assign(num_tokens, 0);
    heads.assign(num_heads, 0);
  }
};

}  // namespace vitcod
