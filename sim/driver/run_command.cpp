// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/run_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/files.hpp"
#include "sim/base/folders.hpp"
#include "sim/driver/command_line_settings.hpp"
#include "sim/driver/logging.hpp"
#include "sim/driver/simulation.hpp"
#include "sim/driver/summary.hpp"
#include "sim/driver/timeline/run_views.hpp"

namespace vitcod {
namespace {

struct RunOptions {
  std::string config;
  std::vector<std::string> overrides;
  std::string out_dir;
  ViewOptions views;
  bool stepped = false;
  bool no_values = false;
  bool verbose = false;
};

void log_cost(const HostCost& cost) {
  const auto cycles = static_cast<double>(cost.cycles);
  log_phase(fmt::format(
      "simulated {} cycles in {:.4f} CPU s: {:.1f} M cycles/s, {} wake-ups, {:.2f} cycles/wake-up",
      cost.cycles, cost.cpu_seconds, cycles * 1e-6 / cost.cpu_seconds, cost.num_wakeups,
      cycles / static_cast<double>(cost.num_wakeups)));
}

/// What neither the timeline nor the waveform may overwrite.
std::vector<TakenFile> taken_files(const RunOptions& options, const std::filesystem::path& result) {
  std::vector<TakenFile> taken = {{options.config, "the run config"}};
  if (!options.out_dir.empty()) taken.push_back({result, "the result"});
  return taken;
}

void run(const RunOptions& options) {
  set_up_logging(options.verbose);
  const bool has_folder = !options.out_dir.empty();
  const std::filesystem::path file = std::filesystem::path(options.out_dir) / "result.json";
  if (has_folder) {
    make_writable_folder(options.out_dir);
    // If this run fails, what an earlier one left must not be taken for its result.
    remove_file(file);
  }
  RunViews views(options.views, taken_files(options, file));
  const RunConfig config =
      load_run_with(options.config, parse_command_line_settings(options.overrides));
  log_phase(fmt::format("workload {}: {} operations in {} layers", config.trace.name,
                        config.trace.operations.size(), config.trace.layers.size()));
  SimulationOptions simulation;
  simulation.with_values = !options.no_values;
  simulation.mode.stepped = options.stepped;
  simulation.before_run = [&views](Machine& machine) { views.listen_to(machine); };
  SimulatedRun run = simulate_named(options.config, config, simulation);
  log_cost(run.cost);
  const Json result = whole_result(std::move(run));
  if (has_folder) write_file_atomically(file, result.dump(2) + "\n");
  fmt::print("{}", summary(result, config.machine_name));
  if (has_folder) fmt::print("\nwritten: {}\n", file.string());
  const std::vector<std::string> views_written = views.write(result);
  if (!has_folder && !views_written.empty()) fmt::print("\n");
  for (const std::string& name : views_written) fmt::print("written: {}\n", name);
  require_matching_values(result);
}

}  // namespace

void add_run_command(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Run a workload on a machine");
  command->add_option("config", options->config, "Run config (JSON)")->required();
  add_set_option(*command, options->overrides);
  command->add_option("--out", options->out_dir, "Folder for result.json");
  command->add_option("--timeline", options->views.timeline,
                      "File for what each block did when, to open in Perfetto (JSON)");
  command->add_option("--vcd", options->views.vcd,
                      "File for the same as a waveform, to open in GTKWave (VCD)");
  command->add_option("--window", options->views.window,
                      "FROM:TO: only these accelerator cycles of the timeline and the waveform");
  command->add_flag("--stepped", options->stepped,
                    "Tick every block in every cycle: slow, with the same result");
  command->add_flag("--no-values", options->no_values, "Count cycles only");
  command->add_flag("--verbose", options->verbose,
                    "Log what each phase does and costs the host, to stderr");
  command->callback([options] { run(*options); });
}

}  // namespace vitcod
