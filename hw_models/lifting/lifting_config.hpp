// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct LiftingConfig {
  std::uint32_t lanes = 1;
  Bandwidth read_bytes_per_cycle;
  Bandwidth write_bytes_per_cycle;
  std::uint32_t max_patch_bytes = 4;
  std::uint32_t latency_cycles = 1;
};

inline void read(ConfigReader& reader, LiftingConfig& config) {
  reader.required("lanes", config.lanes,
                  "Pairs of an even and an odd sample that are lifted in a cycle",
                  Range{1U, 1U << 14U});
  reader.required("read_bytes_per_cycle", config.read_bytes_per_cycle,
                  "Width at which patches and taps enter", at_least(1U));
  reader.required("write_bytes_per_cycle", config.write_bytes_per_cycle,
                  "Width at which lines of detail bands leave", at_least(1U));
  reader.required("max_patch_bytes", config.max_patch_bytes,
                  "Samples of the largest patch; two are held", Range{4U, 1U << 16U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from the last pairs that a pass reads to the first of the next pass, "
                  "which may need what becomes of them",
                  Range{1U, 4096U});
  reader.finish();
}

}  // namespace vitcod
