// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/operation_index.hpp"

#include <fmt/format.h>

#include "sim/base/errors.hpp"

namespace vitcod {

OperationIndex::OperationIndex(const Trace& trace)
    : trace_(trace), taken_(trace.operations.size(), false) {
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    for (TensorId output : trace.operations[i].outputs) producer_[output] = i;
  }
}

void OperationIndex::require_in_dram(const Operation& reader, TensorId operand) const {
  const auto found = producer_.find(operand);
  if (found == producer_.end()) return;
  const Operation& maker = trace_.operations[found->second];
  const OperationParams& params = maker.params;
  if (std::holds_alternative<HeadMixEncode>(params) || std::holds_alternative<Spmm>(params) ||
      std::holds_alternative<DenseLinear>(params) || std::holds_alternative<LayerNorm>(params) ||
      std::holds_alternative<LinearAttention>(params) ||
      std::holds_alternative<ScoreSelect>(params) || std::holds_alternative<TokenGather>(params) ||
      std::holds_alternative<LiftingStep>(params) || std::holds_alternative<AveragePool>(params) ||
      std::holds_alternative<ExitTest>(params) || std::holds_alternative<RouterSplit>(params) ||
      std::holds_alternative<RoutedLinear>(params) ||
      std::holds_alternative<SimilarityMatch>(params) ||
      std::holds_alternative<TokenFuse>(params)) {
    return;
  }
  fail(reader, fmt::format("an operand comes from {} ({}), whose results no unit writes to DRAM",
                           maker.name, kind_name(params)));
}

void OperationIndex::require_all_taken(std::string_view known) const {
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    if (taken_[i]) continue;
    const Operation& operation = trace_.operations[i];
    throw InputError(fmt::format("operation {} ({}): this machine runs {} and has no unit for it",
                                 operation.name, kind_name(operation.params), known));
  }
}

void fail(const Operation& operation, const std::string& message) {
  throw InputError("operation " + operation.name + ": " + message);
}

}  // namespace vitcod
