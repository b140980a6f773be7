// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "hw_models/program/attention_layer.hpp"
#include "hw_models/program/line_split.hpp"

namespace vitcod {

enum class EngineId : std::uint8_t { kDenser, kSparser };
inline constexpr std::array kEngines = {EngineId::kDenser, EngineId::kSparser};
inline constexpr std::size_t index_of(EngineId engine) { return static_cast<std::size_t>(engine); }

/// A run of kept entries of one key column, computed by one MAC line with that K vector held.
struct ColumnSegment {
  std::uint32_t head;  ///< within the unit
  std::uint32_t key;   ///< key position (polarized order)
  const std::uint32_t*
      rows;  ///< query rows, ascending; not owned, first one >= the tile's first row
  std::uint32_t num_rows;
};

/// Some tokens of an encoding.
struct EncodeTile {
  const EncodeLayer* layer = nullptr;
  std::uint32_t first_token = 0;
  std::uint32_t num_tokens = 0;
};

/// A rectangle of one attention layer that the machine works on at a time: some heads, and a tile
/// of query rows over all keys. What a tile needs on chip at once fits the buffers by construction
/// (see Planner).
struct WorkUnit {
  const AttentionLayer* layer = nullptr;
  std::optional<EncodeTile> encode;  ///< this instead of an attention layer
  std::uint32_t first_head = 0;
  std::uint32_t num_heads = 0;
  std::uint32_t first_row = 0;
  std::uint32_t num_rows = 0;
  bool loads_keys_values = true;    ///< false: K and V stay from the tile before
  bool frees_keys_values = true;    ///< false: K and V stay for the next tile
  std::uint32_t resident_keys = 0;  ///< leading rows of compressed K kept in the input buffer
  std::uint32_t resident_queries = 0;
  bool loads_resident = false;  ///< brings the resident rows from DRAM (first unit of a layer)
  bool frees_resident = false;  ///< last unit of a layer
  bool polarized = true;        ///< false: one engine, denser columns are handled as sparse ones
  UnitWorkload workload;
  std::array<LineSplit, 2> split;  ///< by phase

  std::uint32_t report_layer() const { return encode ? encode->layer->layer : layer->layer; }
  const PolarizedHead& head(std::uint32_t local) const {
    return layer->map->heads[first_head + local];
  }
  /// Columns of the head that the denser engine computes in full.
  std::uint32_t num_denser(std::uint32_t local) const {
    return polarized ? head(local).num_denser : 0;
  }
  std::uint32_t total_rows() const { return num_heads * num_rows; }
  std::uint32_t row_index(std::uint32_t local_head, std::uint32_t query) const {
    return local_head * num_rows + (query - first_row);
  }
};

/// Kept entries of a unit that the sparser engine computes, as whole column runs of the tile.
/// `storage` receives the rows of denser columns that are handled as sparse ones.
std::vector<ColumnSegment> sparser_columns(const WorkUnit& unit,
                                           std::vector<std::vector<std::uint32_t>>& storage);

/// Counts of a layer's map, made once, from which the workload of any unit follows.
class LayerProfile {
 public:
  /// `max_segment_rows`: of a column that one line computes; 0: all.
  LayerProfile(const AttentionLayer& layer, bool polarized, std::uint32_t max_segment_rows);

  UnitWorkload workload(const WorkUnit& unit) const;

 private:
  const AttentionLayer& layer_;
  /// Kept entries that the sparser engine computes, by head and query row.
  std::vector<std::vector<std::uint32_t>> row_entries_;
  std::vector<std::uint32_t> longest_segment_;  ///< by head, over all rows
};

/// Bytes of an index into `num_keys` positions or `num_rows` rows, as stored on chip: 1, 2 or 4.
std::uint32_t index_bytes(std::uint32_t extent);

}  // namespace vitcod
