// SPDX-License-Identifier: Apache-2.0
#include "workloads/hired_budget.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/random.hpp"
#include "workloads/token_selection.hpp"

namespace vitcod {
namespace {

// A product such as 0.7 x 10 may come out beside the whole number that is meant.
constexpr double kNearly = 1e-6;

std::uint32_t whole(double value) { return static_cast<std::uint32_t>(value + kNearly); }

/// The best patches in the region of each sub-image.
std::vector<std::uint32_t> counts_of(const PartitionTiling& tiling, const TokenGrid& grid,
                                     std::span<const std::uint32_t> scores, std::uint32_t best) {
  ScoreSelect select{1, 1, grid.num_patches(), 0, SelectionRule::kTopK, best, {}, {}};
  select.scores.assign(scores.begin(), scores.end());
  std::vector<std::uint32_t> counts(tiling.num_partitions() - 1, 0);
  for (const std::uint32_t patch : kept_tokens(select)) {
    const std::uint32_t row = patch / grid.columns * tiling.rows / grid.rows;
    const std::uint32_t column = patch % grid.columns * tiling.columns / grid.columns;
    ++counts[row * tiling.columns + column];
  }
  return counts;
}

}  // namespace

std::vector<std::uint32_t> partition_budgets(const PartitionTiling& tiling, const TokenGrid& grid,
                                             double rate, double alpha,
                                             std::span<const std::uint32_t> scores) {
  const std::uint32_t patches = grid.num_patches(), partitions = tiling.num_partitions();
  const std::uint32_t total = whole(double{1.0} * partitions * patches * rate);
  if (partitions == 1) return {std::min(total, patches)};
  std::vector<std::uint32_t> budgets{std::min(whole(alpha * total), patches)};
  const std::uint64_t rest = total - budgets.front();
  const std::uint32_t best = whole(patches * (1.0 - alpha));
  for (const std::uint64_t count : counts_of(tiling, grid, scores, best)) {
    const std::uint64_t share = best == 0 ? 0 : rest * count / best;
    budgets.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(share, patches)));
  }
  return budgets;
}

std::uint64_t partition_seed(std::uint64_t seed, std::uint32_t partition) {
  if (partition == 0) return seed;
  return Random(seed, fmt::format("tokens/partition{}", partition)).next_u64();
}

ScoreSelect budget_selection(const ModelConfig& model, const AttentionGroup& group, double alpha) {
  const std::uint32_t best = whole(group.key_grid.num_patches() * (1.0 - alpha));
  return {group.heads,
          group.key_dim,
          model.num_keys(group),
          model.prefix_tokens,
          SelectionRule::kTopK,
          best,
          {},
          {}};
}

}  // namespace vitcod
