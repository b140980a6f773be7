// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_ratios.hpp"

#include <algorithm>

#include "sim/driver/sweep/sweep_columns.hpp"

namespace vitcod {

RatioReader::RatioReader(const SweepConfig& config) {
  num_axes_ = coordinate_columns(config).size() - config.derived.size();
  for (const Ratio& ratio : config.ratios) {
    Column& column = columns_.emplace_back();
    column.figure = find_source(config, ratio.figure);
    if (ratio.over) column.over = find_source(config, *ratio.over);
    if (!ratio.over && !ratio.reference.empty()) column.over = column.figure;
    for (const auto& [axis, value] : ratio.reference) {
      column.reference.emplace_back(*find_coordinate(config, axis), value);
    }
    column.is_inverse = ratio.is_inverse;
    column.scale = ratio.scale;
  }
}

/// The axes that are not the reference's.
std::string RatioReader::place_of(const Column& column, const SweepPoint& point) const {
  std::string place;
  for (std::size_t i = 0; i < num_axes_; ++i) {
    const bool is_set = std::any_of(column.reference.begin(), column.reference.end(),
                                    [i](const auto& entry) { return entry.first == i; });
    if (!is_set) place += point.coordinates[i].dump() + ",";
  }
  return place;
}

void RatioReader::note(const SweepPoint& point, const Json& result) {
  for (Column& column : columns_) {
    if (column.reference.empty()) continue;
    const bool is_reference = std::all_of(
        column.reference.begin(), column.reference.end(),
        [&point](const auto& entry) { return point.coordinates[entry.first] == entry.second; });
    if (!is_reference) continue;
    const std::optional<double> number = number_of(*column.over, point, result);
    if (number) column.known[place_of(column, point)] = *number;
  }
}

std::optional<double> RatioReader::divisor_of(const Column& column, const SweepPoint& point,
                                              const Json& result) const {
  if (!column.over) return 1;
  if (column.reference.empty()) return number_of(*column.over, point, result);
  const auto known = column.known.find(place_of(column, point));
  if (known == column.known.end()) return std::nullopt;
  return known->second;
}

std::vector<Json> RatioReader::read(const SweepPoint& point, const Json& result) const {
  std::vector<Json> ratios;
  for (const Column& column : columns_) {
    std::optional<double> number = number_of(column.figure, point, result);
    std::optional<double> divisor = divisor_of(column, point, result);
    if (column.is_inverse) std::swap(number, divisor);
    const bool is_there = number && divisor && *divisor != 0;
    ratios.push_back(is_there ? Json(column.scale * *number / *divisor) : Json());
  }
  return ratios;
}

}  // namespace vitcod
