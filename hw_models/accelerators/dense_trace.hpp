// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workloads/trace.hpp"

namespace vitcod {

/// The trace as a machine without sparsity takes it: each attention operation over all of its
/// entries, whatever its map keeps, with the keys in the order of the tokens; and Q and K as they
/// are without an auto-encoder, which such a machine does not have. Everything else stays as it is,
/// so that a workload with an auto-encoder becomes what it is with `auto_encoder` off. Throws
/// InputError if an encoding's results are not decoded again.
Trace without_sparsity(const Trace& trace);

}  // namespace vitcod
