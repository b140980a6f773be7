// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "workloads/model_config.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// How an image is cut: `rows` x `columns` sub-images, and beside them the whole image, smaller.
/// Partition 0 is the whole image, then come the sub-images row by row. Without sub-images the
/// whole image is the only one.
struct PartitionTiling {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  std::uint32_t num_partitions() const { return 1 + rows * columns; }
};

/// Patches that each partition keeps (HiRED). With N patches of a partition, P partitions and T =
/// floor(P N rate): the whole image gets min(floor(alpha T), N), alone all T; of the rest R each
/// sub-image gets min(floor(R c / M), N), where M = floor(N (1 - alpha)) and c is how many of the
/// whole image's M best patches by `scores`, the lower number first among equals, lie in its
/// region. `scores` has one a patch of `grid`, row by row.
std::vector<std::uint32_t> partition_budgets(const PartitionTiling& tiling, const TokenGrid& grid,
                                             double rate, double alpha,
                                             std::span<const std::uint32_t> scores);

/// The seed of a partition's tokens in an image of seed `seed`: that of the whole image is the
/// same.
std::uint64_t partition_seed(std::uint64_t seed, std::uint32_t partition);

/// The selection of the best patches of the whole image by which budgets are divided, with its
/// scores and kept tokens, at Q and K of a layer of `group`: as it is for tensors of these names.
ScoreSelect budget_selection(const ModelConfig& model, const AttentionGroup& group, double alpha);

}  // namespace vitcod
