// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct QueryKeyArrayConfig {
  std::uint32_t adder_tree_outputs = 1;
  std::uint32_t latency_cycles = 1;
  std::uint32_t row_queue_depth = 1;
};

inline void read(ConfigReader& reader, QueryKeyArrayConfig& config) {
  reader.required("adder_tree_outputs", config.adder_tree_outputs,
                  "Scores that leave the adder tree in a cycle at most", Range{1U, 1U << 16U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from a row's last product to its last score", Range{1U, 4096U});
  reader.required("row_queue_depth", config.row_queue_depth,
                  "Rows on their way to the softmax unit, those in the array's pipeline included",
                  Range{1U, 1U << 16U});
  reader.finish();
}

}  // namespace vitcod
