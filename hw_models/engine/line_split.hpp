// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/mac_lines/row_groups.hpp"

namespace vitcod {

/// A stripe of rows of one head's denser block and its lines in the SDDMM: all lines of a share
/// work on the same Q row at a time, on a column each. Its rows lie `stride` apart.
struct HeadShare {
  std::uint32_t head = 0;
  std::uint32_t first_row = 0;  ///< within the tile
  std::uint32_t num_rows = 0;
  std::uint32_t lines = 0;
  std::uint32_t stride = 1;
};

/// Lines of each engine in one phase of a tile.
struct LineSplit {
  std::uint32_t denser_lines = 0;
  std::uint32_t sparser_lines = 0;
  std::vector<HeadShare> shares;  ///< SDDMM; taken in turn if they need more lines than there are
  RowGroups denser_groups;        ///< SpMM
  RowGroups sparser_groups;       ///< SpMM
  std::uint64_t predicted_cycles = 0;
};

}  // namespace vitcod
