// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// Experts that a router chooses among, one for each token.
inline constexpr std::uint32_t kNumExperts = 2;

/// Where a RouterSplit (operation_params.hpp) sends tokens by these logits, (tokens, 2).
struct Routing {
  std::uint32_t tokens_first = 0;
  std::vector<std::uint32_t> order;
};
Routing routing_of(std::span<const std::int8_t> logits);

/// The logits of a split that nothing makes, from the trace's token seed: as operands, the two of a
/// token changed for each other, or apart by one, where that is needed for `tokens_first` tokens to
/// go to the first expert: those of the greatest distances.
std::vector<std::int8_t> router_logits(const Trace& trace, const Operation& split);

}  // namespace vitcod
