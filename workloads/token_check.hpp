// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workloads/trace.hpp"

namespace vitcod {

/// Throws InputError for the first operation of token selection (score_select, token_gather,
/// lifting_step, exit_test) that does not fit its tensors or the selections before it, whose kept
/// tokens or exit are not those of its values and its rule, or that comes behind an exit that is
/// taken; and for the first restricted map that is not what its source leaves. Part of check_trace.
void check_token_operations(const Trace& trace);

}  // namespace vitcod
