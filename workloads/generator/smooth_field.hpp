// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/random.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {

/// A smooth random field over the patches of a grid, row-major: normal values (mean 0, standard
/// deviation 1) on a `lattice` x `lattice` lattice that spans the grid, bilinear in between.
/// Neighbouring patches have like values; `lattice` says how fast that is lost.
std::vector<double> smooth_field(Random& random, TokenGrid grid, std::uint32_t lattice);

/// The patches' indices in ascending order of the field's value; lower index first among equals.
std::vector<std::uint32_t> ascending_order(const std::vector<double>& field);

}  // namespace vitcod
