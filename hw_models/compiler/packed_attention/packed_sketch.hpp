// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/compiler/packed_attention/packed_cut.hpp"
#include "hw_models/compiler/program_search.hpp"

namespace vitcod {

/// What the jobs of a cut (PackedJobs) ask of the machine. The masks are those of the trace, as if
/// they were known: they decide nothing but what is predicted of the cycles.
Candidate sketch_packed(const AttentionLayer& layer, const PackedCut& cut, const PackedArray& array,
                        const PlanLimits& limits);

}  // namespace vitcod
