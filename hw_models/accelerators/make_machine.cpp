// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/make_machine.hpp"

#include "hw_models/accelerators/dense_machine.hpp"
#include "hw_models/accelerators/trace_values.hpp"
#include "hw_models/accelerators/vitcod_machine.hpp"

namespace vitcod {
std::unique_ptr<Machine> make_machine(const MachineConfig& config, const Trace& trace,
                                      bool with_values, const RunMode& mode) {
  switch (config.kind) {
    case MachineKind::kVitcod:
      return std::make_unique<VitcodMachine>(std::get<VitcodConfig>(config.parameters), trace,
                                             source_of(trace, with_values), mode);
    case MachineKind::kDense:
      return std::make_unique<DenseMachine>(std::get<DenseConfig>(config.parameters), trace,
                                            with_values, mode);
  }
  throw ModelError("a machine of no kind");
}

}  // namespace vitcod
