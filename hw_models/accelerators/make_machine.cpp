// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/make_machine.hpp"

#include <optional>

#include "hw_models/accelerators/vitcod_machine.hpp"
#include "workloads/values.hpp"

namespace vitcod {
namespace {

std::optional<OperandSource> source_of(const Trace& trace, bool with_values) {
  if (!with_values) return std::nullopt;
  return OperandSource{[&trace](TensorId tensor) { return operand_values(trace, tensor); },
                       [&trace](TensorId tensor) { return bias_values(trace, tensor); },
                       [&trace](TensorId tensor) { return stream_values(trace, tensor); }};
}

}  // namespace

std::unique_ptr<Machine> make_machine(const MachineConfig& config, const Trace& trace,
                                      bool with_values, const RunMode& mode) {
  switch (config.kind) {
    case MachineKind::kVitcod:
      return std::make_unique<VitcodMachine>(std::get<VitcodConfig>(config.parameters), trace,
                                             source_of(trace, with_values), mode);
  }
  throw ModelError("a machine of no kind");
}

}  // namespace vitcod
