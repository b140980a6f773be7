// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/compiler/layer_norm/norm_layer.hpp"
#include "hw_models/compiler/plan_limits.hpp"
#include "hw_models/compiler/schedule.hpp"

namespace vitcod {

/// What the jobs of a layer norm ask of the machine. Throws InputError if the results of a single
/// token do not fit the output buffer, or a token not the unit's register.
std::vector<JobSketch> sketch_norm(const NormLayer& layer, const PlanLimits& limits);

}  // namespace vitcod
