// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/base/json.hpp"

namespace vitcod {

/// The result for a person: cycles, time, utilization, who waited for what, bytes by tensor. At
/// most a screen.
std::string summary(const Json& result);

}  // namespace vitcod
