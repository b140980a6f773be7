// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/driver/compare/comparison.hpp"

namespace vitcod {

/// Simulates each config, without values, `jobs` processes at a time: with its own workload, or
/// with each of `workloads` (files of workload specifications) in its place, and of each of
/// `scopes` ("attention", "model"), or of that which the workload names. One list a config.
/// Throws InputError with the file's name in front; also where configs with workloads of their own
/// run different models, or two have the same name.
std::vector<std::vector<ComparedRun>> simulate_configs(
    const std::vector<std::filesystem::path>& configs,
    const std::vector<std::filesystem::path>& workloads, const std::vector<std::string>& scopes,
    std::size_t jobs);

}  // namespace vitcod
