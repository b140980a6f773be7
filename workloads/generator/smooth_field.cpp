// SPDX-License-Identifier: Apache-2.0
#include "workloads/generator/smooth_field.hpp"

#include <algorithm>
#include <numeric>

namespace vitcod {
namespace {

/// Where a patch lies between the lattice's lines along one axis.
struct LatticePlace {
  std::uint32_t low;  ///< the line before it
  double share;       ///< of the line after it, 0 .. 1
};

std::vector<LatticePlace> lattice_places(std::uint32_t num_patches, std::uint32_t lattice) {
  std::vector<LatticePlace> places(num_patches, {0, 0.0});
  for (std::uint32_t i = 0; num_patches > 1 && i < num_patches; ++i) {
    const double at = static_cast<double>(i) * (lattice - 1) / (num_patches - 1);
    const std::uint32_t low = std::min(static_cast<std::uint32_t>(at), lattice - 2);
    places[i] = {low, at - low};
  }
  return places;
}

}  // namespace

std::vector<double> smooth_field(Random& random, TokenGrid grid, std::uint32_t lattice) {
  std::vector<double> nodes(std::size_t{lattice} * lattice);
  for (double& node : nodes) node = random.normal();
  const std::vector<LatticePlace> rows = lattice_places(grid.rows, lattice);
  const std::vector<LatticePlace> columns = lattice_places(grid.columns, lattice);
  std::vector<double> field;
  field.reserve(grid.num_patches());
  for (const LatticePlace& y : rows) {
    const double* upper = nodes.data() + std::size_t{y.low} * lattice;
    const double* lower = upper + lattice;
    for (const LatticePlace& x : columns) {
      const double top = upper[x.low] + x.share * (upper[x.low + 1] - upper[x.low]);
      const double bottom = lower[x.low] + x.share * (lower[x.low + 1] - lower[x.low]);
      field.push_back(top + y.share * (bottom - top));
    }
  }
  return field;
}

std::vector<std::uint32_t> ascending_order(const std::vector<double>& field) {
  std::vector<std::uint32_t> order(field.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&field](std::uint32_t a, std::uint32_t b) {
    return field[a] < field[b] || (field[a] == field[b] && a < b);
  });
  return order;
}

}  // namespace vitcod
