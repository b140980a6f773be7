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

  /// A tensor of 8 bits, or of 1, whose elements are 0 and 1: given at the start, or computed.
  const std::vector<std::int8_t>& operand(TensorId tensor) {
    return find(operands_, tensor, source_.operand);
  }
  /// A tensor of 32 bits.
  const std::vector<std::int32_t>& bias(TensorId tensor) {
    return find(biases_, tensor, source_.bias);
  }
  /// A tensor of 16 bits: given at the start, or computed.
  const std::vector<std::int16_t>& stream(TensorId tensor) {
    return find(streams_, tensor, source_.stream);
  }
  void set_output(TensorId tensor, std::vector<std::int8_t> values) {
    operands_[tensor] = std::move(values);
  }
  void set_output(TensorId tensor, std::vector<std::int16_t> values) {
    streams_[tensor] = std::move(values);
  }

 private:
  template <typename T>
  using Tensors = std::unordered_map<TensorId, std::vector<T>>;

  template <typename T, typename Source>
  static const std::vector<T>& find(Tensors<T>& tensors, TensorId tensor, const Source& source) {
    auto [entry, is_new] = tensors.try_emplace(tensor);
    if (is_new) entry->second = source(tensor);
    return entry->second;
  }

  const OperandSource source_;
  Tensors<std::int8_t> operands_;
  Tensors<std::int32_t> biases_;
  Tensors<std::int16_t> streams_;
};

}  // namespace vitcod
