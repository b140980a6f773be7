// SPDX-License-Identifier: Apache-2.0
#include "workloads/generator/global_columns.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/det_math.hpp"
#include "workloads/generator/top_scores.hpp"

namespace vitcod {
namespace {

// The location prior, in patches of the 14 x 14 grid it was seen on.
constexpr double kCornerReach = 1.5;
constexpr double kBorderWeight = 0.15;
constexpr double kCentreWeight = 0.3;  // not in the survey; fits its distance statistics
constexpr double kCentreRadius = 2.0;
constexpr double kCentreDepth = 0.7;
constexpr double kLocationNoise = 0.5;
constexpr double kFittedSide = 14.0;

double location_weight(TokenGrid grid, std::uint32_t y, std::uint32_t x, double depth) {
  const std::uint32_t to_corner_y = std::min(y, grid.rows - 1 - y);
  const std::uint32_t to_corner_x = std::min(x, grid.columns - 1 - x);
  const double corner_distance =
      std::sqrt(double{1.0} * to_corner_y * to_corner_y + double{1.0} * to_corner_x * to_corner_x);
  double weight = det_exp(-corner_distance / kCornerReach);
  if (to_corner_y == 0 || to_corner_x == 0) weight += kBorderWeight;
  if (depth > kCentreDepth) {
    const double radius = kCentreRadius * std::min(grid.rows, grid.columns) / kFittedSide;
    const double dy = y - 0.5 * (grid.rows - 1);
    const double dx = x - 0.5 * (grid.columns - 1);
    weight += kCentreWeight * det_exp(-0.5 * (dy * dy + dx * dx) / (radius * radius));
  }
  return weight;
}

double power(double base, double exponent) {
  return base <= 0.0 ? 0.0 : det_exp(exponent * det_log(base));
}

}  // namespace

std::vector<std::uint32_t> choose_global_columns(TokenGrid grid, double depth, std::uint32_t count,
                                                 GumbelNoise& noise) {
  std::vector<std::pair<double, std::uint32_t>> scores;
  scores.reserve(grid.num_patches());
  for (std::uint32_t y = 0; y < grid.rows; ++y) {
    for (std::uint32_t x = 0; x < grid.columns; ++x) {
      const double score =
          det_log(location_weight(grid, y, x, depth)) + kLocationNoise * noise.next();
      scores.emplace_back(-score, y * grid.columns + x);
    }
  }
  std::sort(scores.begin(), scores.end());
  std::vector<std::uint32_t> columns;
  for (std::uint32_t i = 0; i < count; ++i) columns.push_back(scores[i].second);
  return columns;
}

std::vector<double> global_coverage(const HeadPattern& pattern, std::uint32_t count, double scale) {
  const double span = pattern.coverage_max - pattern.coverage_min;
  const double above_min = pattern.coverage_mean - pattern.coverage_min;
  // The mean of (1 - t)^e over t in [0, 1] is 1 / (e + 1).
  const double exponent = above_min > 0.0 ? span / above_min - 1.0 : 0.0;
  std::vector<double> coverage;
  for (std::uint32_t i = 0; i < count; ++i) {
    const double t = (i + 0.5) / count;
    const double share = pattern.coverage_min + span * power(1.0 - t, exponent);
    coverage.push_back(1.0 - power(1.0 - share, scale));
  }
  return coverage;
}

}  // namespace vitcod
