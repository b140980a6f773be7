// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/packet_unit/stream_placement.hpp"

namespace vitcod {

/// What token_merger does with a load. Rows come group by group; a tile is some whole groups. The
/// first stretch of `store` has a row a group; a second one, if there is one, its weights' sum, 16
/// bits a group.
struct MergePlacement final : StreamPlacement {
  enum class Kind : std::uint8_t {
    kMembers,  ///< a table of members (workloads/token_merging.hpp), without rows
    kRows,     ///< the tile's rows of X, 16 bits an element, numbered within the tile from 0
  };
  Kind kind = Kind::kRows;
  std::uint32_t tokens = 0;        ///< in the table
  std::uint32_t features = 0;      ///< of a row
  std::uint32_t first_member = 0;  ///< of the tile, in the table
  /// By row of the tile, and one more: groups of the tile that end before it.
  std::vector<std::uint32_t> groups_before;
  std::uint32_t packet_bytes = 1;  ///< largest packet of sums of weights; even

  std::uint32_t num_rows() const { return static_cast<std::uint32_t>(groups_before.size()) - 1; }
  bool ends_group(std::uint32_t row) const { return groups_before[row + 1] > groups_before[row]; }
  bool begins_group(std::uint32_t row) const { return row == 0 || ends_group(row - 1); }
  /// Whether its group has no other row.
  bool is_alone(std::uint32_t row) const { return begins_group(row) && ends_group(row); }
};

}  // namespace vitcod
