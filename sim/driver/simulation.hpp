// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

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

/// Runs the machine on the workload in a SystemC context of its own and returns the result document
/// (schema: design of result.json, `vitcod-sim schema result`). Nothing in it depends on the host,
/// on `mode` or, outside `/values`, on `with_values`. Throws InputError, ModelError, DeadlockError.
/// `cost`: filled in if not null.
Json simulate(const RunConfig& run, const SimulationOptions& options, HostCost* cost = nullptr);

/// Makes a machine in the SimContext that stands.
using MachineMaker = std::function<std::unique_ptr<Machine>()>;

/// As `simulate`, on the machine that `make` makes for `trace`; `document` is its config.
Json simulate_on(const MachineMaker& make, const Json& document, const Trace& trace,
                 HostCost* cost = nullptr);

/// As `simulate`; wrong input that only the machine finds has `name` of the run config in front.
Json simulate_named(const std::string& name, const RunConfig& run, const SimulationOptions& options,
                    HostCost* cost = nullptr);

/// Throws ModelError if output values of the result differ from the reference.
void require_matching_values(const Json& result);

}  // namespace vitcod
