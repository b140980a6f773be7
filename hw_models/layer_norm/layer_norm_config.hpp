// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct LayerNormConfig {
  std::uint32_t lanes = 1;
  Bandwidth read_bytes_per_cycle;
  std::uint32_t max_features = 1;
  std::uint32_t root_cycles = 1;
  std::uint32_t latency_cycles = 1;
};

inline void read(ConfigReader& reader, LayerNormConfig& config) {
  reader.required("lanes", config.lanes, "Elements of a token that a pass takes in a cycle",
                  Range{1U, 1U << 16U});
  reader.required("read_bytes_per_cycle", config.read_bytes_per_cycle,
                  "Width at which tokens enter", at_least(1U));
  reader.required("max_features", config.max_features, "Elements that a token's register holds",
                  Range{1U, 1U << 16U});
  reader.required("root_cycles", config.root_cycles,
                  "Cycles of the reciprocal root, which takes one token at a time",
                  Range{1U, 4096U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from the last pass over a packet's tokens to the packet of results, "
                  "besides the reciprocal root",
                  Range{1U, 4096U});
  reader.finish();
}

}  // namespace vitcod
