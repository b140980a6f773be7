// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/driver/sweep/point_expressions.hpp"
#include "sim/driver/sweep/sweep_config.hpp"
#include "sim/driver/sweep/sweep_point.hpp"

namespace vitcod {

/// The grid of a sweep: every combination of its dimensions' values, numbered with the first
/// dimension slowest, and made one at a time. Not for use by two threads at once.
class DesignSpace {
 public:
  explicit DesignSpace(const SweepConfig& config);

  /// Points of the grid, constraints left aside.
  std::uint64_t size() const { return size_; }
  const std::vector<Dimension>& dimensions() const { return dimensions_; }

  /// The value's position in each dimension, and back.
  std::vector<std::uint64_t> positions(std::uint64_t grid_index) const;
  std::uint64_t grid_index(std::span<const std::uint64_t> positions) const;

  /// The point at `grid_index`, with that as its index; nothing if it breaks a constraint. Throws
  /// InputError, naming the point, if an expression gives no finite number.
  std::optional<SweepPoint> point(std::uint64_t grid_index) const;

 private:
  std::vector<Dimension> dimensions_;
  std::vector<DerivedValue> derived_;
  std::uint64_t size_;
  PointExpressions expressions_;
};

}  // namespace vitcod
