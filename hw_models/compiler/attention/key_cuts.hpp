// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/compiler/attention/cut_search.hpp"
#include "hw_models/compiler/attention/planner.hpp"

namespace vitcod {

/// Ways to cut a layer of which K or V of one head does not fit, or the index: the keys into blocks
/// of tokens too. A tile of rows takes its key tiles one after the other: first the scores of all
/// of them, which stay on chip together, then, with the rows' largest exponents known, their
/// products with V; sums are carried in the output buffer. So the results are those of uncut keys,
/// to the bit. For each number of head groups the fewest blocks with which anything fits, and the
/// next two of a grid; with each the fewest row tiles that fit; of all these the three of the
/// fewest bytes from DRAM. None, with the reason in `shortage`, if nothing fits, if the machine
/// carries no rows, or if the map is restricted in the run.
std::vector<LayerPlan> key_cut_plans(const AttentionLayer& layer, const PlanLimits& limits,
                                     const LineSplitter& splitter, Shortage& shortage);

}  // namespace vitcod
