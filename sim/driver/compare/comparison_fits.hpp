// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "sim/driver/compare/comparison.hpp"

namespace vitcod {

/// How the times of simulated machines follow the kept share of the maps: a line (least squares)
/// through the runs of each model and scope that the compared machine ran at two sparsities or more
/// up to 90 %. Beyond, what does not follow the maps bends the line. Machines in the order of their
/// rows, and none where the compared machine's own time does not grow with what is kept.
std::vector<ComparisonFit> fits_of(const Comparison& comparison);

}  // namespace vitcod
