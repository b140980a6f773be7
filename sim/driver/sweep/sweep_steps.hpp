// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "sim/driver/sweep/local_executor.hpp"
#include "sim/driver/sweep/sweep_config.hpp"

namespace vitcod {

/// Lets the executor go through all points of a sweep, and ends its processes. A search goes on as
/// long as all points of its last generation have an outcome.
void go_through_points(const SweepConfig& config, LocalExecutor& executor);

/// Writes the table of the points that the executor went through.
void write_table(const SweepConfig& config, LocalExecutor& executor,
                 const std::filesystem::path& folder);

}  // namespace vitcod
