// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// The int8 values of an operand tensor that is in DRAM at the start of the run, row-major. They
/// depend on the trace's value seed and the tensor's name alone: the same on every host, and
/// independent of which other tensors were asked for. Roughly normal, mean 0, standard deviation
/// 32, symmetric, within [-118, 118]; about 1.5 ns a value.
std::vector<std::int8_t> operand_values(const Trace& trace, TensorId tensor);

/// The int32 values of a bias tensor, likewise: roughly normal, mean 0, standard deviation 1024, so
/// that a bias weighs as much as one product of two operands.
std::vector<std::int32_t> bias_values(const Trace& trace, TensorId tensor);

}  // namespace vitcod
