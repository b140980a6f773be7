// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "hw_models/engine/attention_tile.hpp"
#include "test/support/tiny_layer.hpp"

namespace vitcod::test {

/// Some rows of a layer's heads as an array sees them that packs its masks.
inline std::shared_ptr<AttentionTile> packed_tile(const TinyLayer& tiny, std::uint32_t first_head,
                                                  std::uint32_t num_heads, std::uint32_t first_row,
                                                  std::uint32_t num_rows) {
  auto tile = std::make_shared<AttentionTile>();
  tile->map = &tiny.map;
  tile->query_features = tiny.layer.query_features;
  tile->value_features = tiny.layer.value_features;
  tile->first_head = first_head;
  tile->num_heads = num_heads;
  tile->first_row = first_row;
  tile->num_rows = num_rows;
  tile->polarized = false;
  auto counts = std::make_shared<RowCounts>();
  for (const PolarizedHead& head : tiny.map.heads) {
    const KeptMap map = kept_map(head, tiny.map.num_queries, tiny.map.num_keys);
    std::vector<std::uint32_t>& rows = counts->emplace_back();
    for (std::uint32_t q = 0; q < tiny.map.num_queries; ++q) {
      rows.push_back(0);
      map.for_each_kept(q, [&](std::uint32_t) { ++rows.back(); });
    }
  }
  tile->row_counts = std::move(counts);
  return tile;
}
inline std::shared_ptr<AttentionTile> packed_tile(const TinyLayer& tiny) {
  return packed_tile(tiny, 0, tiny.layer.num_heads, 0, tiny.layer.num_queries);
}

}  // namespace vitcod::test
