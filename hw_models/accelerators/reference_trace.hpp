// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/operand_image.hpp"
#include "hw_models/accelerators/reference_model.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Computes the operations of a trace in program order, each from what the ones before it left in
/// `image`: afterwards it holds every tensor but scores and probabilities. Throws InputError for an
/// operation of a kind that has no reference.
void reference_trace(const Trace& trace, const ValueFormats& formats, OperandImage& image);

}  // namespace vitcod
