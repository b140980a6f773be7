// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "test/hw_models/accelerators/float_layers.hpp"
#include "workloads/trace.hpp"

namespace vitcod::test {

/// What linear attention makes, O with its residual, in float: without rounding, saturation or
/// table. Of every `row_step`th query; the others are NaN.
std::vector<double> float_linear_attention(const Trace& trace, const Operation& operation,
                                           const FloatTensors& tensors, std::size_t row_step);

}  // namespace vitcod::test
