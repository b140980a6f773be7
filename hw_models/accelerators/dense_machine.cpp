// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/dense_machine.hpp"

#include "hw_models/accelerators/dense_trace.hpp"
#include "hw_models/accelerators/trace_values.hpp"

namespace vitcod {

DenseMachine::DenseMachine(const DenseConfig& config, const Trace& trace, bool with_values,
                           const RunMode& mode)
    : trace_(without_sparsity(trace)),
      blocks_(config.blocks, trace_, source_of(trace_, with_values), mode) {}

}  // namespace vitcod
