// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "hw_models/accelerators/machine.hpp"
#include "sim/base/json.hpp"
#include "sim/driver/run_config.hpp"
#include "sim/kernel/scheduler.hpp"

namespace vitcod {

/// `/schema` of the results of this version.
inline constexpr const char* kResultSchema = "vitcod-result/1";

struct SimulationOptions {
  bool with_values = true;
  RunMode mode;
  /// Called with the machine before it runs, for those who listen to it; may be empty.
  std::function<void(Machine&)> before_run;
};

/// What a run cost the host: never part of a result.
struct HostCost {
  double cpu_seconds = 0;         ///< of elaboration and simulation
  std::uint64_t cycles = 0;       ///< accelerator cycles simulated
  std::uint64_t num_wakeups = 0;  ///< block ticks executed
};

/// What came of a run. The config is half of a result's text, and stays text where nobody reads it.
struct SimulatedRun {
  Json result;         ///< the result document; its `/config` is null
  std::string config;  ///< `/config` as one line of JSON
  HostCost cost;
};

/// The result document with its config in it.
Json whole_result(SimulatedRun run);

/// Makes a machine in the SimContext that stands.
using MachineMaker = std::function<std::unique_ptr<Machine>()>;

/// Runs the machine that `make` makes in a SystemC context of its own. `machine_text`: its document
/// as one line. (Schema: design of result.json, `vitcod-sim schema result`.) Nothing in the result
/// depends on the host, on the mode or, outside `/values`, on whether there are values. Throws
/// InputError, ModelError, DeadlockError.
SimulatedRun simulate_on(const MachineMaker& make, const std::string& machine_text,
                         const Trace& trace);

/// The whole result of a run config; as `simulate_on`.
Json simulate(const RunConfig& run, const SimulationOptions& options);

/// As `simulate_on`; wrong input that only the machine finds has `name` of the run config in front.
SimulatedRun simulate_named(const std::string& name, const RunConfig& run,
                            const SimulationOptions& options);

/// Throws ModelError if output values of the result differ from the reference.
void require_matching_values(const Json& result);

}  // namespace vitcod
