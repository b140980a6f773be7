// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/compiler/attention/attention_layer.hpp"
#include "hw_models/compiler/attention/key_block.hpp"
#include "hw_models/compiler/attention/line_splitter.hpp"
#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/index_buffer/index_format.hpp"

namespace vitcod {

/// Words of S, by engine.
using ScoreWords = std::array<std::uint64_t, 2>;

/// A rectangle of one attention layer that the machine works on at a time: some heads, and a tile
/// of query rows over all keys, or over a block of them. What a tile needs on chip at once fits the
/// buffers by construction (see Planner).
struct WorkUnit {
  const AttentionLayer* layer = nullptr;  ///< or that of the key block
  std::shared_ptr<const KeyBlock> block;  ///< none: all keys
  std::uint32_t key_tile = 0;             ///< number of the block
  std::uint32_t num_key_tiles = 1;        ///< that follow each other for the same rows
  ScoreWords other_words{};               ///< of S, of the other key tiles of its rows
  std::uint32_t first_head = 0;
  std::uint32_t num_heads = 0;
  std::uint32_t first_row = 0;
  std::uint32_t num_rows = 0;
  bool loads_keys_values = true;    ///< false: K and V stay from the tile before
  bool frees_keys_values = true;    ///< false: K and V stay for the next tile
  std::uint32_t resident_keys = 0;  ///< leading rows of compressed K kept in the input buffer
  std::uint32_t resident_queries = 0;
  bool is_first_load = false;        ///< of the layer: brings weights and resident rows from DRAM
  bool is_last_load = false;         ///< of the layer: frees the resident rows
  bool loads_queries_again = false;  ///< an earlier key tile of its rows has loaded Q
  bool is_in_first_group = false;    ///< of the head groups that load anything
  bool polarized = true;           ///< false: one engine, denser columns are handled as sparse ones
  std::uint32_t query_window = 0;  ///< rows of Q of a head that are held at a time; 0: all
  std::uint32_t query_fetches = 1;  ///< rows that it has missed, on their way at a time
  std::shared_ptr<const RowCounts> row_counts;
  UnitWorkload workload;
  std::array<LineSplit, 2> split;  ///< by phase

  const PolarizedHead& head(std::uint32_t local) const {
    return layer->map->heads[first_head + local];
  }
  /// Columns of the head that the denser engine computes in full.
  std::uint32_t num_denser(std::uint32_t local) const {
    return polarized ? head(local).num_denser : 0;
  }
  std::uint32_t total_rows() const { return num_heads * num_rows; }
  std::uint32_t first_key() const { return block != nullptr ? block->first_key : 0; }
  bool is_last_key_tile() const { return key_tile + 1 == num_key_tiles; }
  /// All its heads are pruned throughout: nothing is loaded, and its output rows are zero.
  bool is_pruned() const {
    for (std::uint32_t head = 0; head < num_heads; ++head) {
      if (!rows_of(head).is_pruned) return false;
    }
    return true;
  }
  HeadRows rows_of(std::uint32_t local) const {
    return {num_rows, layer->num_keys, num_denser(local),
            num_denser(local) == 0 && head(local).nnz() == 0};
  }
};

/// Rows of Q of a head that the denser engine holds of the unit at a time; 0: all. They pass by
/// once if the denser engine can take all columns of all heads at once and every head that loads
/// anything has some, and in a window only if it holds more rows than a packet completes, and not
/// all.
std::uint32_t query_window_of(const WorkUnit& unit, const QueryWindowRules& rules);

/// Counts of a layer's map, made once, from which the workload of any unit follows.
class LayerProfile {
 public:
  /// `max_segment_rows`: of a column that one line computes; 0: all. `entries_a_word`: of the
  /// sparser engine's S.
  LayerProfile(const AttentionLayer& layer, bool polarized, std::uint32_t max_segment_rows,
               std::uint32_t entries_a_word);

  UnitWorkload workload(const WorkUnit& unit) const;
  /// Kept entries of the sparser engine in the unit's rectangle, and the words of S that they fill,
  /// in a time that its rows do not lengthen.
  SparseWork sparse_work(const WorkUnit& unit) const;
  const std::shared_ptr<const RowCounts>& row_counts() const { return row_entries_; }

 private:
  /// Of one head, over all rows: columns with entries of the sparser engine, and the pieces that
  /// lines take of them.
  struct ColumnPieces {
    std::uint64_t columns = 0;
    std::uint64_t segments = 0;
  };

  std::uint64_t sparse_entries(const WorkUnit& unit, std::uint32_t head) const;
  std::uint64_t segments(const WorkUnit& unit, std::uint32_t head, std::uint64_t entries) const;

  const AttentionLayer& layer_;
  std::shared_ptr<const RowCounts> row_entries_;
  std::vector<std::vector<SparseWork>> work_before_;  ///< by head, of the rows before each
  std::vector<std::uint32_t> longest_segment_;        ///< by head, over all rows
  std::vector<ColumnPieces> pieces_;                  ///< by head
};

/// Entries of each row of a map, by head; of sparser columns alone if it is `polarized`.
std::shared_ptr<const RowCounts> row_counts_of(const PolarizedMap& map, bool polarized);

/// The heads of `tile`, all rows, of the map that its map is restricted from.
std::shared_ptr<const AttentionTile> source_tile(const AttentionTile& tile,
                                                 const PolarizedMap& source,
                                                 std::shared_ptr<const RowCounts> row_counts);

/// The unit as the engines see it. `mask_denser_block`: pruned entries of denser blocks get weight
/// zero.
std::shared_ptr<const AttentionTile> tile_of(const WorkUnit& unit, bool mask_denser_block,
                                             bool query_forwarding);

}  // namespace vitcod
