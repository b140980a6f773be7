// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/operand_image.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Linear attention, computed plainly from its description in workloads/operation_params.hpp,
/// element by element in wide integers: reads its inputs from `image`, which then holds its
/// outputs. Bits of codes are the numbers 0 and 1. Throws InputError for shifts.
void reference_linear_attention(const Trace& trace, const Operation& operation,
                                OperandImage& image);

}  // namespace vitcod
