// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/key_cuts.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "hw_models/compiler/attention/key_block.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

/// Key tiles of a row tile: each has an index of its own, and S a word at least for each of its
/// rows, so that many small ones would fill the buffers with what is no score.
constexpr std::uint32_t kMostKeyTiles = 64;
/// Of the numbers of key tiles that fit, with each number of head groups.
constexpr std::uint32_t kNumbersTried = 3;
/// A plan of a long sequence has tens of thousands of units: these many, of the fewest bytes.
constexpr std::size_t kMostPlans = 3;

/// A layer whose keys are cut, and its blocks.
class KeyCutting {
 public:
  KeyCutting(const AttentionLayer& layer, const PlanLimits& limits, std::uint32_t num_blocks)
      : layer_(layer), limits_(limits), blocks_(cut_keys(layer, num_blocks)) {
    for (const auto& block : blocks_) {
      profiles_.emplace_back(block->layer, limits.two_engines, limits.max_segment_rows,
                             entries_a_word(block->layer, limits.holding));
    }
  }

  /// What the units lack; nothing if they fit.
  Shortage shortage(std::uint32_t num_groups, std::uint32_t num_tiles) const;
  std::uint64_t traffic(std::uint32_t num_groups, std::uint32_t num_tiles) const;
  LayerPlan plan(std::uint32_t num_groups, std::uint32_t num_tiles) const;

 private:
  std::uint32_t num_blocks() const { return static_cast<std::uint32_t>(blocks_.size()); }
  std::vector<WorkUnit> units_of(std::uint32_t group, std::uint32_t num_groups, std::uint32_t tile,
                                 std::uint32_t num_tiles) const;
  Shortage shortage_of_rows(const std::vector<WorkUnit>& units) const;
  std::uint64_t traffic_of(const WorkUnit& unit) const;

  const AttentionLayer& layer_;
  const PlanLimits& limits_;
  const std::vector<std::shared_ptr<const KeyBlock>> blocks_;
  std::vector<LayerProfile> profiles_;
};

/// Those of one tile of rows, by key tile; not yet their work.
std::vector<WorkUnit> KeyCutting::units_of(std::uint32_t group, std::uint32_t num_groups,
                                           std::uint32_t tile, std::uint32_t num_tiles) const {
  std::vector<WorkUnit> units(num_blocks());
  ScoreWords all{};
  for (std::uint32_t block = 0; block < num_blocks(); ++block) {
    WorkUnit& unit = units[block];
    unit.block = blocks_[block];
    unit.layer = &unit.block->layer;
    unit.key_tile = block;
    unit.num_key_tiles = num_blocks();
    set_part(layer_.num_heads, group, num_groups, unit.first_head, unit.num_heads);
    set_part(layer_.num_queries, tile, num_tiles, unit.first_row, unit.num_rows);
    unit.polarized = limits_.two_engines;
    unit.other_words =
        score_words(unit, profiles_[block].sparse_work(unit), limits_.holding);  // its own, so far
    for (std::size_t e = 0; e < all.size(); ++e) all[e] += unit.other_words[e];
  }
  for (WorkUnit& unit : units) {
    for (std::size_t e = 0; e < all.size(); ++e) unit.other_words[e] = all[e] - unit.other_words[e];
  }
  return units;
}

/// S of all key tiles lies in the output buffer with the rows that are carried, at last with the
/// finished rows.
Shortage KeyCutting::shortage_of_rows(const std::vector<WorkUnit>& units) const {
  Shortage shortage;
  const auto bind = [&](const char* buffer, std::uint64_t needed, std::uint64_t available,
                        const char* what) {
    if (needed <= available || shortage.buffer != nullptr) return;
    shortage = Shortage{buffer, needed, available, what, num_blocks()};
  };
  for (const WorkUnit& unit : units) {
    const UnitFootprint bytes =
        footprint(unit, profiles_[unit.key_tile].sparse_work(unit), limits_.holding);
    bind("input_buffer", std::max(bytes.query + bytes.key, bytes.value), limits_.input_bytes,
         "bytes");
    bind("index_buffer", bytes.index, limits_.index_bytes, "bytes");
    bind("output_buffer", bytes.scores + bytes.carried + bytes.output, limits_.output_bytes,
         "bytes");
    for (const std::uint32_t rows : limits_.holding.score_rows) {
      bind("row table of S", unit.total_rows(), rows, "rows");
    }
  }
  return shortage;
}

Shortage KeyCutting::shortage(std::uint32_t num_groups, std::uint32_t num_tiles) const {
  for (std::uint32_t group = 0; group < num_groups; ++group) {
    for (std::uint32_t tile = 0; tile < num_tiles; ++tile) {
      const Shortage found = shortage_of_rows(units_of(group, num_groups, tile, num_tiles));
      if (found.buffer != nullptr) return found;
    }
  }
  return {};
}

/// Bytes of Q, K and V that it loads.
std::uint64_t KeyCutting::traffic_of(const WorkUnit& unit) const {
  const HeldRows held = held_rows(unit, limits_.holding.query_forwarding);
  const std::uint64_t keys = held.key[0] + held.key[1];
  const std::uint64_t value = keys * layer_.value_features;
  if (layer_.compressed_heads == 0) {
    return value + (keys + held.query[0] + held.query[1]) * layer_.query_features;
  }
  if (unit.is_pruned()) return 0;
  const std::uint64_t passes = limits_.two_engines && !limits_.holding.query_forwarding ? 2 : 1;
  const std::uint64_t tokens = unit.layer->num_keys + passes * unit.num_rows;
  return value + tokens * layer_.compressed_heads * layer_.query_features;
}

std::uint64_t KeyCutting::traffic(std::uint32_t num_groups, std::uint32_t num_tiles) const {
  std::uint64_t bytes = 0;
  for (std::uint32_t group = 0; group < num_groups; ++group) {
    for (std::uint32_t tile = 0; tile < num_tiles; ++tile) {
      for (const WorkUnit& unit : units_of(group, num_groups, tile, num_tiles)) {
        bytes += traffic_of(unit);
      }
    }
  }
  return bytes;
}

LayerPlan KeyCutting::plan(std::uint32_t num_groups, std::uint32_t num_tiles) const {
  LayerPlan plan;
  plan.traffic = traffic(num_groups, num_tiles);
  plan.units.reserve(std::size_t{num_groups} * num_tiles * num_blocks());
  for (std::uint32_t group = 0; group < num_groups; ++group) {
    for (std::uint32_t tile = 0; tile < num_tiles; ++tile) {
      for (WorkUnit& unit : units_of(group, num_groups, tile, num_tiles)) {
        unit.row_counts = profiles_[unit.key_tile].row_counts();
        unit.workload = profiles_[unit.key_tile].workload(unit);
        plan.units.push_back(std::move(unit));
      }
    }
  }
  mark_loads(plan.units);
  return plan;
}

/// Numbers of head groups: all heads together, in two groups, three, ...
std::vector<std::uint32_t> numbers_of_groups(std::uint32_t num_heads) {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t heads = num_heads; heads >= 1; --heads) {
    const std::uint32_t groups = ceil_div(num_heads, heads);
    if (numbers.empty() || numbers.back() != groups) numbers.push_back(groups);
  }
  return numbers;
}

/// Whether K and V of so many heads of a block can fit at all, before the keys are cut.
Shortage shortage_of_block(const AttentionLayer& layer, const PlanLimits& limits,
                           std::uint32_t num_groups, std::uint32_t num_blocks) {
  const std::uint64_t rows =
      std::uint64_t{ceil_div(layer.num_heads, num_groups)} * (layer.num_keys / num_blocks);
  const std::uint64_t bytes = rows * std::max(layer.query_features, layer.value_features);
  if (bytes <= limits.input_bytes) return {};
  return {"input_buffer", bytes, limits.input_bytes, "bytes", num_blocks};
}

/// One way to cut heads, rows and keys.
struct KeyCut {
  std::shared_ptr<const KeyCutting> keys;
  std::uint32_t num_groups = 1;
  std::uint32_t num_tiles = 1;
  std::uint64_t traffic = 0;
};

std::vector<KeyCut> key_cuts(const AttentionLayer& layer, const PlanLimits& limits,
                             Shortage& shortage) {
  std::vector<KeyCut> cuts;
  const std::vector<std::uint32_t> groups = numbers_of_groups(layer.num_heads);
  std::vector<std::uint32_t> found(groups.size(), 0);
  const std::uint32_t most = std::min(kMostKeyTiles, layer.num_keys);
  for (std::uint32_t blocks = 2; blocks <= most; blocks = next_on_grid(blocks)) {
    std::shared_ptr<const KeyCutting> cutting;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      if (found[g] == kNumbersTried) continue;
      shortage = shortage_of_block(layer, limits, groups[g], blocks);
      if (shortage.buffer != nullptr) continue;
      if (!cutting) cutting = std::make_shared<const KeyCutting>(layer, limits, blocks);
      const auto fits = [&](std::uint32_t num_tiles) {
        shortage = cutting->shortage(groups[g], num_tiles);
        return shortage.buffer == nullptr;
      };
      const std::optional<std::uint32_t> tiles = fewest_tiles(layer.num_queries, fits);
      if (!tiles) continue;
      ++found[g];
      cuts.push_back({cutting, groups[g], *tiles, cutting->traffic(groups[g], *tiles)});
    }
  }
  return cuts;
}

}  // namespace

std::vector<LayerPlan> key_cut_plans(const AttentionLayer& layer, const PlanLimits& limits,
                                     const LineSplitter& splitter, Shortage& shortage) {
  if (limits.holding.carried_banks == 0 || layer.restricted) return {};
  std::vector<KeyCut> cuts = key_cuts(layer, limits, shortage);
  std::stable_sort(cuts.begin(), cuts.end(),
                   [](const KeyCut& a, const KeyCut& b) { return a.traffic < b.traffic; });
  if (cuts.size() > kMostPlans) cuts.resize(kMostPlans);
  std::vector<LayerPlan> plans;
  for (const KeyCut& cut : cuts) {
    plans.push_back(cut.keys->plan(cut.num_groups, cut.num_tiles));
    split_lines(plans.back().units, splitter);
  }
  return plans;
}

}  // namespace vitcod
