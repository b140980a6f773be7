// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// Where the values of operands come from, row-major: tensors of 8 bits, or of 1, each a number, of
/// 32 bits (biases, requantisation) and of 16 bits (residual stream).
struct OperandSource {
  std::function<std::vector<std::int8_t>(TensorId)> operand;
  std::function<std::vector<std::int32_t>(TensorId)> bias;
  std::function<std::vector<std::int16_t>(TensorId)> stream{};
};

}  // namespace vitcod
