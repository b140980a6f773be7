// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct TokenGatherConfig {
  Bandwidth read_bytes_per_cycle;
  Bandwidth write_bytes_per_cycle;
  std::uint32_t max_tokens = 1;
  std::uint32_t max_features = 1;
  std::uint32_t new_bytes = 1;
  std::uint32_t latency_cycles = 1;
};

inline void read(ConfigReader& reader, TokenGatherConfig& config) {
  reader.required("read_bytes_per_cycle", config.read_bytes_per_cycle,
                  "Width at which rows, new features and numbers enter", at_least(1U));
  reader.required("write_bytes_per_cycle", config.write_bytes_per_cycle,
                  "Width at which rows leave, with their new features", at_least(1U));
  reader.required("max_tokens", config.max_tokens, "Numbers of rows that the unit holds",
                  Range{1U, 1U << 15U});
  reader.required("max_features", config.max_features,
                  "Elements of the longest row that enters: one waits until it is whole",
                  Range{1U, 1U << 16U});
  reader.required("new_bytes", config.new_bytes, "New features of a tile's tokens, a byte each",
                  Range{1U, 1U << 24U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from a packet's last cycle to its rows", Range{1U, 4096U});
  reader.finish();
}

}  // namespace vitcod
