// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/compiler/attention/work_unit.hpp"
#include "hw_models/compiler/plan_limits.hpp"
#include "hw_models/compiler/schedule.hpp"

namespace vitcod {

/// Appends what a unit, with its lines split, asks of the machine: SDDMM with the merging of the
/// row exponents, and SpMM.
void append_sketch(const WorkUnit& unit, const PlanLimits& limits, std::vector<JobSketch>& jobs);

}  // namespace vitcod
