// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/slurm_config.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vitcod {

std::uint64_t SlurmConfig::num_tasks(std::uint64_t num_points) const {
  const std::uint64_t enough = num_points / points_per_task + (num_points % points_per_task != 0);
  return std::clamp<std::uint64_t>(enough, 1, max_tasks);
}

void read(ConfigReader& reader, SlurmConfig& config) {
  const auto positive = at_least<std::uint64_t>(1);
  reader.optional("partition", config.partition, "partition of the job; absent: Slurm's default");
  reader.required("cpus_per_task", config.cpus_per_task, "cores, and processes, of a task",
                  positive);
  reader.required("points_per_task", config.points_per_task, "points that are worth a task",
                  positive);
  reader.required("max_tasks", config.max_tasks,
                  "tasks of an array at most (Slurm's MaxArraySize is 1001 unless set); with more "
                  "points, tasks have more of them",
                  positive);
  reader.optional("max_running_tasks", config.max_running_tasks,
                  "tasks that run at a time; absent: no limit", positive);
  reader.optional("time_limit", config.time_limit, "of a task, as sbatch --time has it; optional");
  reader.required("max_fruitless_jobs", config.max_fruitless_jobs,
                  "jobs without a new result before the sweep gives up", positive);
  reader.required("poll_seconds", config.poll_seconds, "between two questions to the controller",
                  at_least(0.1));
  reader.required("sbatch_arguments", config.sbatch_arguments,
                  "further arguments of sbatch, e.g. [\"--account=arch\"]");
}

SlurmConfig load_slurm_config(const std::filesystem::path& file) {
  const Json json = read_json_file(file);
  try {
    return read_config<SlurmConfig>(json);
  } catch (const ConfigError& error) {
    throw FileError(file.string(), error.what());
  }
}

}  // namespace vitcod
