// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/make_machine.hpp"

#include "hw_models/accelerators/dense_trace.hpp"
#include "hw_models/accelerators/machine_frame.hpp"
#include "hw_models/accelerators/sanger_attention.hpp"
#include "hw_models/accelerators/spatten_attention.hpp"
#include "hw_models/accelerators/vitcod_attention.hpp"

namespace vitcod {
namespace {

std::unique_ptr<AttentionKind> make_kind(const MachineConfig& config, const Trace& trace) {
  switch (config.kind) {
    case MachineKind::kVitcod: {
      // The trace outlives the machine.
      const std::shared_ptr<const Trace> not_owned(std::shared_ptr<const Trace>(), &trace);
      return std::make_unique<VitcodAttention>(std::get<VitcodConfig>(config.parameters),
                                               not_owned);
    }
    case MachineKind::kDense:
      return std::make_unique<VitcodAttention>(
          std::get<DenseConfig>(config.parameters).blocks,
          std::make_shared<const Trace>(without_sparsity(trace)));
    case MachineKind::kSanger:
      return std::make_unique<SangerAttention>(std::get<SangerConfig>(config.parameters), trace);
    case MachineKind::kSpatten:
      return std::make_unique<SpattenAttention>(std::get<SpattenConfig>(config.parameters), trace);
  }
  throw ModelError("a machine of no kind");
}

}  // namespace

std::unique_ptr<Machine> make_machine(const MachineConfig& config, const Trace& trace,
                                      bool with_values, const RunMode& mode) {
  return std::make_unique<MachineFrame>(make_kind(config, trace), with_values, mode);
}

}  // namespace vitcod
