// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/dma/transfer.hpp"
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
  std::uint32_t query_window = 0;     ///< Q rows of a head that the denser engine holds; 0: all
  std::array<OperandBanks, 2> banks;  ///< by engine
};

/// What both engines do of a tile in a phase.
struct EngineKernel : Kernel {
  std::shared_ptr<const AttentionTile> tile;
  TileOperands operands;
  LineSplit split;
};

/// Where Q of a tile lies in DRAM, whose rows pass by in a window and are missed there.
struct QueryStream {
  const Transfer* transfer = nullptr;    ///< that brings them all; null: there is no window
  std::uint32_t row_bytes = 0;           ///< in DRAM: of one head, or of a token's compressed heads
  bool by_token = false;                 ///< of compressed heads: all heads of a token are one row
  std::vector<std::uint64_t> addresses;  ///< by head of the tile, of its first row
};

/// Scores of a tile's kept entries: S = mask x (Q K^T).
struct SddmmKernel final : EngineKernel {
  QueryStream queries;
};

/// The tile's output rows, not divided by their sums yet: S V.
struct SpmmKernel final : EngineKernel {};

}  // namespace vitcod
