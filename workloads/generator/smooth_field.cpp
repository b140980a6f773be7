// SPDX-License-Identifier: Apache-2.0
#include "workloads/generator/smooth_field.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "sim/base/det_math.hpp"

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

/// Integers that sort as the field's values do: the upper half of the value's bits, then the index.
std::vector<std::uint64_t> sort_keys(const std::vector<double>& field) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  std::vector<std::uint64_t> keys(field.size());
  for (std::size_t i = 0; i < field.size(); ++i) {
    const auto bits = std::bit_cast<std::uint64_t>(field[i]);
    // Negative numbers sort backwards by their bits, and before the positive ones.
    const std::uint64_t ordered = (bits & kSign) != 0 ? ~bits : bits | kSign;
    keys[i] = (ordered >> 32 << 32) | i;
  }
  return keys;
}

std::vector<std::uint32_t> patches_of(const std::vector<std::uint64_t>& keys) {
  std::vector<std::uint32_t> patches(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) patches[i] = static_cast<std::uint32_t>(keys[i]);
  return patches;
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

std::vector<double> normal_scores(std::size_t count) {
  std::vector<double> scores(count);
  for (std::size_t rank = 0; rank < count; ++rank) {
    scores[rank] =
        det_normal_quantile((static_cast<double>(rank) + 0.5) / static_cast<double>(count));
  }
  return scores;
}

std::vector<std::uint32_t> ascending_order(const std::vector<double>& field) {
  std::vector<std::uint64_t> keys = sort_keys(field);
  std::sort(keys.begin(), keys.end());
  return patches_of(keys);
}

std::vector<std::uint32_t> lowest_patches(const std::vector<double>& field, std::size_t count) {
  std::vector<std::uint64_t> keys = sort_keys(field);
  if (count < keys.size()) {
    std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count), keys.end());
    keys.resize(count);
  }
  return patches_of(keys);
}

}  // namespace vitcod
