// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

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

/// The same values. What was asked for once is kept until it is asked for again: a machine writes
/// an operand to its memory, and its reference reads it.
inline std::optional<OperandSource> source_for_two(const Trace& trace, bool with_values) {
  std::optional<OperandSource> source = source_of(trace, with_values);
  if (!source) return source;
  using Kept = std::unordered_map<TensorId, std::vector<std::int8_t>>;
  source->operand = [draw = source->operand, kept = std::make_shared<Kept>()](TensorId tensor) {
    if (auto again = kept->extract(tensor)) return std::move(again.mapped());
    return kept->emplace(tensor, draw(tensor)).first->second;
  };
  return source;
}

}  // namespace vitcod
