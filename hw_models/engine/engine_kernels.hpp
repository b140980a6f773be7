// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/engine/line_split.hpp"
#include "hw_models/program/kernel.hpp"
#include "hw_models/program/region.hpp"

namespace vitcod {

/// Banks of memory that an engine's part of each operand and of S fills, and that it can reach
/// apart.
struct OperandBanks {
  std::uint32_t query = 1;
  std::uint32_t key = 1;
  std::uint32_t value = 1;
  std::uint32_t scores = 1;
};

/// Where a tile's operands lie in the buffers of both engines; each holds its part of a region.
struct TileOperands {
  RegionId index{};
  RegionId query{};
  RegionId key{};
  RegionId value{};
  std::array<OperandBanks, 2> banks;  ///< by engine
};

/// What both engines do of a tile in a phase.
struct EngineKernel : Kernel {
  std::shared_ptr<const AttentionTile> tile;
  TileOperands operands;
  LineSplit split;
};

/// Scores of a tile's kept entries: S = mask x (Q K^T).
struct SddmmKernel final : EngineKernel {};

/// The tile's output rows, not divided by their sums yet: S V.
struct SpmmKernel final : EngineKernel {};

}  // namespace vitcod
