// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// Where the values of operands come from: int8 tensors and int32 biases.
struct OperandSource {
  std::function<std::vector<std::int8_t>(TensorId)> operand;
  std::function<std::vector<std::int32_t>(TensorId)> bias;
};

/// What DRAM holds when values are computed: the operands, made when first read, and the outputs,
/// filled in by the machine. Compressed Q and K keep the row-major order of their shape here; their
/// order in DRAM matters for addresses only.
class OperandImage {
 public:
  OperandImage(const Trace& trace, OperandSource source)
      : trace_(trace), source_(std::move(source)) {}

  /// A tensor in DRAM: given at the start, or produced by the machine.
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
  /// An output tensor; all zero at first.
  std::vector<std::int8_t>& output(TensorId tensor) {
    auto [entry, is_new] = outputs_.try_emplace(tensor);
    if (is_new) entry->second.assign(trace_.tensor(tensor).num_elements(), 0);
    return entry->second;
  }

 private:
  const Trace& trace_;
  const OperandSource source_;
  std::unordered_map<TensorId, std::vector<std::int8_t>> operands_;
  std::unordered_map<TensorId, std::vector<std::int32_t>> biases_;
  std::unordered_map<TensorId, std::vector<std::int8_t>> outputs_;
};

}  // namespace vitcod
