// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "hw_models/layer_norm/layer_norm_config.hpp"
#include "sim/base/int_math.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What an unloaded layer norm takes.
struct LayerNormCost {
  std::uint64_t lanes = 1;
  Bandwidth read_bandwidth;
  std::uint64_t max_features = 1;
  std::uint64_t root = 1;
  std::uint64_t latency = 1;  ///< from a packet's last cycle to its results, the root included

  /// Of one token: the deviations, then the results; and the root, beside both of other tokens.
  std::uint64_t token_cycles(std::uint64_t features) const {
    return std::max(2 * ceil_div(features, lanes), root);
  }
  /// Tokens of so many features, 16 bits each. Many packets: what each rounds up is left out.
  double cycles(double tokens, std::uint64_t features) const {
    return std::max(tokens * double(token_cycles(features)),
                    tokens * 2 * double(features) / double(read_bandwidth));
  }
};

inline LayerNormCost cost_of(const LayerNormConfig& config) {
  return LayerNormCost{config.lanes, config.read_bytes_per_cycle, config.max_features,
                       config.root_cycles,
                       std::uint64_t{config.root_cycles} + config.latency_cycles};
}

}  // namespace vitcod
