// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/base/attention_index.hpp"
#include "workloads/attention_map.hpp"

namespace vitcod {

enum class EngineId : std::uint8_t { kDenser, kSparser };
inline constexpr std::array kEngines = {EngineId::kDenser, EngineId::kSparser};
inline constexpr std::size_t index_of(EngineId engine) { return static_cast<std::size_t>(engine); }

/// Kept entries that the sparser engine computes: by head of the layer and query row.
using RowCounts = std::vector<std::vector<std::uint32_t>>;

/// Rows of one head's Q, K and V within a tile, and which engine holds them.
struct HeadRows {
  std::uint32_t num_queries = 0;  ///< of the tile
  std::uint32_t num_keys = 0;
  std::uint32_t num_denser = 0;  ///< columns of the denser engine
  bool is_pruned = false;        ///< throughout, without denser columns: nothing is loaded for it

  /// Q rows that the engine holds: all or none. With `forwarding` the sparser engine takes those
  /// that the denser one holds from there.
  std::uint32_t queries(EngineId engine, bool forwarding) const {
    if (is_pruned) return 0;
    if (engine == EngineId::kDenser) return num_denser > 0 ? num_queries : 0;
    return num_denser > 0 && (forwarding || num_denser == num_keys) ? 0 : num_queries;
  }
  /// K rows, and V rows, that the engine holds.
  std::uint32_t keys(EngineId engine) const {
    if (is_pruned) return 0;
    return engine == EngineId::kDenser ? num_denser : num_keys - num_denser;
  }
};

/// Where the rows of one head begin among those that each engine holds of a tile's operands: an
/// engine's rows lie one after the other in its buffer.
struct HeadPlaces {
  std::array<std::uint32_t, 2> query{};
  std::array<std::uint32_t, 2> key{};  ///< of K and of V
};

/// A rectangle of one layer's attention that the machine works on at a time: some heads, and a tile
/// of query rows over all keys, or over one tile of the keys: then `map` is of these alone, and the
/// scores of all key tiles of the rows are on chip together. Rows of Q, S and the output are
/// numbered head by head within the tile (row_index), rows of K and V head by head over all keys
/// (key_index), a key by its position in the polarized order.
struct AttentionTile {
  const PolarizedMap* map = nullptr;                        ///< of the layer, or of the key tile
  std::shared_ptr<const PolarizedMap> owned_map = nullptr;  ///< `map`, if it is of a key tile
  std::shared_ptr<const RowCounts> row_counts;
  std::uint32_t query_features = 0;  ///< head dimension of Q and K
  std::uint32_t value_features = 0;  ///< head dimension of V and of the output
  std::uint32_t first_head = 0;
  std::uint32_t num_heads = 0;
  std::uint32_t first_row = 0;
  std::uint32_t num_rows = 0;     ///< of a head
  std::uint32_t key_tile = 0;     ///< of those that the rows' keys are cut into
  bool polarized = true;          ///< false: one engine, denser columns are handled as sparse ones
  bool mask_denser_block = true;  ///< pruned entries of denser blocks get weight zero
  std::optional<double> sigmoid_bias = {};  ///< of sigmoid attention; none: softmax
  std::vector<HeadPlaces> places;           ///< by head of the tile, see place_rows()

  std::uint32_t num_keys() const { return map->num_keys; }
  const PolarizedHead& head(std::uint32_t local) const { return map->heads[first_head + local]; }
  /// Columns of the head that the denser engine computes in full.
  std::uint32_t num_denser(std::uint32_t local) const {
    return polarized ? head(local).num_denser : 0;
  }
  std::uint32_t total_rows() const { return num_heads * num_rows; }

  HeadRows rows_of(std::uint32_t local) const {
    return {num_rows, num_keys(), num_denser(local),
            num_denser(local) == 0 && head(local).nnz() == 0};
  }
  /// Fills in `places`.
  void place_rows(bool forwarding);
  /// Place of a row among those that the engine holds; `position` of the head's keys.
  std::uint32_t query_place(EngineId engine, TileHead head, HeadRow row) const {
    return places[value_of(head)].query[index_of(engine)] + value_of(row);
  }
  std::uint32_t key_place(EngineId engine, TileHead head, KeyPosition position) const {
    const std::uint32_t local = value_of(head);
    const std::uint32_t first = engine == EngineId::kDenser ? 0 : num_denser(local);
    return places[local].key[index_of(engine)] + value_of(position) - first;
  }

  TileRow row_index(TileHead head, HeadRow row) const {
    return TileRows(num_rows).index(head, row);
  }
  KeyIndex key_index(TileHead head, KeyPosition position) const {
    return TileKeys(num_keys()).index(head, position);
  }
  /// Where K and V lie as they come.
  KeyIndex token_index(TileHead head, KeyToken token) const {
    return TileTokens(num_keys()).index(head, token);
  }
  TileHead head_of_row(TileRow row) const { return TileRows(num_rows).head_of(row); }
  HeadRow row_of_head(TileRow row) const { return TileRows(num_rows).row_of(row); }
  /// The tile's number of a row of the map, and back.
  HeadRow head_row(QueryRow query) const { return HeadRow{value_of(query) - first_row}; }
  QueryRow query_row(HeadRow row) const { return QueryRow{first_row + value_of(row)}; }
  LayerHead layer_head(TileHead head) const { return LayerHead{first_head + value_of(head)}; }

  /// Entries of the row that the sparser engine computes.
  std::uint32_t num_sparse_entries(TileRow row) const {
    const std::uint32_t query = value_of(query_row(row_of_head(row)));
    return (*row_counts)[first_head + value_of(head_of_row(row))][query];
  }
  bool has_sparse_entries(TileRow row) const { return num_sparse_entries(row) > 0; }
  bool has_denser_entries(TileRow row) const { return num_denser(value_of(head_of_row(row))) > 0; }
};

/// A run of kept entries of one key column, computed by one MAC line with that K vector held.
struct ColumnSegment {
  TileHead head;
  KeyPosition key;
  const std::uint32_t*
      rows;  ///< query rows, ascending; not owned, first one >= the tile's first row
  std::uint32_t num_rows;
};

/// Kept entries of a tile that the sparser engine computes, as whole column runs. `storage`
/// receives the rows of denser columns that are handled as sparse ones.
std::vector<ColumnSegment> sparser_columns(const AttentionTile& tile,
                                           std::vector<std::vector<std::uint32_t>>& storage);

}  // namespace vitcod
