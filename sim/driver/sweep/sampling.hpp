// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/driver/sweep/sweep_config.hpp"
#include "sim/driver/sweep/sweep_point.hpp"

namespace vitcod {

/// The points of a sweep by its `sampling` (a search has its own: ParetoSearch).
/// - grid: every point, index = grid index; a point that breaks a constraint leaves a gap.
/// - random: `count` different points, index = order of drawing; one that breaks a constraint is
///   replaced by another. All points in random order if the grid has no more than `count`.
/// - Latin hypercube: `count` points, of which each `count`-th part of each dimension's list gets
///   one, index = number of the draw; one that breaks a constraint leaves a gap, and two may fall
///   on the same point of the grid.
/// `next` throws InputError if a million draws in a row break a constraint.
std::unique_ptr<PointSource> make_point_source(const SweepConfig& config);

/// How many points a sweep has.
struct PointCount {
  std::uint64_t num_points = 0;
  bool is_exact = true;  ///< false: at most so many
};

/// Takes a fraction of a second: points are counted one by one only where there are few.
PointCount count_points(const SweepConfig& config);

/// "1 point", "320 points", "at most 1000000 points".
std::string to_string(const PointCount& count);

}  // namespace vitcod
