// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workloads/trace.hpp"

namespace vitcod {

/// Throws InputError for the first operation that cannot run: one that reads a tensor which a later
/// operation produces, or writes one that another produces too; and, for linear layers, head mixes
/// and the steps of attention, one whose tensors or map do not have the shapes that its kind asks
/// for. Kinds whose tensors the vocabulary leaves open are not checked any further.
void check_trace(const Trace& trace);

}  // namespace vitcod
