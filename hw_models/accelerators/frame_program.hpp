// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/attention_kind.hpp"
#include "hw_models/compiler/compiler.hpp"

namespace vitcod {

/// The first of a kind's further phases.
inline constexpr PhaseId kFirstFurtherPhase{14};

/// The program of a machine for its trace, whose tensors it lays out in `layout`; `kind` and
/// `layers`, the trace's operations, must outlive it. Throws InputError if a buffer is too small or
/// a unit absent.
Program make_program(const AttentionKind& kind, const LayerList& layers, const PlanLimits& limits,
                     DramLayout& layout);

}  // namespace vitcod
