// SPDX-License-Identifier: Apache-2.0
#include "workloads/info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "workloads/kind_work.hpp"
#include "workloads/polarization.hpp"
#include "workloads/token_info.hpp"
#include "workloads/trace_fields.hpp"

namespace vitcod {
namespace {

Spread spread_of(std::vector<std::uint32_t> counts) {
  std::sort(counts.begin(), counts.end());
  const std::size_t middle = counts.size() / 2;
  const double median = counts.size() % 2 == 1
                            ? counts[middle]
                            : 0.5 * (double{1.0} * counts[middle - 1] + counts[middle]);
  return {counts.front(), median, counts.back()};
}

HeadInfo head_info(const PolarizedHead& head, std::uint32_t num_queries, std::uint32_t num_keys) {
  const KeptMap map = kept_map(head, num_queries, num_keys);
  std::vector<std::uint32_t> rows(num_queries, 0), columns(num_keys, 0);
  for (std::uint32_t query = 0; query < num_queries; ++query) {
    for (std::uint32_t key = 0; key < num_keys; ++key) {
      rows[query] += map.kept(query, key);
      columns[key] += map.kept(query, key);
    }
  }
  HeadInfo info;
  info.nnz = head.nnz();
  info.density = static_cast<double>(info.nnz) / (double{1.0} * num_queries * num_keys);
  info.num_denser = head.num_denser;
  info.denser_nnz = head.denser_nnz;
  if (head.num_denser > 0) {
    info.denser_fill =
        static_cast<double>(head.denser_nnz) / (double{1.0} * head.num_denser * num_queries);
  }
  info.rows = spread_of(std::move(rows));
  info.columns = spread_of(std::move(columns));
  return info;
}

MapInfo map_info(const PolarizedMap& map, const std::string& layer) {
  MapInfo info{layer, map.num_queries, map.num_keys, {}, map.nnz(), 0.0};
  std::uint64_t most = 0;
  for (const PolarizedHead& head : map.heads) {
    info.heads.push_back(head_info(head, map.num_queries, map.num_keys));
    most = std::max(most, head.nnz());
  }
  if (info.nnz > 0) {
    info.head_imbalance = static_cast<double>(most) * static_cast<double>(map.heads.size()) /
                          static_cast<double>(info.nnz);
  }
  return info;
}

/// Collects the maps that an operation names.
struct CollectMaps {
  std::vector<std::uint32_t>& maps;

  void operator()(const char*, MapId map) const { maps.push_back(static_cast<std::uint32_t>(map)); }
  template <typename Other>
  void operator()(const char*, const Other&) const {}
};

struct Totals {
  std::uint64_t heads = 0, entries = 0, nnz = 0, denser_columns = 0, columns = 0, denser_nnz = 0;
  std::uint64_t computed = 0;  ///< entries, with the denser blocks in full

  explicit Totals(const std::vector<MapInfo>& maps) {
    for (const MapInfo& map : maps) {
      for (const HeadInfo& head : map.heads) {
        ++heads;
        entries += std::uint64_t{map.num_queries} * map.num_keys;
        columns += map.num_keys;
        nnz += head.nnz;
        denser_columns += head.num_denser;
        denser_nnz += head.denser_nnz;
        computed += std::uint64_t{head.num_denser} * map.num_queries + head.nnz - head.denser_nnz;
      }
    }
  }
};

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string spread_text(const Spread& spread) {
  return fmt::format("{:>4} {:>6g} {:>4}", spread.min, spread.median, spread.max);
}

std::string layer_lines(const MapInfo& map) {
  std::string text;
  for (std::size_t h = 0; h < map.heads.size(); ++h) {
    const HeadInfo& head = map.heads[h];
    const std::string fill =
        head.num_denser == 0 ? "-" : fmt::format("{:.1f}%", 100.0 * head.denser_fill);
    text += fmt::format("{:<12} {:>4} {:>8} {:>7.2f}% {:>7} {:>7}   {}   {}\n", map.layer, h,
                        head.nnz, 100.0 * head.density, head.num_denser, fill,
                        spread_text(head.rows), spread_text(head.columns));
  }
  text += fmt::format(
      "{:<12} {:>4} {:>8} {:>7.2f}%   {} x {} entries a head, max/mean head {:.2f}\n", map.layer,
      "all", map.nnz,
      100.0 * share(map.nnz, std::uint64_t{map.num_queries} * map.num_keys * map.heads.size()),
      map.num_queries, map.num_keys, map.head_imbalance);
  return text;
}

/// A line a kind of operation, of traces that hold more than attention.
std::string kind_lines(const Trace& trace) {
  std::string text =
      fmt::format("\n{:<18} {:>10} {:>15} {:>12}\n", "kind", "operations", "MACs", "parameters");
  KindWork all{"all"};
  for (const KindWork& work : work_by_kind(trace)) {
    text += fmt::format("{:<18} {:>10} {:>15} {:>12}\n", work.kind, work.operations, work.macs,
                        work.parameters);
    all.operations += work.operations;
    all.macs += work.macs;
    all.parameters += work.parameters;
  }
  return text + fmt::format("{:<18} {:>10} {:>15} {:>12}\n", all.kind, all.operations, all.macs,
                            all.parameters);
}

bool has_linear_layers(const Trace& trace) {
  return std::any_of(trace.operations.begin(), trace.operations.end(), [](const Operation& step) {
    return std::holds_alternative<DenseLinear>(step.params);
  });
}

Json kinds_json(const Trace& trace) {
  Json kinds = Json::object();
  for (const KindWork& work : work_by_kind(trace)) {
    kinds[work.kind] = {
        {"operations", work.operations}, {"macs", work.macs}, {"parameters", work.parameters}};
  }
  return kinds;
}

Json spread_json(const Spread& spread) {
  return {{"min", spread.min}, {"median", spread.median}, {"max", spread.max}};
}

Json map_json(const MapInfo& map) {
  Json heads = Json::array();
  for (const HeadInfo& head : map.heads) {
    heads.push_back({{"nnz", head.nnz},
                     {"density", head.density},
                     {"denser_columns", head.num_denser},
                     {"denser_nnz", head.denser_nnz},
                     {"denser_fill", head.denser_fill},
                     {"rows", spread_json(head.rows)},
                     {"columns", spread_json(head.columns)}});
  }
  return {{"name", map.layer}, {"num_queries", map.num_queries},       {"num_keys", map.num_keys},
          {"nnz", map.nnz},    {"head_imbalance", map.head_imbalance}, {"heads", heads}};
}

}  // namespace

std::vector<UsedMap> used_maps(const Trace& trace) {
  std::vector<UsedMap> used;
  std::vector<bool> is_listed(trace.maps.size(), false);
  for (const Operation& operation : trace.operations) {
    std::vector<std::uint32_t> maps;
    std::visit([&maps](const auto& params) { visit_fields(params, CollectMaps{maps}); },
               operation.params);
    for (const std::uint32_t map : maps) {
      if (is_listed[map]) continue;
      is_listed[map] = true;
      used.push_back({MapId{map}, trace.layers[operation.layer].name});
    }
  }
  return used;
}

std::vector<MapInfo> map_infos(const Trace& trace) {
  std::vector<MapInfo> infos;
  for (const UsedMap& used : used_maps(trace)) {
    infos.push_back(map_info(trace.map(used.map), used.layer));
  }
  return infos;
}

std::string workload_info(const Trace& trace) {
  const std::vector<MapInfo> maps = map_infos(trace);
  const Totals totals(maps);
  std::string text =
      fmt::format("{}: {} layers, {} operations, {} tensors, {} attention maps\n\n", trace.name,
                  trace.layers.size(), trace.operations.size(), trace.tensors.size(), maps.size());
  text += fmt::format("{:<12} {:>4} {:>8} {:>8} {:>7} {:>7}   {:^16}   {:^16}\n", "", "", "kept",
                      "", "denser", "", "kept a row", "kept a column");
  text +=
      fmt::format("{:<12} {:>4} {:>8} {:>8} {:>7} {:>7}   {:>4} {:>6} {:>4}   {:>4} {:>6} {:>4}\n",
                  "layer", "head", "entries", "density", "columns", "fill", "min", "median", "max",
                  "min", "median", "max");
  for (const MapInfo& map : maps) text += layer_lines(map);
  text += fmt::format(
      "\n{} heads: {} of {} entries kept ({:.2f}%), sparsity {:.2f}%\n"
      "denser columns: {} of {} ({:.2f}%), with {:.1f}% of the kept entries\n"
      "computed entries, denser blocks in full: {} ({:.2f}%)\n",
      totals.heads, totals.nnz, totals.entries, 100.0 * share(totals.nnz, totals.entries),
      100.0 - 100.0 * share(totals.nnz, totals.entries), totals.denser_columns, totals.columns,
      100.0 * share(totals.denser_columns, totals.columns),
      100.0 * share(totals.denser_nnz, totals.nnz), totals.computed,
      100.0 * share(totals.computed, totals.entries));
  text += token_lines(trace);
  return has_linear_layers(trace) ? text + kind_lines(trace) : text;
}

Json workload_info_json(const Trace& trace) {
  const std::vector<MapInfo> maps = map_infos(trace);
  const Totals totals(maps);
  Json layers = Json::array();
  for (const MapInfo& map : maps) layers.push_back(map_json(map));
  Json json = {{"name", trace.name},
               {"num_operations", trace.operations.size()},
               {"num_tensors", trace.tensors.size()},
               {"layers", layers},
               {"kinds", kinds_json(trace)},
               {"totals",
                {{"heads", totals.heads},
                 {"entries", totals.entries},
                 {"nnz", totals.nnz},
                 {"density", share(totals.nnz, totals.entries)},
                 {"denser_columns", totals.denser_columns},
                 {"denser_nnz", totals.denser_nnz},
                 {"computed_entries", totals.computed}}}};
  if (Json tokens = tokens_json(trace); !tokens.is_null()) json["tokens"] = std::move(tokens);
  return json;
}

}  // namespace vitcod
