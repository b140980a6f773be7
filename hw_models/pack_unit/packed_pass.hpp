// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/pack_unit/segmented_mask.hpp"

namespace vitcod {

/// Kept entries of one row in one segment of keys, no more than a row of the array has places for.
struct SubRow {
  std::uint32_t row = 0;   ///< AttentionTile::row_index
  std::uint64_t keys = 0;  ///< bits of the segment's keys
  bool operator==(const SubRow&) const = default;
};

/// What the array works on at a time: sub-rows of one head and one segment, one a row of the array.
struct PackedPass {
  std::uint32_t head = 0;  ///< within the tile
  std::uint32_t segment = 0;
  std::shared_ptr<const std::vector<SubRow>> sub_rows;
  bool ends_tile = false;  ///< none follows; it may be empty then

  std::uint32_t num_sub_rows() const { return static_cast<std::uint32_t>(sub_rows->size()); }
};

/// Shape of the array that is packed for.
struct PassShape {
  std::uint32_t rows = 1;          ///< sub-rows of a pass
  std::uint32_t columns = 1;       ///< entries of a sub-row
  std::uint32_t segment_keys = 1;  ///< at most kMaxSegmentKeys
};

/// A pass, and the cycles that it takes to pack from the end of the one before on, unhindered.
struct PackingStep {
  PackedPass pass;
  std::uint64_t cycles = 0;
};

/// Packs a tile's mask, `words_per_cycle` of its words a cycle: head by head, segment by segment,
/// row by row. Empty words are skipped; the first other one of those that are looked at gives the
/// entries of its lowest `columns` keys as a sub-row, one a cycle, until none of it is left. A pass
/// ends when it is full or its segment is done. The last step ends the tile.
std::vector<PackingStep> pack(const SegmentedMask& mask, const PassShape& shape,
                              std::uint32_t words_per_cycle);

}  // namespace vitcod
