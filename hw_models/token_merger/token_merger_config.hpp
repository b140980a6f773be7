// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct TokenMergerConfig {
  std::uint32_t lanes = 1;
  Bandwidth read_bytes_per_cycle;
  Bandwidth write_bytes_per_cycle;
  std::uint32_t max_tokens = 1;
  std::uint32_t max_features = 1;
  std::uint32_t divide_cycles = 1;
  std::uint32_t latency_cycles = 1;
};

inline void read(ConfigReader& reader, TokenMergerConfig& config) {
  reader.required("lanes", config.lanes, "Elements of a row that are weighed in a cycle",
                  Range{1U, 1U << 16U});
  reader.required("read_bytes_per_cycle", config.read_bytes_per_cycle,
                  "Width at which members and rows enter", at_least(1U));
  reader.required("write_bytes_per_cycle", config.write_bytes_per_cycle,
                  "Width at which rows leave", at_least(1U));
  reader.required("max_tokens", config.max_tokens, "Members that the unit holds",
                  Range{1U, 1U << 15U});
  reader.required("max_features", config.max_features, "Elements of the longest row",
                  Range{1U, 1U << 16U});
  reader.required("divide_cycles", config.divide_cycles,
                  "Cycles of the reciprocal of a group's weights", Range{1U, 4096U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from a packet's last cycle to its rows", Range{1U, 4096U});
  reader.finish();
}

}  // namespace vitcod
