// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/local_buffer/line_groups.hpp"
#include "sim/base/config_reader.hpp"

namespace vitcod {

struct QueryForwardingConfig {
  std::uint32_t requests_per_cycle = 1;
  std::uint32_t latency_cycles = 0;
  std::uint32_t line_groups = 1;
};

inline void read(ConfigReader& reader, QueryForwardingConfig& config) {
  reader.required("requests_per_cycle", config.requests_per_cycle,
                  "Rows that can be on their way to the sparser engine at a time",
                  Range{1U, 4096U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles of the crossing, on top of the buffer access", Range{0U, 1U << 20U});
  reader.required("line_groups", config.line_groups,
                  "Groups of neighbouring lines, to which the rows of a cycle are dealt out: each "
                  "reaches one group alone; 1: any reaches every line",
                  Range{1U, kMostLineGroups});
  reader.finish();
}

}  // namespace vitcod
