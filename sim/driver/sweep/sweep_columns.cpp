// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_columns.hpp"

#include <fmt/format.h>

#include <charconv>

#include "sim/driver/sweep/sweep_fits.hpp"

namespace vitcod {
namespace {

void append_names(const std::vector<Figure>& figures, std::vector<std::string>& columns) {
  for (const Figure& figure : figures) columns.push_back(figure.name);
}

/// Of an object, at any depth below it.
double sum_of_numbers(const Json& object) {
  double sum = 0;
  for (const Json& part : object) {
    if (part.is_number()) sum += part.get<double>();
    if (part.is_object()) sum += sum_of_numbers(part);
  }
  return sum;
}

}  // namespace

const std::vector<Figure>& main_figures() {
  static const std::vector<Figure> figures = {
      {"workload", "/workload/name"},
      {"nnz", "/workload/nnz"},
      {"macs", "/workload/macs"},
      {"cycles", "/cycles/total"},
      {"time_us", "/time_us"},
      {"mac_utilization", "/utilization/done"},
      {"attention_macs", "/macs/attention"},
      {"dram_bytes_read", "/dram/bytes_read"},
      {"dram_bytes_written", "/dram/bytes_written"},
      {"dram_bandwidth_gbps", "/dram/bandwidth_gbps"},
      {"dram_row_hit_rate", "/dram/row_hit_rate"},
      {"dram_energy_pj", "/energy_pj/dram"},
      {"energy_pj", "/energy_pj/total"},
  };
  return figures;
}

std::vector<std::string> coordinate_columns(const SweepConfig& config) {
  std::vector<std::string> columns;
  for (const Dimension& dimension : config.dimensions) {
    for (const Axis& axis : dimension.axes) columns.push_back(axis.name);
  }
  for (const DerivedValue& value : config.derived) columns.push_back(value.name);
  return columns;
}

std::vector<std::string> table_columns(const SweepConfig& config) {
  std::vector<std::string> columns = {"point", "status"};
  for (const std::string& name : coordinate_columns(config)) columns.push_back(name);
  append_names(main_figures(), columns);
  append_names(config.figures, columns);
  for (const Ratio& ratio : config.ratios) columns.push_back(ratio.name);
  for (const Fit& fit : config.fits) {
    for (const std::string& name : fit_columns(fit)) columns.push_back(name);
  }
  for (const char* name : {"pareto", "error", "key", "config_sha256", "simulator_version"}) {
    columns.emplace_back(name);
  }
  return columns;
}

std::set<std::string> result_members(const SweepConfig& config) {
  std::set<std::string> members;
  const auto add = [&members](const std::string& place) {
    Json::json_pointer pointer(place);
    while (!pointer.parent_pointer().empty()) pointer.pop_back();
    members.insert(pointer.back());
  };
  const auto add_if_pointer = [&add](const std::string& figure) {
    if (figure.starts_with('/')) add(figure);  // else a column, which is there already
  };
  for (const Figure& figure : main_figures()) add(figure.pointer);
  for (const Figure& figure : config.figures) add(figure.pointer);
  for (const Objective& objective : config.objectives) add_if_pointer(objective.figure);
  for (const Bound& bound : config.bounds) add_if_pointer(bound.figure);
  for (const Ratio& ratio : config.ratios) {
    add_if_pointer(ratio.figure);
    if (ratio.over) add_if_pointer(*ratio.over);
  }
  for (const Fit& fit : config.fits) {
    add_if_pointer(fit.figure);
    add_if_pointer(fit.against);
  }
  for (const ReportTable& table : config.tables) {
    if (!table.members) continue;
    add(table.members->of);
    for (const auto& [name, pointer] : table.members->parts) add(pointer);
  }
  add(kConfigHash.pointer);
  return members;
}

Figure find_figure(const SweepConfig& config, const std::string& name) {
  for (const std::vector<Figure>* figures : {&main_figures(), &config.figures}) {
    for (const Figure& figure : *figures) {
      if (figure.name == name) return figure;
    }
  }
  return {name, name};
}

Json shortened(const Json& value) {
  if (!value.is_number_float()) return value;
  const std::string text = fmt::format("{:.7g}", value.get<double>());
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Json figure_value(const Figure& figure, const Json& result) {
  const Json::json_pointer pointer(figure.pointer);
  if (!result.contains(pointer)) return nullptr;
  const Json& value = result.at(pointer);
  if (!value.is_object()) return value.is_primitive() ? value : Json();
  return sum_of_numbers(value);
}

}  // namespace vitcod
