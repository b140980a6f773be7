// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "sim/driver/simulation.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test {

/// The machine of a run as a document.
inline Json machine_of(const RunConfig& run) { return Json::parse(run.machine_text); }

/// Gives a run another machine. Throws ConfigError.
inline void set_machine(RunConfig& run, const Json& machine) {
  run.machine_text = machine.dump();
  run.settings = read_config<MachineConfig>(machine);
}

/// The default run (configs/vitcod.json) with `--set` overrides.
inline RunConfig default_run(const std::vector<std::string>& overrides) {
  return load_run_config(source_dir() + "/configs/vitcod.json", overrides);
}

/// Its result, with values.
inline Json default_result(const std::vector<std::string>& overrides) {
  return simulate(default_run(overrides), {});
}

/// Its result with every block ticked in every cycle.
inline Json stepped_result(const RunConfig& run) {
  SimulationOptions options;
  options.mode.stepped = true;
  return simulate(run, options);
}

}  // namespace vitcod::test
