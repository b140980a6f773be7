// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "hw_models/compiler/attention/work_unit.hpp"
#include "hw_models/compiler/plan_limits.hpp"
#include "hw_models/compiler/schedule.hpp"

namespace vitcod {

/// Appends what units of the same rows, one for each of their key tiles, with their lines split,
/// ask of the machine: SDDMMs, the last one with the merging of the row exponents, and SpMMs.
void append_sketch(std::span<const WorkUnit> units, const PlanLimits& limits,
                   std::vector<JobSketch>& jobs);
inline void append_sketch(const WorkUnit& unit, const PlanLimits& limits,
                          std::vector<JobSketch>& jobs) {
  append_sketch(std::span(&unit, 1), limits, jobs);
}

}  // namespace vitcod
