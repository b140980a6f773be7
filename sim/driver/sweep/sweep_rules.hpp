// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/driver/sweep/sweep_config.hpp"

namespace vitcod {

/// A pointer into a result, and not to all of it.
bool is_json_pointer(const std::string& text);

/// Requires that axes, their values, columns and figures that parts of the sweep name are there,
/// are numbers where they must be, and that formulas in tables compile. Throws ConfigError.
void require_known_names(const SweepConfig& config);

}  // namespace vitcod
