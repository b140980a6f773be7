// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/softmax_unit/softmax_unit_config.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// What an unloaded softmax unit takes.
struct SoftmaxUnitCost {
  std::uint64_t parallelism = 1;
  std::uint64_t max_keys = 1;  ///< of a row
  std::uint64_t latency = 1;

  std::uint64_t row_cycles(std::uint64_t keys) const { return ceil_div(keys, parallelism); }
};

inline SoftmaxUnitCost cost_of(const SoftmaxUnitConfig& config) {
  return {config.parallelism, std::uint64_t{config.parallelism} * config.fifo_depth,
          config.latency_cycles};
}

}  // namespace vitcod
