// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/base/random.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {

/// A smooth random field over the patches of a grid, row-major: normal values (mean 0, standard
/// deviation 1) on a `lattice` x `lattice` lattice that spans the grid, bilinear in between.
/// Neighbouring patches have like values; `lattice` says how fast that is lost.
std::vector<double> smooth_field(Random& random, TokenGrid grid, std::uint32_t lattice);

/// The middles of `count` equally likely steps of the normal distribution, ascending: what values
/// of a field with a given rank are replaced by to make their distribution exactly normal.
std::vector<double> normal_scores(std::size_t count);

/// The patches' indices in ascending order of the field's value, lower index first among equals.
/// Values that differ by less than a millionth count as equal: that makes a sort of integers.
std::vector<std::uint32_t> ascending_order(const std::vector<double>& field);

/// The `count` first of them, in no particular order.
std::vector<std::uint32_t> lowest_patches(const std::vector<double>& field, std::size_t count);

}  // namespace vitcod
