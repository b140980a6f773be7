// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/base/random.hpp"
#include "workloads/trace.hpp"

namespace vitcod::test {

/// Puts linear layers and layer norms around the attention of a trace: some operands that nothing
/// makes become results of a projection, whose rows lie as they are, in heads, behind others, or
/// are gathered from a grid, and which may come from a layer norm; some heads' outputs go on
/// through a projection with a residual, of 8 or 16 bits, and a layer norm.
void add_linear_layers(Random& random, Trace& trace);

/// One linear layer alone, of up to 300 rows, features and columns: rows as they lie or gathered
/// from a grid, in heads or not, with and without a residual.
Trace random_linear_layer(Random& random);

}  // namespace vitcod::test
