// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/figure_source.hpp"

#include <algorithm>
#include <vector>

#include "sim/driver/sweep/sweep_columns.hpp"

namespace vitcod {

std::optional<std::size_t> find_coordinate(const SweepConfig& config, const std::string& name) {
  const std::vector<std::string> names = coordinate_columns(config);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

FigureSource find_source(const SweepConfig& config, const std::string& name) {
  return {find_coordinate(config, name), find_figure(config, name)};
}

std::optional<double> number_of(const FigureSource& source, const SweepPoint& point,
                                const Json& result) {
  const Json value = source.coordinate ? point.coordinates[*source.coordinate]
                                       : figure_value(source.figure, result);
  if (!value.is_number()) return std::nullopt;
  return value.get<double>();
}

}  // namespace vitcod
