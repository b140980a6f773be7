// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "hw_models/accelerators/operand_source.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Tensors as the reference sees them, row-major in their shape: the operands, made when first
/// read, and what the reference computed itself.
class OperandImage {
 public:
  explicit OperandImage(OperandSource source) : source_(std::move(source)) {}

  /// A tensor: given at the start, or computed.
  const std::vector<std::int8_t>& operand(TensorId tensor) {
    if (const auto produced = outputs_.find(tensor); produced != outputs_.end()) {
      return produced->second;
    }
    auto [entry, is_new] = operands_.try_emplace(tensor);
    if (is_new) entry->second = source_.operand(tensor);
    return entry->second;
  }
  const std::vector<std::int32_t>& bias(TensorId tensor) {
    auto [entry, is_new] = biases_.try_emplace(tensor);
    if (is_new) entry->second = source_.bias(tensor);
    return entry->second;
  }
  void set_output(TensorId tensor, std::vector<std::int8_t> values) {
    outputs_[tensor] = std::move(values);
  }

 private:
  const OperandSource source_;
  std::unordered_map<TensorId, std::vector<std::int8_t>> operands_;
  std::unordered_map<TensorId, std::vector<std::int32_t>> biases_;
  std::unordered_map<TensorId, std::vector<std::int8_t>> outputs_;
};

}  // namespace vitcod
