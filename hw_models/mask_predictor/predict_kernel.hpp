// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/program/kernel.hpp"
#include "hw_models/program/region.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Predict the mask of a tile, whose map holds what it comes to.
struct PredictKernel final : Kernel {
  std::shared_ptr<const AttentionTile> tile;
  RegionId query{};  ///< Q rows of the tile, numbered by row_index
  RegionId key{};    ///< K rows of its heads, head by head, in the order of the tokens
  /// Tensors whose values stand for those of Q and K, (heads, tokens, features).
  std::optional<std::array<TensorId, 2>> stand_ins = {};
  std::uint32_t threshold = 0;  ///< least share of a row's sum that is kept, 16 fraction bits
};

}  // namespace vitcod
