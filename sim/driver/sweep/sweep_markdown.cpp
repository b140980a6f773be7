// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "sim/driver/sweep/row_filter.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"

namespace vitcod {
namespace {

std::string shown(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  if (!value.is_string()) return value.dump();
  std::string text;
  for (const char c : value.get<std::string>()) {
    text += c == '|' ? std::string("\\|") : std::string(1, c);
  }
  return text;
}

std::string row_of(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

bool contains(const std::vector<std::size_t>& places, std::size_t place) {
  return std::find(places.begin(), places.end(), place) != places.end();
}

std::vector<double> numbers_in(const std::vector<const std::vector<Json>*>& rows,
                               std::size_t column) {
  std::vector<double> numbers;
  for (const std::vector<Json>* row : rows) {
    if ((*row)[column].is_number()) numbers.push_back((*row)[column].get<double>());
  }
  return numbers;
}

}  // namespace

SweepMarkdown::SweepMarkdown(const SweepConfig& config) : config_(config) {
  const auto place = [&config](const std::string& name) { return place_of(name, config); };
  for (const std::string& name : config.table->columns) shown_.push_back(place(name));
  for (const Dimension& dimension : config.dimensions) {
    for (const Axis& axis : dimension.axes) axes_.push_back(place(axis.name));
  }
  for (const Ratio& ratio : config.ratios) ratios_.push_back(place(ratio.name));
}

void SweepMarkdown::add(const std::vector<Json>& cells, bool is_on_front) {
  if (config_.table->is_of_front && !is_on_front) return;
  if (passes(cells, config_.table->where, config_)) rows_.push_back(cells);
}

/// Rows that differ in the axes `over` alone, in the order of their first ones.
std::vector<SweepMarkdown::Group> SweepMarkdown::groups_over(const std::vector<std::size_t>& over,
                                                             const RowFilter& where) const {
  std::vector<Group> groups;
  std::map<std::string, std::size_t> known;
  for (const std::vector<Json>& row : rows_) {
    if (!passes(row, where, config_)) continue;
    std::string place;
    for (const std::size_t axis : axes_) {
      if (!contains(over, axis)) place += row[axis].dump() + ",";
    }
    const auto [entry, is_new] = known.emplace(place, groups.size());
    if (is_new) groups.emplace_back();
    groups[entry->second].push_back(&row);
  }
  return groups;
}

std::string SweepMarkdown::mean_row(const Group& group, const std::vector<std::size_t>& over,
                                    MeanKind kind) const {
  std::string name = title_of(kind);
  std::vector<std::string> cells;
  for (const std::size_t column : shown_) {
    std::string& cell = cells.emplace_back();
    if (contains(over, column)) {
      cell = std::exchange(name, "");
    } else if (contains(axes_, column)) {
      cell = shown((*group.front())[column]);
    } else if (contains(ratios_, column)) {
      const std::optional<double> mean = mean_of(kind, numbers_in(group, column));
      if (mean) cell = shown(*mean);
    }
  }
  return row_of(cells);
}

std::string SweepMarkdown::text() const {
  std::vector<std::string> names;
  for (const std::string& name : config_.table->columns) names.push_back("`" + name + "`");
  std::string text = row_of(names) + "|";
  for (std::size_t i = 0; i < names.size(); ++i) text += "---|";
  text += "\n";
  for (const std::vector<Json>& row : rows_) {
    std::vector<std::string> cells;
    for (const std::size_t column : shown_) cells.push_back(shown(row[column]));
    text += row_of(cells);
  }
  for (const TableMean& mean : config_.table->means) {
    std::vector<std::size_t> over;
    for (const std::string& name : mean.over) over.push_back(place_of(name, config_));
    for (const Group& group : groups_over(over, mean.where)) {
      text += mean_row(group, over, mean.kind);
    }
  }
  return text;
}

}  // namespace vitcod
