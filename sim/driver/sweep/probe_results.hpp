// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "sim/driver/sweep/sweep_config.hpp"

namespace vitcod {

/// Results of a workload of a few entries on machines of the sweep, to see which values a result
/// has: those at both ends of each axis of numbers and at each value of the others, in processes of
/// their own. Machines that cannot be built or that break a constraint are left out.
std::vector<Json> probe_results(const SweepConfig& config);

}  // namespace vitcod
