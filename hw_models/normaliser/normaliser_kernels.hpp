// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "hw_models/dma/transfer.hpp"
#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/program/kernel.hpp"

namespace vitcod {

/// Merge the largest exponents of the rows that both engines have scores of.
struct MergeKernel final : Kernel {
  std::shared_ptr<const AttentionTile> tile;
  /// Key tiles of the same rows, if there are more.
  std::vector<std::shared_ptr<const AttentionTile>> further;
};

/// Add the engines' shares of each row and divide it by its sum. Rows leave in packets of whole
/// rows of one head, in row order.
///
/// Of one of several key tiles of the rows: what both engines have of it is added to the row that
/// is carried from the tiles before, and the sum is carried on; with the last one it is divided and
/// leaves.
struct NormaliseKernel final : Kernel {
  std::shared_ptr<const AttentionTile> tile;
  const Transfer* store = nullptr;  ///< a stretch a head, of the tile's rows; null if they stay
  std::uint32_t rows_a_packet = 1;
  bool resumes = false;  ///< rows of key tiles before are carried
  bool carries = false;  ///< rows are carried on
};

}  // namespace vitcod
