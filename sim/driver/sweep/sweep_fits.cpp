// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_fits.hpp"

#include <algorithm>

#include "sim/driver/sweep/sweep_columns.hpp"

namespace vitcod {
namespace {

bool has_value(const SweepPoint& point, const std::pair<std::size_t, Json>& entry) {
  const Json& cell = point.coordinates[entry.first];
  const Json& wanted = entry.second;
  if (!wanted.is_array()) return cell == wanted;
  return std::find(wanted.begin(), wanted.end(), cell) != wanted.end();
}

}  // namespace

std::vector<std::string> fit_columns(const Fit& fit) {
  return {fit.name + "_slope", fit.name + "_offset", fit.name + "_r2"};
}

FitReader::FitReader(const SweepConfig& config) {
  for (const Fit& fit : config.fits) {
    Line& line = lines_.emplace_back();
    line.figure = find_source(config, fit.figure);
    line.against = find_source(config, fit.against);
    const std::vector<std::string> names = coordinate_columns(config);
    for (std::size_t i = 0; i < names.size() - config.derived.size(); ++i) {
      if (std::find(fit.over.begin(), fit.over.end(), names[i]) == fit.over.end()) {
        line.apart.push_back(i);
      }
    }
    for (const auto& [axis, value] : fit.where) {
      line.where.emplace_back(*find_coordinate(config, axis), value);
    }
  }
}

std::string FitReader::place_of(const Line& line, const SweepPoint& point) {
  std::string place;
  for (const std::size_t axis : line.apart) place += point.coordinates[axis].dump() + ",";
  return place;
}

void FitReader::note(const SweepPoint& point, const Json& result) {
  for (Line& line : lines_) {
    const bool is_meant = std::all_of(line.where.begin(), line.where.end(),
                                      [&](const auto& entry) { return has_value(point, entry); });
    const std::optional<double> y = number_of(line.figure, point, result);
    const std::optional<double> x = number_of(line.against, point, result);
    if (!is_meant || !x || !y) continue;
    Sums& sums = line.known[place_of(line, point)];
    sums.num += 1;
    sums.x += *x;
    sums.y += *y;
    sums.xx += *x * *x;
    sums.xy += *x * *y;
    sums.yy += *y * *y;
  }
}

std::vector<Json> FitReader::read(const SweepPoint& point) const {
  std::vector<Json> cells;
  for (const Line& line : lines_) {
    const auto known = line.known.find(place_of(line, point));
    const Sums sums = known == line.known.end() ? Sums{} : known->second;
    const double spread = sums.num * sums.xx - sums.x * sums.x;
    const double spread_of_figure = sums.num * sums.yy - sums.y * sums.y;
    const double common = sums.num * sums.xy - sums.x * sums.y;
    if (!(spread > 0)) {
      cells.insert(cells.end(), 3, Json());
      continue;
    }
    const double slope = common / spread;
    cells.emplace_back(slope);
    cells.emplace_back((sums.y - slope * sums.x) / sums.num);
    cells.push_back(spread_of_figure > 0 ? Json(common * common / (spread * spread_of_figure))
                                         : Json());
  }
  return cells;
}

}  // namespace vitcod
