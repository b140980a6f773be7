// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/formula_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/driver/command_line_settings.hpp"
#include "sim/driver/run_config.hpp"
#include "sim/driver/simulation.hpp"
#include "sim/formula/script_report.hpp"
#include "sim/formula/script_workload.hpp"

namespace vitcod {
namespace {

constexpr const char* kOldRevision = "0b4031a";

struct FormulaCommandLine {
  std::string config;
  std::vector<std::string> overrides;
  std::string revision = "HEAD";
  bool json = false;
};

/// Cycles of each layer on the run's machine.
std::vector<std::uint64_t> layer_cycles(const std::string& name, const RunConfig& run) {
  SimulationOptions options;
  options.with_values = false;
  const Json result = simulate_named(name, run, options);
  std::vector<std::uint64_t> cycles;
  for (const Json& layer : result["layers"]) {
    cycles.push_back(layer["cycles"].get<std::uint64_t>());
  }
  return cycles;
}

void print_formula(const FormulaCommandLine& line) {
  const RunConfig run = load_run_with(line.config, parse_command_line_settings(line.overrides));
  ScriptComparison comparison;
  comparison.layers = script_layers(run.trace);
  comparison.revision =
      line.revision == kOldRevision ? ScriptRevision::k0b4031a : ScriptRevision::kHead;
  comparison.machine = run.machine_name;
  comparison.simulated_cycles = layer_cycles(line.config, run);
  fmt::print("{}", line.json ? script_json(comparison).dump(2) + "\n" : script_table(comparison));
}

}  // namespace

void add_formula_command(CLI::App& app) {
  const auto line = std::make_shared<FormulaCommandLine>();
  CLI::App* command = app.add_subcommand(
      "formula", "The cycles of the ViTCoD authors' script for a run, beside the simulated ones");
  command->add_option("config", line->config, "Run config (JSON)")->required();
  add_set_option(*command, line->overrides);
  command
      ->add_option("--revision", line->revision,
                   "Of the script: HEAD, with 4096 multipliers by mistake, or 0b4031a, with 512")
      ->capture_default_str()
      ->check(CLI::IsMember({"HEAD", kOldRevision}));
  command->add_flag("--json", line->json, "Print JSON");
  command->callback([line] { print_formula(*line); });
}

}  // namespace vitcod
