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
};

/// Some heads of an attention block that is computed over all pairs of its tokens.
struct PairTile {
  std::uint32_t first_head = 0;  ///< of the block
  std::uint32_t num_heads = 0;
  std::uint32_t num_queries = 0;
  std::uint32_t num_keys = 0;
  std::uint32_t query_features = 0;
  std::uint32_t value_features = 0;
  RegionId query{}, key{}, value{};  ///< (heads of the tile, rows, features), 8 bits
  std::uint32_t block_heads = 0;     ///< heads of the whole block
  bool begins_cascade = false;       ///< what came before says nothing of its tokens and heads
  std::shared_ptr<const ValueChoice> choice;

  std::uint32_t total_rows() const { return num_heads * num_queries; }
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
