// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/cascade_schedule.hpp"

#include <algorithm>
#include <cmath>

namespace vitcod {
namespace {

/// Share of something that layer `layer` of `layers` keeps.
double share_of(std::size_t layer, std::size_t layers, double unpruned, double keep,
                double spread) {
  const auto first = static_cast<std::size_t>(std::floor(unpruned * double(layers)));
  if (layer < first) return 1;
  const double begin = std::min(1.0, keep + spread);
  const double end = std::max(0.0, keep - spread);
  if (first + 1 == layers) return keep;
  return begin + (end - begin) * double(layer - first) / double(layers - 1 - first);
}

std::uint32_t count_of(double share, std::uint32_t all, std::uint32_t least) {
  const auto count = static_cast<std::uint32_t>(std::floor(share * all + 0.5));
  return std::clamp(count, std::min(least, all), all);
}

bool continues(const BlockSizes& before, const BlockSizes& block) {
  return before.queries == before.keys && block.queries == block.keys &&
         before.keys == block.keys && before.heads == block.heads;
}

std::vector<BlockKeeps> schedule_of(const std::vector<BlockSizes>& blocks,
                                    const CascadePruningConfig& pruning, double token_keep) {
  std::vector<BlockKeeps> keeps;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const BlockSizes& sizes = blocks[b];
    BlockKeeps keep{sizes.heads, sizes.queries, sizes.keys, 1, true};
    if (b > 0 && continues(blocks[b - 1], sizes)) {
      const double tokens = share_of(b, blocks.size(), pruning.unpruned_token_layers, token_keep,
                                     pruning.token_spread);
      const double heads = share_of(b, blocks.size(), pruning.unpruned_head_layers,
                                    pruning.head_keep, pruning.head_spread);
      keep.begins_cascade = false;
      keep.keys =
          std::min(keeps.back().keys, count_of(tokens, sizes.keys, pruning.prefix_tokens + 1));
      keep.queries = keep.keys;
      keep.heads = std::min(keeps.back().heads, count_of(heads, sizes.heads, 1));
    }
    keep.values = count_of(pruning.value_keep, keep.keys, 1);
    keeps.push_back(keep);
  }
  return keeps;
}

}  // namespace

std::vector<BlockKeeps> cascade_schedule(const std::vector<BlockSizes>& blocks,
                                         const CascadePruningConfig& pruning) {
  if (!pruning.match_entries) return schedule_of(blocks, pruning, pruning.token_keep);
  std::uint64_t asked = 0;
  for (const BlockSizes& sizes : blocks) asked += sizes.macs_asked;
  constexpr int kSteps = 1000;
  for (int step = kSteps; step > 0; --step) {
    std::vector<BlockKeeps> keeps = schedule_of(blocks, pruning, double(step) / kSteps);
    std::uint64_t macs = 0;
    for (std::size_t b = 0; b < blocks.size(); ++b) macs += keeps[b].macs(blocks[b]);
    if (macs <= asked) return keeps;
  }
  return schedule_of(blocks, pruning, 0);
}

}  // namespace vitcod
