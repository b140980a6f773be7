// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// Where the values of operands come from, row-major: int8 tensors and int32 biases.
struct OperandSource {
  std::function<std::vector<std::int8_t>(TensorId)> operand;
  std::function<std::vector<std::int32_t>(TensorId)> bias;
};

}  // namespace vitcod
