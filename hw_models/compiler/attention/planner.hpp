// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/compiler/attention/unit_footprint.hpp"
#include "hw_models/compiler/attention/work_unit.hpp"
#include "hw_models/compiler/plan_limits.hpp"
#include "hw_models/compiler/program_search.hpp"

namespace vitcod {

/// One way to cut a layer into work units, with the lines split.
struct LayerPlan {
  std::vector<WorkUnit> units;
  std::uint64_t traffic = 0;  ///< bytes of Q, K and V from DRAM
};

/// The ways to cut a layer, as the ViTCoD compiler might (section V: buffers and lines are
/// repartitioned per layer): head groups (all heads, half, a third, ...), each with the fewest row
/// tiles that fit, and with more where that costs no traffic; the most heads first. S never leaves
/// the chip: a tile is cut until its scores fit. Throws InputError, naming the buffer and the bytes
/// needed, if a single row of a single head does not fit.
std::vector<LayerPlan> candidate_plans(const AttentionLayer& layer, const PlanLimits& limits,
                                       const LineSplitter& splitter);

/// The plans as the search sees them.
std::vector<Candidate> candidates_of(const std::vector<LayerPlan>& plans, const PlanLimits& limits);

/// The best plan of a layer that stands alone.
std::vector<WorkUnit> plan_layer(const AttentionLayer& layer, const PlanLimits& limits,
                                 const LineSplitter& splitter);

}  // namespace vitcod
