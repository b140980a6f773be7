// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct AveragePoolConfig {
  std::uint32_t lanes = 1;
  Bandwidth read_bytes_per_cycle;
  std::uint32_t max_features = 1;
  std::uint32_t max_tokens = 1;
  std::uint32_t latency_cycles = 1;
};

inline void read(ConfigReader& reader, AveragePoolConfig& config) {
  reader.required("lanes", config.lanes, "Features of a token that are added in a cycle",
                  Range{1U, 1U << 16U});
  reader.required("read_bytes_per_cycle", config.read_bytes_per_cycle,
                  "Width at which tokens enter", at_least(1U));
  reader.required("max_features", config.max_features, "Sums that the memory holds",
                  Range{1U, 1U << 16U});
  reader.required("max_tokens", config.max_tokens,
                  "Tokens whose sum fits the width of the memory and the reciprocal",
                  Range{1U, 1U << 16U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from the last word of the pass to the packet of means", Range{1U, 4096U});
  reader.finish();
}

}  // namespace vitcod
