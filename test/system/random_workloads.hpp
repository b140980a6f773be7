// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/random.hpp"
#include "workloads/trace.hpp"

namespace vitcod::test {

/// Largest head dimension that is drawn.
inline constexpr std::uint32_t kMostFeatures = 40;

/// A model of 1 to 3 groups of attention blocks, small and odd: 1 to 5 heads, 1 to 40 queries and
/// keys (not always the same number), with and without auto-encoder and class token. Maps of any
/// density, with empty and full rows and columns; denser columns by a threshold, none, all, or any
/// number of any columns. Some go through mask files and make_trace, as a user's would; some have
/// compressed operands that the machine encodes itself; half have linear layers and layer norms
/// around their attention.
Trace random_workload(Random& random);

/// MACs of the trace's attention with every entry kept, and of its linear layers.
std::uint64_t dense_macs(const Trace& trace);

}  // namespace vitcod::test
