// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct TopKConfig {
  std::uint32_t comparators = 1;
  std::uint32_t fifo_depth = 1;
  std::uint32_t pass_latency_cycles = 1;
  std::uint32_t row_queue_depth = 1;
};

inline void read(ConfigReader& reader, TopKConfig& config) {
  reader.required("comparators", config.comparators, "Entries that a pass takes in a cycle",
                  Range{1U, 1U << 16U});
  reader.required("fifo_depth", config.fifo_depth, "Words of so many entries in each of two FIFOs",
                  Range{1U, 1U << 16U});
  reader.required("pass_latency_cycles", config.pass_latency_cycles,
                  "Cycles from the last entries of a pass to the next pass", Range{0U, 4096U});
  reader.required("row_queue_depth", config.row_queue_depth,
                  "Rows on their way behind the engine that chooses values", Range{1U, 1U << 16U});
  reader.finish();
}

}  // namespace vitcod
