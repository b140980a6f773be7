// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "hw_models/accelerators/machine.hpp"
#include "hw_models/accelerators/machine_config.hpp"
#include "sim/kernel/scheduler.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Makes the machine of the config's kind with the trace on it, in the SimContext that stands.
/// `with_values`: it computes the outputs too. `trace` must outlive the machine. Throws InputError
/// if the trace or a buffer does not suit the machine.
std::unique_ptr<Machine> make_machine(const MachineConfig& config, const Trace& trace,
                                      bool with_values, const RunMode& mode);

}  // namespace vitcod
