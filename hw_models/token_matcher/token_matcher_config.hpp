// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct TokenMatcherConfig {
  std::uint32_t macs = 1;
  Bandwidth read_bytes_per_cycle;
  std::uint32_t entries_per_cycle = 1;
  std::uint32_t max_tokens = 1;
  std::uint32_t max_features = 1;
  std::uint32_t root_cycles = 1;
  std::uint32_t pass_latency_cycles = 1;
  std::uint32_t latency_cycles = 1;
};

inline void read(ConfigReader& reader, TokenMatcherConfig& config) {
  reader.required("macs", config.macs,
                  "int8 multipliers that two tokens meet in; also adders of the sums over heads",
                  Range{1U, 1U << 16U});
  reader.required("read_bytes_per_cycle", config.read_bytes_per_cycle,
                  "Width at which keys and sizes enter", at_least(1U));
  reader.required("entries_per_cycle", config.entries_per_cycle,
                  "Sources that a pass of the search takes in a cycle", Range{1U, 4096U});
  reader.required("max_tokens", config.max_tokens, "Tokens that the memories have entries for",
                  Range{3U, 1U << 15U});
  reader.required("max_features", config.max_features, "Features of a head's key",
                  Range{1U, 1U << 16U});
  reader.required("root_cycles", config.root_cycles, "Cycles of the reciprocal of a token's length",
                  Range{1U, 4096U});
  reader.required("pass_latency_cycles", config.pass_latency_cycles,
                  "Cycles from the last word of a pass to what follows from it", Range{1U, 4096U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from the last bytes of a key to its sums, and from the last pass to the "
                  "packets of results",
                  Range{1U, 4096U});
  reader.finish();
}

}  // namespace vitcod
