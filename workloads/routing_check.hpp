// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workloads/trace.hpp"

namespace vitcod {

/// Throws InputError for a router_split or routed_linear that does not fit its tensors, a split
/// whose order is not what its logits give, or a layer whose tokens are not those of its split.
void check_routing(const Trace& trace);

}  // namespace vitcod
