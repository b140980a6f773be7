// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/driver/sweep/figure_source.hpp"
#include "sim/driver/sweep/sweep_config.hpp"

namespace vitcod {

/// Computes the columns of a sweep that are straight lines through figures of several points (least
/// squares). Keeps sums alone.
class FitReader {
 public:
  explicit FitReader(const SweepConfig& config);

  /// Takes note of a point that is done. All come before the first `read`.
  void note(const SweepPoint& point, const Json& result);

  /// Slope, offset and R2 of each fit through the points that differ from this one in its `over`
  /// alone; null unless there are two that differ in `against`.
  std::vector<Json> read(const SweepPoint& point) const;

 private:
  struct Sums {
    double num = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  };
  struct Line {
    FigureSource figure;
    FigureSource against;
    std::vector<std::size_t> apart;  ///< axes whose values have fits of their own
    std::vector<std::pair<std::size_t, Json>> where;
    std::map<std::string, Sums> known;
  };

  static std::string place_of(const Line& line, const SweepPoint& point);

  std::vector<Line> lines_;
};

/// The columns of a fit: its name with _slope, _offset and _r2.
std::vector<std::string> fit_columns(const Fit& fit);

}  // namespace vitcod
