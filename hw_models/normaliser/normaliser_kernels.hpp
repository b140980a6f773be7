// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "hw_models/dma/transfer.hpp"
#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/program/kernel.hpp"

namespace vitcod {

/// Merge the largest exponents of the rows that both engines have scores of.
struct MergeKernel final : Kernel {
  std::shared_ptr<const AttentionTile> tile;
};

/// Add the engines' shares of each row and divide it by its sum. Rows leave in packets of whole
/// rows of one head, in row order.
struct NormaliseKernel final : Kernel {
  std::shared_ptr<const AttentionTile> tile;
  const Transfer* store = nullptr;  ///< a stretch a head, of the tile's rows
  std::uint32_t rows_a_packet = 1;
};

}  // namespace vitcod
