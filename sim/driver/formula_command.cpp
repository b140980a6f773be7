// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/formula_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/errors.hpp"
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

Json simulated(const std::string& name, const RunConfig& run) {
  SimulationOptions options;
  options.with_values = false;
  return whole_result(simulate_named(name, run, options));
}

/// Whether the run is of a whole model: the script's attention is then set against a run of the
/// attention alone.
bool is_whole_model(const RunConfig& run) {
  return std::any_of(run.trace.layers.begin(), run.trace.layers.end(),
                     [](const Layer& layer) { return layer.name == "embed"; });
}

/// The same run of its attention alone. Throws InputError for a trace folder, which has one scope.
RunConfig attention_of(const FormulaCommandLine& line) {
  std::vector<std::string> overrides = line.overrides;
  overrides.emplace_back("/workload/scope=attention");
  try {
    return load_run_with(line.config, parse_command_line_settings(overrides));
  } catch (const InputError&) {
    throw InputError(line.config +
                     ": formula: the workload is the trace of a whole model, whose attention "
                     "cannot be run alone; expected a specification, or a trace of attention");
  }
}

void print_formula(const FormulaCommandLine& line) {
  RunConfig run = load_run_with(line.config, parse_command_line_settings(line.overrides));
  ScriptComparison comparison;
  if (is_whole_model(run)) {
    RunConfig attention = attention_of(line);
    const Json whole = simulated(line.config, run);
    comparison.simulated_model = whole["cycles"]["total"].get<std::uint64_t>();
    run = std::move(attention);
  }
  comparison.layers = script_layers(run.trace);
  comparison.revision =
      line.revision == kOldRevision ? ScriptRevision::k0b4031a : ScriptRevision::kHead;
  comparison.machine = run.machine_name;
  const Json result = simulated(line.config, run);
  for (const Json& layer : result["layers"]) {
    comparison.simulated_cycles.push_back(layer["cycles"].get<std::uint64_t>());
  }
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
