// SPDX-License-Identifier: Apache-2.0
#include "hw_models/engine/attention_tile.hpp"

#include <algorithm>

namespace vitcod {
namespace {

/// Rows of a column that lie in the tile.
ColumnSegment clip_to_tile(const AttentionTile& tile, TileHead head, KeyPosition key,
                           const std::uint32_t* first, const std::uint32_t* last) {
  if (tile.num_rows != tile.map->num_queries) {
    first = std::lower_bound(first, last, tile.first_row);
    last = std::lower_bound(first, last, tile.first_row + tile.num_rows);
  }
  return ColumnSegment{head, key, first, static_cast<std::uint32_t>(last - first)};
}

void add_denser_columns_as_sparse(const AttentionTile& tile, std::uint32_t head,
                                  std::vector<std::vector<std::uint32_t>>& storage,
                                  std::vector<ColumnSegment>& columns) {
  const PolarizedHead& map = tile.head(head);
  const std::uint32_t num_queries = tile.map->num_queries;
  for (std::uint32_t key = 0; key < map.num_denser; ++key) {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t query = 0; query < num_queries; ++query) {
      if (map.denser_kept[std::size_t{key} * num_queries + query] != 0) rows.push_back(query);
    }
    storage.push_back(std::move(rows));
    const std::vector<std::uint32_t>& stored = storage.back();
    columns.push_back(clip_to_tile(tile, TileHead{head}, KeyPosition{key}, stored.data(),
                                   stored.data() + stored.size()));
  }
}

}  // namespace

void AttentionTile::place_rows(bool forwarding) {
  places.clear();
  HeadPlaces next;
  for (std::uint32_t local = 0; local < num_heads; ++local) {
    places.push_back(next);
    const HeadRows rows = rows_of(local);
    for (EngineId engine : kEngines) {
      next.query[index_of(engine)] += rows.queries(engine, forwarding);
      next.key[index_of(engine)] += rows.keys(engine);
    }
  }
}

std::vector<ColumnSegment> sparser_columns(const AttentionTile& tile,
                                           std::vector<std::vector<std::uint32_t>>& storage) {
  std::vector<ColumnSegment> columns;
  for (std::uint32_t head = 0; head < tile.num_heads; ++head) {
    const PolarizedHead& map = tile.head(head);
    if (!tile.polarized) add_denser_columns_as_sparse(tile, head, storage, columns);
    const Csc& csc = map.sparser;
    for (std::uint32_t c = 0; c < csc.num_columns(); ++c) {
      const std::uint32_t* rows = csc.row_idx.data();
      columns.push_back(clip_to_tile(tile, TileHead{head}, KeyPosition{map.num_denser + c},
                                     rows + csc.col_ptr[c], rows + csc.col_ptr[c + 1]));
    }
  }
  std::erase_if(columns, [](const ColumnSegment& column) { return column.num_rows == 0; });
  return columns;
}

}  // namespace vitcod
