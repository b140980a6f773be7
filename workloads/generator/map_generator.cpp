// SPDX-License-Identifier: Apache-2.0
#include "workloads/generator/map_generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <tuple>

#include "sim/base/errors.hpp"
#include "workloads/generator/head_library.hpp"
#include "workloads/generator/head_map.hpp"
#include "workloads/generator/row_lengths.hpp"
#include "workloads/generator/smooth_field.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kRowLattice = 5;

/// Entries of the model's maps: all, those of prefix tokens, and the fewest that rows keep beside.
struct EntryCounts {
  std::uint64_t all = 0;
  std::uint64_t prefix = 0;
  std::uint64_t fewest = 0;
};

/// Fewest entries of a patch's row, the prefix tokens' columns apart.
std::uint32_t min_row_length(const ModelConfig& model, const AttentionGroup& group) {
  return std::min(model.prefix_tokens > 0 ? 1U : 2U, group.key_grid.num_patches());
}

EntryCounts count_entries(const ModelConfig& model) {
  EntryCounts counts;
  for (const AttentionGroup& group : model.groups) {
    const std::uint64_t maps = std::uint64_t{group.num_blocks} * group.heads;
    const std::uint64_t queries = model.num_queries(group);
    const std::uint64_t keys = model.num_keys(group);
    counts.all += maps * queries * keys;
    const std::uint64_t prefix = model.prefix_tokens;
    counts.prefix += maps * prefix * (queries + keys - prefix);
    counts.fewest += maps * group.query_grid.num_patches() * min_row_length(model, group);
  }
  return counts;
}

/// The maps of a model in the making.
class MapGenerator {
 public:
  MapGenerator(const ModelConfig& model, std::uint64_t seed)
      : model_(model), seed_(seed), blocks_(attention_blocks(model)) {}

  void generate(std::uint64_t num_kept, const std::vector<bool>& wanted, const TakeHead& take) {
    for (std::size_t b = 0; b < blocks_.size(); ++b) plan_block(b);
    Random random(seed_, "maps/row_lengths");
    ScaledRows rows = scale_row_lengths(demands_, num_kept, random);
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      if (!wanted[block_of_[i]]) continue;
      plans_[i].scale = rows.scale;
      plans_[i].row_lengths = std::move(rows.lengths[i]);
      take(block_of_[i], make_head_map(plans_[i], streams_[i]));
    }
  }

 private:
  void plan_block(std::size_t block) {
    const AttentionGroup& group = model_.groups[blocks_[block].group];
    for (std::uint32_t head = 0; head < group.heads; ++head) {
      streams_.emplace_back(seed_, fmt::format("maps/{}/head{}", blocks_[block].name, head));
      HeadMapPlan plan;
      plan.pattern = &choose_pattern(block, head, streams_.back());
      plan.near_order = &near_order(*plan.pattern, group.key_grid);
      plan.key_scores = &scores(group.key_grid.num_patches());
      plan.query_grid = group.query_grid;
      plan.key_grid = group.key_grid;
      plan.prefix_tokens = model_.prefix_tokens;
      plan.depth = static_cast<double>(block) / static_cast<double>(blocks_.size());
      plan.num_globals = plan.pattern->globals * group.key_grid.num_patches() / kLibraryPatches;
      demands_.push_back(row_demand(plan, streams_.back(), min_row_length(model_, group)));
      plans_.push_back(std::move(plan));
      block_of_.push_back(block);
    }
  }

  const HeadPattern& choose_pattern(std::size_t block, std::uint32_t head, Random& random) const {
    const auto num_blocks = static_cast<std::uint32_t>(blocks_.size());
    const auto layer = static_cast<std::uint32_t>(block) * kLibraryLayers / num_blocks;
    const bool is_library_shape =
        num_blocks == kLibraryLayers &&
        std::all_of(model_.groups.begin(), model_.groups.end(),
                    [](const AttentionGroup& group) { return group.heads == kLibraryHeads; });
    if (is_library_shape) return head_pattern(layer, head);
    const std::uint32_t first = layer == 0 ? 0 : layer - 1;
    const std::uint32_t last = std::min(layer + 1, kLibraryLayers - 1);
    const auto choice = static_cast<std::uint32_t>(
        random.uniform_below(std::uint64_t{last - first + 1} * kLibraryHeads));
    return head_pattern(first + choice / kLibraryHeads, choice % kLibraryHeads);
  }

  /// Sorted once a pattern and grid: large models use the same patterns many times.
  const NearOrder& near_order(const HeadPattern& pattern, TokenGrid grid) {
    auto& order = near_orders_[{&pattern, grid.rows, grid.columns}];
    if (!order) order = std::make_unique<NearOrder>(pattern, grid);
    return *order;
  }

  const std::vector<double>& scores(std::size_t count) {
    std::vector<double>& found = scores_[count];
    if (found.empty()) found = normal_scores(count);
    return found;
  }

  /// Row lengths that are normal over the rows and alike among neighbours.
  RowDemand row_demand(const HeadMapPlan& plan, Random& random, std::uint32_t min_length) {
    const HeadPattern& pattern = *plan.pattern;
    const double other_globals = double{1.0} * plan.num_globals - pattern.globals;
    const double shift = other_globals * pattern.coverage_mean;
    const auto order = ascending_order(smooth_field(random, plan.query_grid, kRowLattice));
    RowDemand demand{std::vector<double>(order.size()), min_length, plan.key_grid.num_patches()};
    const std::vector<double>& z = scores(order.size());
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
      const double wanted =
          std::clamp(pattern.row_mean + pattern.row_sd * z[rank], pattern.row_min, pattern.row_max);
      demand.wanted[order[rank]] = std::max(0.5, wanted + shift);
    }
    return demand;
  }

  const ModelConfig& model_;
  std::uint64_t seed_;
  std::vector<AttentionBlock> blocks_;
  std::map<std::size_t, std::vector<double>> scores_;  ///< normal_scores by their number
  std::map<std::tuple<const HeadPattern*, std::uint32_t, std::uint32_t>, std::unique_ptr<NearOrder>>
      near_orders_;
  // One of each a head, in model order.
  std::vector<HeadMapPlan> plans_;
  std::vector<RowDemand> demands_;
  std::vector<Random> streams_;
  std::vector<std::size_t> block_of_;
};

}  // namespace

double max_generated_sparsity(const ModelConfig& model) {
  const EntryCounts counts = count_entries(model);
  return 1.0 - static_cast<double>(counts.prefix + counts.fewest) / static_cast<double>(counts.all);
}

void generate_maps(const ModelConfig& model, double sparsity, std::uint64_t seed,
                   const std::vector<bool>& wanted, const TakeHead& take) {
  check(sparsity >= 0.0 && sparsity <= max_generated_sparsity(model), "sparsity out of reach");
  const EntryCounts counts = count_entries(model);
  const auto kept =
      static_cast<std::uint64_t>(std::llround((1.0 - sparsity) * static_cast<double>(counts.all)));
  MapGenerator(model, seed)
      .generate(std::max(kept, counts.prefix + counts.fewest) - counts.prefix, wanted, take);
}

}  // namespace vitcod
