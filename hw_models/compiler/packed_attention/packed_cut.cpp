// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/packed_attention/packed_cut.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "hw_models/pack_unit/segmented_mask.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

/// Kept entries of each head and row.
std::shared_ptr<const RowCounts> counts_of_rows(const PolarizedMap& map) {
  auto counts = std::make_shared<RowCounts>();
  for (const PolarizedHead& head : map.heads) {
    std::vector<std::uint32_t>& rows = counts->emplace_back(map.num_queries, 0);
    for (std::size_t i = 0; i < head.denser_kept.size(); ++i) {
      rows[i % map.num_queries] += head.denser_kept[i];
    }
    for (const std::uint32_t row : head.sparser.row_idx) ++rows[row];
  }
  return counts;
}

/// Cuts one layer.
class PackedCutter {
 public:
  PackedCutter(const AttentionLayer& layer, const PackedArray& array, const PlanLimits& limits)
      : layer_(layer), array_(array), limits_(limits), counts_(counts_of_rows(*layer.map)) {}

  std::vector<PackedCut> cuts() const {
    if (what_is_short(layer_.num_heads, 1, layer_.num_queries).empty()) return cuts_of_heads();
    return {cut(1, rows_that_fit())};
  }

 private:
  std::vector<PackedCut> cuts_of_heads() const {
    std::vector<PackedCut> cuts;
    std::uint32_t most = 1;
    while (most < layer_.num_heads &&
           what_is_short(layer_.num_heads, most + 1, layer_.num_queries).empty()) {
      ++most;
    }
    for (std::uint32_t heads = 1; heads < most; heads *= 2) {
      cuts.push_back(cut(heads, layer_.num_queries));
    }
    cuts.push_back(cut(most, layer_.num_queries));
    return cuts;
  }

  std::uint32_t rows_that_fit() const {
    for (std::uint32_t tiles = 2;; ++tiles) {
      const std::uint32_t rows = ceil_div(layer_.num_queries, tiles);
      const std::string lack = what_is_short(layer_.num_heads * tiles, 1, rows);
      if (lack.empty()) return rows;
      if (rows == 1) {
        throw InputError(fmt::format("{}: {} too small for one row of a head", layer_.name, lack));
      }
    }
  }

  PackedCut cut(std::uint32_t heads, std::uint32_t rows) const {
    PackedCut tiles;
    for (std::uint32_t head = 0; head < layer_.num_heads; head += heads) {
      for (std::uint32_t row = 0; row < layer_.num_queries; row += rows) {
        tiles.push_back(tile(head, std::min(heads, layer_.num_heads - head), row,
                             std::min(rows, layer_.num_queries - row)));
      }
    }
    return tiles;
  }

  PackedTile tile(std::uint32_t first_head, std::uint32_t num_heads, std::uint32_t first_row,
                  std::uint32_t num_rows) const {
    auto tile = std::make_shared<AttentionTile>();
    tile->map = layer_.map;
    tile->row_counts = counts_;
    tile->query_features = layer_.query_features;
    tile->value_features = layer_.value_features;
    tile->first_head = first_head;
    tile->num_heads = num_heads;
    tile->first_row = first_row;
    tile->num_rows = num_rows;
    tile->polarized = false;
    PackedTile packed = bytes_of(num_heads, num_rows);
    packed.tile = std::move(tile);
    return packed;
  }

  PackedTile bytes_of(std::uint64_t heads, std::uint64_t rows) const {
    const HoldingRules& rules = limits_.holding;
    const auto operand = [&](std::uint64_t num_rows, std::uint64_t features) {
      return banks_of_rows(num_rows, features, rules.input_bank_bytes) * rules.input_bank_bytes;
    };
    PackedTile tile;
    tile.query_bytes = operand(heads * rows, layer_.query_features);
    tile.key_bytes = operand(heads * layer_.num_keys, layer_.query_features);
    tile.value_bytes = operand(heads * layer_.num_keys, layer_.value_features);
    tile.mask_bytes =
        vitcod::mask_bytes(heads * rows, layer_.num_keys, array_.array.config.segment_keys);
    tile.output_bytes = whole_banks(heads * rows * layer_.value_features, rules.output_bank_bytes);
    return tile;
  }

  /// What does not hold a tile of so many heads and rows, of `pieces` heads or parts of heads in
  /// all; empty if it fits.
  std::string what_is_short(std::uint32_t pieces, std::uint32_t heads, std::uint32_t rows) const {
    const PackedTile tile = bytes_of(heads, rows);
    // The next tile is predicted, and has its Q, K and mask, while the array works on this one.
    const bool is_beside = array_.prediction == PredictionMode::kOverlapped && pieces > heads;
    const std::uint64_t predicted = is_beside ? tile.query_bytes + tile.key_bytes : 0;
    if (tile.operand_bytes() + predicted > limits_.input_bytes) return "the input_buffer is";
    if (tile.output_bytes > limits_.output_bytes) return "the output_buffer is";
    if (tile.mask_bytes * (is_beside ? 2 : 1) > limits_.index_bytes) {
      return "pack_unit/mask_bytes are";
    }
    const std::uint64_t sums =
        array_.array.accumulator_rows(std::uint64_t{heads} * rows, layer_.value_features);
    if (sums > array_.array.config.accumulator_rows) return "score_array/accumulator_rows are";
    return "";
  }

  const AttentionLayer& layer_;
  const PackedArray& array_;
  const PlanLimits& limits_;
  const std::shared_ptr<const RowCounts> counts_;
};

}  // namespace

std::vector<PackedCut> packed_cuts(const AttentionLayer& layer, const PackedArray& array,
                                   const PlanLimits& limits) {
  return PackedCutter(layer, array, limits).cuts();
}

}  // namespace vitcod
