// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/operand_image.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

// The operations of token selection, computed plainly from their descriptions in
// workloads/operation_params.hpp, element by element in wide integers. Each reads its inputs from
// `image`, which then holds its outputs.

/// Kept tokens and their origins: the trace's, which follow from its own scores.
void reference_score_select(const Operation& select, OperandImage& image);
/// A table of members, of a selection with a fused token or a match: the trace's likewise.
void reference_members(const Trace& trace, const Operation& maker, OperandImage& image);
void reference_token_fuse(const Trace& trace, const Operation& fuse, OperandImage& image);
void reference_token_gather(const Operation& gather, OperandImage& image);
void reference_lifting(const Operation& lift, OperandImage& image);
/// The order: the trace's, which follows from its own logits.
void reference_router_split(const Operation& split, OperandImage& image);
/// Whether the exit is taken: what the trace says.
void reference_exit_test(const Operation& exit, OperandImage& image);

}  // namespace vitcod
