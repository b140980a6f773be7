// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/config_reader.hpp"

namespace vitcod {

/// How a sweep is cut into the tasks of a Slurm job array.
struct SlurmConfig {
  std::optional<std::string> partition;
  std::uint64_t cpus_per_task = 1;
  std::uint64_t points_per_task = 1;
  std::uint64_t max_tasks = 1;
  std::optional<std::uint64_t> max_running_tasks;
  std::optional<std::string> time_limit;
  std::uint64_t max_fruitless_jobs = 1;
  double poll_seconds = 1;
  std::vector<std::string> sbatch_arguments;

  /// Tasks for a sweep of `num_points`: each has at least one point, and as many as it may have
  /// unless there would be too many tasks.
  std::uint64_t num_tasks(std::uint64_t num_points) const;
};

void read(ConfigReader& reader, SlurmConfig& config);

/// Throws InputError with the file's name in front.
SlurmConfig load_slurm_config(const std::filesystem::path& file);

}  // namespace vitcod
