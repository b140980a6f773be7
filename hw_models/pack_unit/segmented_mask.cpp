// SPDX-License-Identifier: Apache-2.0
#include "hw_models/pack_unit/segmented_mask.hpp"

#include "sim/base/int_math.hpp"

namespace vitcod {

SegmentedMask::SegmentedMask(const AttentionTile& tile, std::uint32_t segment_keys)
    : num_heads_(tile.num_heads),
      num_segments_(ceil_div(tile.num_keys(), segment_keys)),
      num_rows_(tile.num_rows),
      segment_keys_(segment_keys),
      words_(std::size_t{num_heads_} * num_segments_ * num_rows_, 0) {
  const std::uint32_t first = tile.first_row;
  const std::uint32_t end = tile.first_row + tile.num_rows;
  for (std::uint32_t head = 0; head < num_heads_; ++head) {
    const PolarizedHead& map = tile.head(head);
    for (std::uint32_t p = 0; p < map.num_denser; ++p) {
      const std::size_t column = std::size_t{p} * tile.map->num_queries;
      for (std::uint32_t q = first; q < end; ++q) {
        if (map.denser_kept[column + q] != 0)
          keep(TileHead{head}, KeyToken{map.key_order[p]}, HeadRow{q - first});
      }
    }
    for (std::uint32_t c = 0; c < map.sparser.num_columns(); ++c) {
      for (std::uint32_t i = map.sparser.col_ptr[c]; i < map.sparser.col_ptr[c + 1]; ++i) {
        const std::uint32_t q = map.sparser.row_idx[i];
        const KeyToken token{map.key_order[map.num_denser + c]};
        if (q >= first && q < end) keep(TileHead{head}, token, HeadRow{q - first});
      }
    }
  }
}

}  // namespace vitcod
