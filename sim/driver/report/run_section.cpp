// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/report/run_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/driver/report/html_page.hpp"
#include "sim/driver/report/stacked_bars.hpp"
#include "sim/driver/simulation.hpp"

namespace vitcod {
namespace {

using Bars = std::vector<StackedBar>;

/// The value at `pointer`; null if there is none.
Json value_at(const Json& json, const char* pointer) {
  const Json::json_pointer place(pointer);
  return json.contains(place) ? json.at(place) : Json(nullptr);
}

/// The numbers among the members, in their order.
StackedBar bar_of(const std::string& label, const Json& json) {
  StackedBar bar{label, {}};
  if (!json.is_object()) return bar;
  for (const auto& [key, value] : json.items()) {
    if (value.is_number()) bar.parts.emplace_back(key, value.get<double>());
  }
  return bar;
}

/// The sum of all numbers below a value.
double sum_below(const Json& json) {
  if (json.is_number()) return json.get<double>();
  double sum = 0;
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) sum += sum_below(value);
  }
  return sum;
}

/// Adds the numbers below a value to the bar's parts of their own keys.
void add_by_key(const Json& json, StackedBar& bar) {
  for (const auto& [key, value] : json.items()) {
    if (value.is_object()) add_by_key(value, bar);
    if (!value.is_number()) continue;
    const auto is_same = [&key = key](const auto& part) { return part.first == key; };
    const auto found = std::find_if(bar.parts.begin(), bar.parts.end(), is_same);
    const auto number = value.get<double>();
    if (found == bar.parts.end()) {
      bar.parts.emplace_back(key, number);
    } else {
      found->second += number;
    }
  }
}

Bars longest_first(Bars bars) {
  std::stable_sort(bars.begin(), bars.end(),
                   [](const StackedBar& a, const StackedBar& b) { return a.total() > b.total(); });
  return bars;
}

/// A bar for each member that is an object, with what lies below it by key, the longest first.
Bars by_member(const Json& json) {
  Bars bars;
  if (!json.is_object()) return bars;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_object()) continue;
    bars.push_back({key, {}});
    add_by_key(value, bars.back());
  }
  return longest_first(std::move(bars));
}

/// The accounts of the blocks below a value, each block by its path; `idle` holds blocks that had
/// nothing to do throughout.
void collect_accounts(const Json& json, const std::string& path, Bars& bars,
                      std::vector<std::string>& idle) {
  if (!json.is_object()) return;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_object()) continue;
    if (key != "cycles" && key != "dram_clocks") {
      collect_accounts(value, path.empty() ? key : fmt::format("{}/{}", path, key), bars, idle);
      continue;
    }
    StackedBar bar = bar_of(path, value);
    const bool is_idle = std::all_of(bar.parts.begin(), bar.parts.end(), [](const auto& part) {
      return part.first == "idle" || part.second <= 0;
    });
    if (is_idle) {
      idle.push_back(path);
    } else {
      bars.push_back(std::move(bar));
    }
  }
}

std::string chart(const char* heading, const Bars& bars, const std::string& unit) {
  const std::string drawn = stacked_bars(bars, unit);
  return drawn.empty() ? "" : html_heading(heading) + drawn;
}

std::string figures(const Json& result) {
  struct Figure {
    const char* name;
    const char* pointer;
    double scale;
    const char* unit;
  };
  constexpr Figure kFigures[] = {
      {"cycles", "/cycles/total", 1, ""},
      {"time", "/time_us", 1, "us"},
      {"kept entries", "/workload/nnz", 1, ""},
      {"MACs of attention", "/macs/attention", 1, ""},
      {"MACs of linear layers", "/macs/linear", 1, ""},
      {"MACs useful", "/utilization/useful", 100, "%"},
      {"MACs done", "/utilization/done", 100, "%"},
      {"all multipliers", "/utilization/multipliers", 100, "%"},
      {"DRAM bytes read", "/dram/bytes_read", 1, ""},
      {"DRAM bytes written", "/dram/bytes_written", 1, ""},
      {"DRAM bandwidth", "/dram/bandwidth_gbps", 1, "GB/s"},
      {"row hits", "/dram/row_hit_rate", 100, "%"},
      {"energy", "/energy_pj/total", 1e-6, "uJ"},
      {"power on chip", "/power_mw/on_chip", 1, "mW"},
      {"power of the DRAM", "/power_mw/dram", 1, "mW"},
      {"area", "/area_mm2/total", 1, "mm2"},
      {"memories", "/sram/bytes", 1.0 / 1024, "KB"},
      {"differences from the reference", "/values/mismatches", 1, ""},
  };
  std::vector<std::vector<Json>> rows;
  for (const Figure& figure : kFigures) {
    const Json value = value_at(result, figure.pointer);
    if (!value.is_number()) continue;
    const Json shown = figure.scale == 1 ? value : Json(value.get<double>() * figure.scale);
    rows.push_back({figure.name, shown, figure.unit});
  }
  return html_table({"figure", "value", "unit"}, rows);
}

std::string layers(const Json& result) {
  const Json list = value_at(result, "/layers");
  Bars bars;
  std::vector<std::vector<Json>> rows;
  if (!list.is_array()) return "";
  for (const Json& layer : list) {
    const std::string name = readable(value_at(layer, "/name"));
    bars.push_back(bar_of(name, value_at(layer, "/by_phase")));
    rows.push_back({name, value_at(layer, "/cycles"), value_at(layer, "/predicted_cycles"),
                    value_at(layer, "/nnz")});
  }
  return chart("Cycles of each layer, by phase", bars, "") +
         html_table({"layer", "cycles", "predicted", "kept entries"}, rows);
}

std::string accounts(const Json& result) {
  Bars bars;
  std::vector<std::string> idle;
  bars.push_back(bar_of("all MAC lines", value_at(result, "/line_cycles")));
  collect_accounts(value_at(result, "/blocks"), "", bars, idle);
  const std::string drawn = share_bars(bars);
  if (drawn.empty()) return "";
  std::string text = html_heading("What each block did or waited for, share of its cycles") + drawn;
  if (!idle.empty()) {
    text += html_paragraph(fmt::format("Idle throughout: {}.", fmt::join(idle, ", ")));
  }
  return text;
}

std::string energy(const Json& result) {
  const Json entry = value_at(result, "/energy_pj");
  Bars bars;
  if (!entry.is_object()) return "";
  for (const auto& [key, value] : entry.items()) {
    if (value.is_object()) bars.push_back({key, {{"energy", sum_below(value) * 1e-6}}});
  }
  return chart("Energy", longest_first(std::move(bars)), "uJ");
}

}  // namespace

std::string run_section(const Json& result, const std::string& name) {
  const Json schema = value_at(result, "/schema");
  if (schema != kResultSchema) {
    throw InputError(
        fmt::format("{}: /schema: found {}, expected \"{}\"", name, schema.dump(), kResultSchema));
  }
  Bars tensors;
  const Json traffic = value_at(result, "/traffic");
  if (traffic.is_object()) {
    for (const auto& [tensor, bytes] : traffic.items()) tensors.push_back(bar_of(tensor, bytes));
  }
  return figures(result) + layers(result) + accounts(result) +
         chart("DRAM bytes of each tensor", tensors, "bytes") + energy(result) +
         chart("Power", by_member(value_at(result, "/power_mw")), "mW") +
         chart("Area", by_member(value_at(result, "/area_mm2")), "mm2") +
         html_details("The run's config", value_at(result, "/config").dump(2));
}

}  // namespace vitcod
