// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/compiler/linear/linear_cut.hpp"
#include "hw_models/compiler/schedule.hpp"

namespace vitcod {

/// What the jobs of a linear layer, cut in one way, ask of the machine: a sketch for the weights
/// that come ahead, then one for each block of columns and group, or two where weights that stay
/// come or go.
std::vector<JobSketch> sketch_linear(const LinearLayer& layer, const LinearCut& cut,
                                     const PlanLimits& limits);

}  // namespace vitcod
