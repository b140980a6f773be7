// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/compiler/auto_encoder/encode_layer.hpp"
#include "hw_models/compiler/plan_limits.hpp"
#include "hw_models/compiler/schedule.hpp"

namespace vitcod {

/// What the jobs of an encoding ask of the machine. Throws InputError if the results of a single
/// token do not fit the output buffer.
std::vector<JobSketch> sketch_encoding(const EncodeLayer& layer, const PlanLimits& limits);

}  // namespace vitcod
