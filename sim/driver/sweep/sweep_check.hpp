// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/driver/sweep/sweep_config.hpp"

namespace vitcod {

/// Finds what would cost a whole sweep before its first point runs: places that no run has, values
/// of a type that none takes there, derived values out of range, expressions that are not finite,
/// and figures and objectives that no result has. Throws InputError with the file's name and the
/// pointer in it.
///
/// Of large sweeps the first 100,000 points of the grid are looked at. Figures are looked for in
/// the results of a small workload on the machines at the ends of each axis.
void check_sweep(const SweepConfig& config);

/// Loads a sweep and checks it. Throws InputError with the file's name in front.
SweepConfig load_checked_sweep(const std::filesystem::path& file);

}  // namespace vitcod
