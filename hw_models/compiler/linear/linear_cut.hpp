// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/compiler/linear/linear_layer.hpp"
#include "hw_models/compiler/plan_limits.hpp"

namespace vitcod {

/// How a linear layer is cut. Rows form groups, as many rows as a line has accumulators at most;
/// columns form blocks, a column a line; with little room for weights fewer than there are lines.
/// The sums of a group and a block are formed in one go, over pieces of k; or a piece of W stays
/// for all groups of a tile, and their sums are carried from piece to piece in the output buffer.
struct LinearCut {
  std::uint32_t group_rows = 1;
  std::uint32_t num_groups = 1;
  std::uint32_t groups_per_tile = 1;  ///< whose X is on chip together, for all blocks
  std::uint32_t input_features = 1;   ///< of a piece of X: k, if X is not cut there
  std::uint32_t weight_features = 1;  ///< of a piece of W, within a piece of X
  bool holds_weights = false;      ///< a block of W stays for all groups of a tile; else its pieces
                                   ///< come again for each of them
  bool carries_sums = false;       ///< or a piece of W does, and sums are carried
  bool reloads_inputs = false;     ///< X of a tile comes again for each block, piece by piece
  std::uint32_t pieces_a_job = 1;  ///< where W comes or goes: so many pieces of it with a job
  std::uint32_t block_columns = 1;
  std::uint32_t num_blocks = 1;
};

/// Some of k: a piece of W, and where it lies in the pieces of X.
struct PieceOfSum {
  std::uint32_t first = 0;
  std::uint32_t features = 0;
  std::uint32_t input = 0;        ///< piece of X
  std::uint32_t input_first = 0;  ///< first feature in it
  bool begins_input = false;
  bool ends_input = false;
};

std::vector<PieceOfSum> pieces_of(const LinearLayer& layer, const LinearCut& cut);

/// Whether W comes with the groups of a tile, or goes with them. `group`: of the tile.
inline bool weights_come(const LinearCut& cut, std::uint32_t group) {
  return (!cut.holds_weights && !cut.carries_sums) || group == 0;
}
inline bool weights_go(const LinearCut& cut, std::uint32_t group, std::uint32_t groups_of_tile) {
  return (!cut.holds_weights && !cut.carries_sums) || group + 1 == groups_of_tile;
}

std::uint32_t rows_of_group(const LinearLayer& layer, const LinearCut& cut, std::uint32_t group);
std::uint32_t columns_of_block(const LinearLayer& layer, const LinearCut& cut, std::uint32_t block);

/// Bytes of the output buffer for the carried sums of so many rows of a block: whole banks, and as
/// many as take them side by side.
std::uint64_t carried_bytes(std::uint64_t rows, std::uint64_t columns, const HoldingRules& rules);

/// Ways to cut the layer such that its pieces fit the buffers, at least one. Throws InputError that
/// names the buffer if none does.
std::vector<LinearCut> linear_cuts(const LinearLayer& layer, const PlanLimits& limits);

/// Bytes from DRAM, with that cut.
std::uint64_t traffic_of(const LinearLayer& layer, const LinearCut& cut);

}  // namespace vitcod
