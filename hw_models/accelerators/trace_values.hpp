// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "hw_models/accelerators/operand_source.hpp"
#include "workloads/values.hpp"

namespace vitcod {

/// The values that a trace's seed gives its operands; none if none are to be computed. `trace` must
/// outlive what it returns.
inline std::optional<OperandSource> source_of(const Trace& trace, bool with_values) {
  if (!with_values) return std::nullopt;
  return OperandSource{[&trace](TensorId tensor) { return operand_values(trace, tensor); },
                       [&trace](TensorId tensor) { return bias_values(trace, tensor); },
                       [&trace](TensorId tensor) { return stream_values(trace, tensor); }};
}

}  // namespace vitcod
