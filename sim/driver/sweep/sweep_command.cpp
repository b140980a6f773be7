// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_command.hpp"

#include <CLI/CLI.hpp>
#include <thread>

#include "sim/base/errors.hpp"
#include "sim/driver/sweep/slurm_executor.hpp"
#include "sim/driver/sweep/sweep_run.hpp"

namespace vitcod {
namespace {

struct CommandLine {
  SweepOptions sweep;
  std::string share;
  std::string executor = "local";
  bool is_dry_run = false;
};

void run_with_slurm(const CommandLine& line) {
  if (line.sweep.slurm_file.empty()) throw InputError("sweep: --executor slurm needs --slurm FILE");
  if (line.sweep.share) throw InputError("sweep: --executor slurm makes the shards itself");
  run_sweep_with_slurm(line.sweep);
}

void run(CommandLine line) {
  if (line.is_dry_run) {
    list_points(line.sweep.file);
    return;
  }
  if (line.sweep.out_dir.empty()) throw InputError("sweep: --out DIR is required");
  if (!line.share.empty()) line.sweep.share = parse_share(line.share);
  if (line.executor == "slurm") {
    run_with_slurm(line);
  } else {
    run_sweep(line.sweep);
  }
}

}  // namespace

void add_sweep_command(CLI::App& app) {
  auto line = std::make_shared<CommandLine>();
  line->sweep.jobs = std::max(1U, std::thread::hardware_concurrency());
  CLI::App* command = app.add_subcommand("sweep", "Run every point of a design space");
  command->add_option("sweep", line->sweep.file, "Sweep file (JSON)")->required();
  command->add_option("--out", line->sweep.out_dir, "Folder for results and table");
  command->add_option("--jobs", line->sweep.jobs, "Processes; all cores if not given")
      ->check(CLI::Range(std::size_t{1}, std::size_t{4096}));
  command->add_flag("--resume", line->sweep.resume,
                    "Go on in a folder that has results: what is there is not run again");
  command->add_option("--shard", line->share, "I/N: run the I-th of N parts of the points");
  command->add_option("--cache", line->sweep.cache_dir,
                      "Folder for results that several sweeps share");
  command->add_option("--executor", line->executor, "local (this host) or slurm (job arrays)")
      ->check(CLI::IsMember({"local", "slurm"}));
  command->add_option("--slurm", line->sweep.slurm_file,
                      "How to cut the sweep into tasks (configs/clusters/slurm.json)");
  command->add_flag("--dry-run", line->is_dry_run, "List the points as CSV and run none");
  command->callback([line] { run(*line); });
}

}  // namespace vitcod
