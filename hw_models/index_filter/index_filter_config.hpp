// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct IndexFilterConfig {
  std::uint32_t entries_per_cycle = 1;
  Bandwidth read_bytes_per_cycle;
  std::uint32_t max_tokens = 1;
  std::uint32_t latency_cycles = 1;
};

inline void read(ConfigReader& reader, IndexFilterConfig& config) {
  reader.required("entries_per_cycle", config.entries_per_cycle,
                  "Numbers, tokens, starts, row indices or bytes of mask bits that are taken in a "
                  "cycle",
                  Range{1U, 64U});
  reader.required("read_bytes_per_cycle", config.read_bytes_per_cycle,
                  "Width at which an index enters", at_least(1U));
  reader.required("max_tokens", config.max_tokens,
                  "Tokens of the map in DRAM that bitmap, column table and row counters hold",
                  Range{1U, 1U << 15U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from the last step of a packet to its last byte in the index buffer",
                  Range{1U, 4096U});
  reader.finish();
}

}  // namespace vitcod
