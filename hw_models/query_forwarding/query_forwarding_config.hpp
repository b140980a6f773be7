// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct QueryForwardingConfig {
  std::uint32_t requests_per_cycle = 1;
  std::uint32_t ports_per_bank = 1;
  std::uint32_t latency_cycles = 0;
};

inline void read(ConfigReader& reader, QueryForwardingConfig& config) {
  reader.required("requests_per_cycle", config.requests_per_cycle,
                  "Rows that can cross to the sparser engine in a cycle", at_least(1U));
  reader.required("ports_per_bank", config.ports_per_bank,
                  "Read ports for forwarding in each bank of the denser engine's Q/V buffer",
                  Range{1U, 8U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles of the crossing, on top of the buffer access", Range{0U, 1U << 20U});
  reader.finish();
}

}  // namespace vitcod
