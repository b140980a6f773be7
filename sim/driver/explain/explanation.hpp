// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/json.hpp"

namespace vitcod {

/// What a run gains from one resource that is ample.
struct ResourceGain {
  std::string resource;
  std::string pointer;
  Json present;
  Json value;  ///< the ample one: the run that is told of has it by `--set POINTER=VALUE`
  Json next;   ///< the sensible next one
  std::uint64_t cycles = 0;
  double gain = 0;  ///< share of the run's cycles that it saves; less than 0 if it costs some
  /// Of the machine that has it, by its own count of parts; nothing where no area table is given.
  std::optional<double> area_mm2;
  std::string refusal;  ///< why the machine cannot be made with it; empty if it ran
};

/// What bounds a run.
struct Explanation {
  std::uint64_t cycles = 0;         ///< of the run as it is
  std::optional<double> area_mm2;   ///< of the machine as it is
  std::vector<ResourceGain> gains;  ///< largest first; those that were refused last
  std::string sentence;
};

/// How many of `jobs` processes run at a time if each takes `run_kb` and `available_kb` are there;
/// at least one.
std::size_t affordable_jobs(std::size_t jobs, std::uint64_t available_kb, std::uint64_t run_kb);

/// Runs the config, and runs it again with each resource of its machine made ample in turn, without
/// values: at most `jobs` processes at a time, and no more than the host has memory for when each
/// takes what the first run took. Throws as `run` does for the config as it is.
Explanation explain_run(const std::filesystem::path& config,
                        const std::vector<std::string>& overrides, std::size_t jobs);

}  // namespace vitcod
