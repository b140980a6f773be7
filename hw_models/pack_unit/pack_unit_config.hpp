// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct PackUnitConfig {
  std::uint32_t segments_per_cycle = 1;
  std::uint32_t latency_cycles = 1;
  std::uint32_t pass_buffers = 1;
  std::uint64_t mask_bytes = 8;
};

inline void read(ConfigReader& reader, PackUnitConfig& config) {
  reader.required(
      "segments_per_cycle", config.segments_per_cycle,
      "Words of the mask that are looked at in a cycle, for the first that is not empty",
      Range{1U, 1U << 10U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from the last word of a pass to the pass", Range{1U, 4096U});
  reader.required("pass_buffers", config.pass_buffers,
                  "Passes that are packed and wait for the array", Range{1U, 64U});
  reader.required("mask_bytes", config.mask_bytes, "Memory for masks of tiles",
                  Range{std::uint64_t{8}, std::uint64_t{1} << 32U});
  reader.finish();
}

}  // namespace vitcod
