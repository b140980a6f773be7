// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "hw_models/accelerators/operand_image.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

// The operations around attention, computed plainly from their descriptions in
// workloads/operation_params.hpp, element by element in wide integers. Each reads its inputs from
// `image`, which then holds its output.

void reference_linear(const Trace& trace, const Operation& linear, OperandImage& image);
void reference_routed_linear(const Trace& trace, const Operation& routed, OperandImage& image);
void reference_layer_norm(const Trace& trace, const Operation& norm, OperandImage& image);
void reference_average_pool(const Operation& pool, OperandImage& image);

/// What an activation makes of each value, from -128 up.
std::array<std::int8_t, 256> reference_activation(Activation activation);

}  // namespace vitcod
