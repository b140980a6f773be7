// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/slurm_job.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

struct CommandResult {
  int status = -1;
  std::string output;  ///< of both streams
};

CommandResult run_command(const std::string& command) {
  std::FILE* pipe = ::popen((command + " 2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) {
    throw InputError(fmt::format("cannot run {}: {}", command, std::strerror(errno)));
  }
  CommandResult result;
  std::array<char, 4096> block;
  while (const std::size_t num = std::fread(block.data(), 1, block.size(), pipe)) {
    result.output.append(block.data(), num);
  }
  const int status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

/// "1-3,7": shards as the task numbers of an array, which count from 1.
std::string array_text(const std::set<std::uint64_t>& shards) {
  std::string text;
  for (auto first = shards.begin(); first != shards.end();) {
    auto last = first;
    while (std::next(last) != shards.end() && *std::next(last) == *last + 1) ++last;
    text += (text.empty() ? "" : ",") + std::to_string(*first + 1);
    if (last != first) text += "-" + std::to_string(*last + 1);
    first = std::next(last);
  }
  return text;
}

std::string sbatch_command(const SlurmConfig& config, const std::string& array,
                           const fs::path& folder) {
  std::string command = "sbatch --parsable --job-name=vitcod-sweep --array=" + array;
  if (config.max_running_tasks) command += fmt::format("%{}", *config.max_running_tasks);
  command += fmt::format(" --ntasks=1 --cpus-per-task={} --output={}", config.cpus_per_task,
                         shell_word((folder / "task-%a.log").string()));
  if (config.partition) command += " --partition=" + shell_word(*config.partition);
  if (config.time_limit) command += " --time=" + shell_word(*config.time_limit);
  for (const std::string& argument : config.sbatch_arguments) command += " " + shell_word(argument);
  return command;
}

}  // namespace

SlurmJob SlurmJob::submit(const SlurmConfig& config, const std::string& command,
                          const std::set<std::uint64_t>& shards, std::uint64_t num_shards,
                          const fs::path& folder) {
  make_writable_folder(folder);
  const fs::path script = folder / "job.sh";
  write_file_atomically(
      script,
      fmt::format("#!/bin/sh\nexec {} --shard \"$SLURM_ARRAY_TASK_ID/{}\"\n", command, num_shards));
  const CommandResult result = run_command(sbatch_command(config, array_text(shards), folder) +
                                           " " + shell_word(script.string()));
  // "JOB" or "JOB;CLUSTER"
  const std::string id = result.output.substr(0, result.output.find_first_not_of("0123456789"));
  if (result.status != 0 || id.empty()) {
    throw InputError("sbatch: " + result.output.substr(0, result.output.find('\n')));
  }
  write_file_atomically(folder / "job", id + "\n");
  return SlurmJob(id);
}

std::optional<SlurmJob> SlurmJob::last_of(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder / "job", ignored)) return std::nullopt;
  const std::string text = read_file(folder / "job");
  return SlurmJob(text.substr(0, text.find('\n')));
}

std::optional<std::uint64_t> SlurmJob::num_tasks_left() const {
  const CommandResult result =
      run_command("squeue --noheader --array --format=%i --jobs=" + shell_word(id_));
  // The controller forgets a job some minutes after its end.
  if (result.output.find("Invalid job id") != std::string::npos) return 0;
  if (result.status != 0) return std::nullopt;
  return static_cast<std::uint64_t>(std::count(result.output.begin(), result.output.end(), '\n'));
}

void SlurmJob::cancel() const { run_command("scancel " + shell_word(id_)); }

std::string shell_word(const std::string& text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace vitcod
