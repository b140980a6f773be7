// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/query_key_array/query_key_array_config.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// What an unloaded array takes.
struct QueryKeyArrayCost {
  std::uint64_t multipliers = 1;
  std::uint64_t outputs = 1;  ///< scores a cycle at most: the adder tree's, or what is taken
  std::uint64_t latency = 1;

  /// Scores a cycle with so many features, at most one if a product takes several cycles.
  std::uint64_t scores_per_cycle(std::uint64_t features) const {
    return std::clamp<std::uint64_t>(multipliers / features, 1, outputs);
  }
  /// Of one query with all keys.
  std::uint64_t row_cycles(std::uint64_t keys, std::uint64_t features) const {
    return ceil_div(keys, scores_per_cycle(features)) * ceil_div(features, multipliers);
  }
};

/// `taken`: scores that the softmax unit takes in a cycle.
inline QueryKeyArrayCost cost_of(const QueryKeyArrayConfig& config, std::uint64_t multipliers,
                                 std::uint64_t taken) {
  return {multipliers, std::min<std::uint64_t>(config.adder_tree_outputs, taken),
          config.latency_cycles};
}

}  // namespace vitcod
