// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/planner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "hw_models/compiler/attention/attention_sketch.hpp"
#include "hw_models/compiler/attention/cut_search.hpp"
#include "hw_models/compiler/attention/key_cuts.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

/// One way to cut a layer: heads a unit, row tiles, and what stays on chip between units.
struct Cut {
  std::uint32_t num_groups = 1;
  std::uint32_t num_tiles = 1;
  bool keeps_keys_values = false;
  std::uint32_t resident_keys = 0;
  std::uint32_t resident_queries = 0;
  std::uint64_t traffic = 0;  ///< bytes of Q, K and V from DRAM
};

/// A layer that is being planned.
struct Planning {
  const AttentionLayer& layer;
  const PlanLimits& limits;
  const LayerProfile profile;
  const QueryWindowRules& query_window;
};

/// Bytes of one token's row of compressed heads.
std::uint64_t compressed_row_bytes(const AttentionLayer& layer) {
  return std::uint64_t{layer.compressed_heads} * layer.query_features;
}

/// Heads and rows of one unit of a cut, and what it loads and frees; not yet its work.
WorkUnit unit_of(const Planning& planning, const Cut& cut, std::uint32_t group,
                 std::uint32_t tile) {
  const AttentionLayer& layer = planning.layer;
  WorkUnit unit;
  unit.layer = &layer;
  set_part(layer.num_heads, group, cut.num_groups, unit.first_head, unit.num_heads);
  set_part(layer.num_queries, tile, cut.num_tiles, unit.first_row, unit.num_rows);
  unit.loads_keys_values = tile == 0 || !cut.keeps_keys_values;
  unit.frees_keys_values = tile + 1 == cut.num_tiles || !cut.keeps_keys_values;
  unit.resident_keys = cut.resident_keys;
  unit.resident_queries = cut.resident_queries;
  unit.polarized = planning.limits.two_engines;
  unit.query_window = query_window_of(unit, planning.query_window);
  unit.query_fetches = planning.query_window.fetches;
  return unit;
}

std::vector<WorkUnit> cut_into_units(const Planning& planning, const Cut& cut) {
  std::vector<WorkUnit> units;
  for (std::uint32_t group = 0; group < cut.num_groups; ++group) {
    for (std::uint32_t tile = 0; tile < cut.num_tiles; ++tile) {
      WorkUnit unit = unit_of(planning, cut, group, tile);
      unit.row_counts = planning.profile.row_counts();
      unit.workload = planning.profile.workload(unit);
      unit.workload.single_pass = unit.query_window > 0;
      units.push_back(std::move(unit));
    }
  }
  mark_loads(units);
  return units;
}

struct Peak {
  std::uint64_t input = 0;            ///< Q with K, or V
  std::uint64_t input_with_kept = 0;  ///< Q, K and V together
  Shortage shortage;
};

/// What the units of a cut need at most, as far as the first one that does not fit.
Peak peak_of(const Planning& planning, const Cut& cut) {
  const PlanLimits& limits = planning.limits;
  Peak peak;
  const auto bind = [&peak](const char* buffer, std::uint64_t needed, std::uint64_t available) {
    if (needed > available && peak.shortage.buffer == nullptr) {
      peak.shortage = Shortage{buffer, needed, available};
    }
  };
  const auto bind_rows = [&](const WorkUnit& unit) {
    for (const std::uint32_t rows : limits.holding.score_rows) {
      if (unit.total_rows() > rows && peak.shortage.buffer == nullptr) {
        peak.shortage = Shortage{"row table of S", unit.total_rows(), rows, "rows"};
      }
    }
  };
  for (std::uint32_t group = 0; group < cut.num_groups; ++group) {
    for (std::uint32_t tile = 0; tile < cut.num_tiles; ++tile) {
      const WorkUnit unit = unit_of(planning, cut, group, tile);
      const UnitFootprint bytes =
          footprint(unit, planning.profile.sparse_work(unit), limits.holding);
      const std::uint64_t query_key = bytes.query + bytes.key;
      peak.input = std::max({peak.input, query_key, bytes.value});
      peak.input_with_kept = std::max(peak.input_with_kept, query_key + bytes.value);
      bind("input_buffer", std::max(query_key, bytes.value), limits.input_bytes);
      bind("output_buffer", bytes.scores + bytes.output, limits.output_bytes);
      bind("index_buffer", bytes.index, limits.index_bytes);
      bind_rows(unit);
      if (peak.shortage.buffer != nullptr) return peak;
    }
  }
  return peak;
}

void choose_resident_rows(const AttentionLayer& layer, std::uint64_t free_bytes, Cut& cut) {
  if (layer.compressed_heads == 0 || cut.num_groups == 1 || cut.num_tiles > 1) return;
  const std::uint64_t rows = free_bytes / compressed_row_bytes(layer);
  cut.resident_keys = static_cast<std::uint32_t>(std::min<std::uint64_t>(rows, layer.num_keys));
  cut.resident_queries = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(rows - cut.resident_keys, layer.num_queries));
}

std::uint64_t traffic_of(const Planning& planning, const Cut& cut) {
  const AttentionLayer& layer = planning.layer;
  const PlanLimits& limits = planning.limits;
  const bool loads_queries_twice = limits.two_engines && !limits.holding.query_forwarding;
  const std::uint64_t reloads = cut.keeps_keys_values ? 1 : cut.num_tiles;
  const auto num_heads = static_cast<std::uint64_t>(std::count_if(
      layer.map->heads.begin(), layer.map->heads.end(), [&limits](const PolarizedHead& head) {
        return head.nnz() > 0 || (limits.two_engines && head.num_denser > 0);
      }));
  const std::uint64_t value = num_heads * layer.num_keys * layer.value_features * reloads;
  const std::uint64_t query_passes = loads_queries_twice ? 2 : 1;
  if (layer.compressed_heads == 0) {
    const std::uint64_t row = num_heads * layer.query_features;
    return value + row * (layer.num_keys * reloads + layer.num_queries * query_passes);
  }
  const std::uint64_t row = compressed_row_bytes(layer);
  const std::uint64_t all = layer.num_keys * reloads + layer.num_queries * query_passes;
  const std::uint64_t saved = cut.resident_keys + cut.resident_queries * query_passes;
  return value + row * (all * cut.num_groups - saved * (cut.num_groups - 1));
}

/// The cuts with `num_groups` head groups: the fewest row tiles that fit, and up to twice as
/// many where K and V stay from tile to tile, so that they cost no traffic. None if not even tiles
/// of one row fit, with the reason in `shortage`.
std::vector<Cut> cuts_with_groups(const Planning& planning, std::uint32_t num_groups,
                                  Shortage& shortage) {
  const AttentionLayer& layer = planning.layer;
  const PlanLimits& limits = planning.limits;
  const auto peak_with = [&](std::uint32_t num_tiles) {
    Cut cut;
    cut.num_groups = num_groups;
    cut.num_tiles = num_tiles;
    return peak_of(planning, cut);
  };
  const auto fits = [&](std::uint32_t num_tiles) {
    const Peak peak = peak_with(num_tiles);
    shortage = peak.shortage;
    return peak.shortage.buffer == nullptr;
  };
  const std::optional<std::uint32_t> least = fewest_tiles(layer.num_queries, fits);
  if (!least) return {};
  const std::uint32_t fewest = *least;
  std::vector<Cut> cuts;
  for (std::uint32_t tiles = fewest; tiles <= std::min(2 * fewest, layer.num_queries);
       tiles = next_on_grid(tiles)) {
    const Peak peak = peak_with(tiles);
    Cut cut;
    cut.num_groups = num_groups;
    cut.num_tiles = tiles;
    cut.keeps_keys_values = tiles > 1 && peak.input_with_kept <= limits.input_bytes;
    if (tiles > fewest && (peak.shortage.buffer != nullptr || !cut.keeps_keys_values)) continue;
    choose_resident_rows(layer, limits.input_bytes - peak.input, cut);
    cut.traffic = traffic_of(planning, cut);
    cuts.push_back(cut);
  }
  return cuts;
}

}  // namespace

std::vector<LayerPlan> candidate_plans(const AttentionLayer& layer, const PlanLimits& limits,
                                       const LineSplitter& splitter) {
  const Planning planning{layer, limits,
                          LayerProfile(layer, limits.two_engines, limits.max_segment_rows,
                                       entries_a_word(layer, limits.holding)),
                          splitter.query_window()};
  std::vector<LayerPlan> plans;
  Shortage shortage;
  std::uint32_t num_groups = 0;
  for (std::uint32_t heads = layer.num_heads; heads >= 1; --heads) {
    if (num_groups == ceil_div(layer.num_heads, heads)) continue;
    num_groups = ceil_div(layer.num_heads, heads);
    for (const Cut& cut : cuts_with_groups(planning, num_groups, shortage)) {
      LayerPlan plan{cut_into_units(planning, cut), cut.traffic};
      split_lines(plan.units, splitter);
      plans.push_back(std::move(plan));
    }
  }
  if (plans.empty()) plans = key_cut_plans(layer, limits, splitter, shortage);
  if (!plans.empty()) return plans;
  const std::string keys =
      shortage.key_tiles == 1 ? "" : fmt::format(", in {} tiles of keys,", shortage.key_tiles);
  throw InputError(fmt::format(
      "{}: the {} is too small: one row of one head{} needs {} {} there, {} are available",
      layer.name, shortage.buffer, keys, shortage.needed, shortage.unit, shortage.available));
}

std::vector<Candidate> candidates_of(const std::vector<LayerPlan>& plans,
                                     const PlanLimits& limits) {
  std::vector<Candidate> candidates;
  for (const LayerPlan& plan : plans) {
    Candidate& candidate = candidates.emplace_back();
    candidate.traffic = plan.traffic;
    candidate.jobs.reserve(2 * plan.units.size());
    const std::span<const WorkUnit> units(plan.units);
    for (std::size_t first = 0; first < units.size(); first += units[first].num_key_tiles) {
      append_sketch(units.subspan(first, units[first].num_key_tiles), limits, candidate.jobs);
    }
  }
  return candidates;
}

std::vector<WorkUnit> plan_layer(const AttentionLayer& layer, const PlanLimits& limits,
                                 const LineSplitter& splitter) {
  const std::vector<LayerPlan> plans = candidate_plans(layer, limits, splitter);
  ProgramSearch search(limits.empty_schedule());
  search.add(candidates_of(plans, limits));
  return plans[search.best().choices.front().candidate].units;
}

}  // namespace vitcod
