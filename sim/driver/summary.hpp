// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/base/json.hpp"

namespace vitcod {

/// The result for a person: what ran on what, cycles, time, utilization, who waited for what, bytes
/// by tensor, energy, power and area, beside the budget that the machine states. At most a screen.
/// `machine`: its name.
std::string summary(const Json& result, const std::string& machine);

}  // namespace vitcod
