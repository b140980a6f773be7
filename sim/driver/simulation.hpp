// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/base/json.hpp"
#include "sim/driver/run_config.hpp"
#include "sim/kernel/scheduler.hpp"

namespace vitcod {

struct SimulationOptions {
  bool with_values = true;
  RunMode mode;
};

/// Runs the machine on the workload in a SystemC context of its own and returns the result document
/// (schema: design of result.json, `vitcod-sim schema result`). Nothing in it depends on the host,
/// on `mode` or, outside `/values`, on `with_values`. Throws InputError, ModelError, DeadlockError.
Json simulate(const RunConfig& run, const SimulationOptions& options);

}  // namespace vitcod
