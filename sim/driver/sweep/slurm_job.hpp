// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "sim/driver/sweep/slurm_config.hpp"

namespace vitcod {

/// A job array of Slurm, each task of which runs one shard of a sweep.
class SlurmJob {
 public:
  /// Submits `shards` (from 0) out of `num_shards`. `command`: what a task runs, as the shell reads
  /// it, up to the shard. The script and what the tasks print go to `folder`. Throws InputError
  /// with sbatch's own line if it refuses.
  static SlurmJob submit(const SlurmConfig& config, const std::string& command,
                         const std::set<std::uint64_t>& shards, std::uint64_t num_shards,
                         const std::filesystem::path& folder);
  /// The last job submitted from `folder`, if there was one.
  static std::optional<SlurmJob> last_of(const std::filesystem::path& folder);

  const std::string& id() const { return id_; }
  /// Tasks that wait or run; none if the controller does not answer.
  std::optional<std::uint64_t> num_tasks_left() const;
  void cancel() const;

 private:
  explicit SlurmJob(std::string id) : id_(std::move(id)) {}

  std::string id_;
};

/// A text as one word of a shell command.
std::string shell_word(const std::string& text);

}  // namespace vitcod
