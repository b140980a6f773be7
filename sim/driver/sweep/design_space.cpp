// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/design_space.hpp"

namespace vitcod {
namespace {

std::uint64_t grid_size(const std::vector<Dimension>& dimensions) {
  std::uint64_t size = 1;
  for (const Dimension& dimension : dimensions) size *= dimension.size();
  return size;
}

}  // namespace

DesignSpace::DesignSpace(const SweepConfig& config)
    : dimensions_(config.dimensions),
      derived_(config.derived),
      size_(grid_size(config.dimensions)),
      expressions_(config) {}

std::vector<std::uint64_t> DesignSpace::positions(std::uint64_t grid_index) const {
  std::vector<std::uint64_t> positions(dimensions_.size());
  for (std::size_t i = dimensions_.size(); i-- > 0;) {
    positions[i] = grid_index % dimensions_[i].size();
    grid_index /= dimensions_[i].size();
  }
  return positions;
}

std::uint64_t DesignSpace::grid_index(std::span<const std::uint64_t> positions) const {
  std::uint64_t index = 0;
  for (std::size_t i = 0; i < dimensions_.size(); ++i) {
    index = index * dimensions_[i].size() + positions[i];
  }
  return index;
}

std::optional<SweepPoint> DesignSpace::point(std::uint64_t grid_index) const {
  const std::vector<std::uint64_t> place = positions(grid_index);
  SweepPoint point;
  point.index = grid_index;
  for (std::size_t i = 0; i < dimensions_.size(); ++i) {
    for (const Axis& axis : dimensions_[i].axes) point.coordinates.push_back(axis.values[place[i]]);
  }
  const std::size_t num_axes = point.coordinates.size();
  if (!expressions_.complete(point.coordinates)) return std::nullopt;
  for (std::size_t i = 0; i < dimensions_.size(); ++i) {
    for (const Axis& axis : dimensions_[i].axes) axis.append_settings(place[i], point.settings);
  }
  for (std::size_t i = 0; i < derived_.size(); ++i) {
    const Json& value = point.coordinates[num_axes + i];
    const std::string origin = "derived value " + derived_[i].name + " = " + value.dump();
    for (const std::string& pointer : derived_[i].pointers) {
      point.settings.push_back({pointer, value, origin});
    }
  }
  return point;
}

}  // namespace vitcod
