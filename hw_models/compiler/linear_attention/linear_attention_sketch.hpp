// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/compiler/linear_attention/linear_attention_cut.hpp"
#include "hw_models/compiler/plan_limits.hpp"
#include "hw_models/compiler/schedule.hpp"

namespace vitcod {

/// What the jobs of a linear attention, cut in one way, ask of the machine.
std::vector<JobSketch> sketch_linear_attention(const LinearAttentionLayer& layer,
                                               const LinearAttentionCut& cut,
                                               const PlanLimits& limits);

}  // namespace vitcod
