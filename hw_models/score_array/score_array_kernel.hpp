// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/program/kernel.hpp"
#include "hw_models/program/region.hpp"

namespace vitcod {

/// Output rows of a tile, not divided by their sums yet, of the passes that its mask is packed to.
struct ScoreArrayKernel final : Kernel {
  std::shared_ptr<const AttentionTile> tile;
  RegionId query{};  ///< Q rows of the tile, numbered by row_index
  RegionId key{};    ///< K rows of its heads, head by head, in the order of the tokens
  RegionId value{};  ///< V rows likewise
};

}  // namespace vitcod
