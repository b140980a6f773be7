// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct RowWriterConfig {
  std::uint32_t latency_cycles = 1;
  Bandwidth write_bytes_per_cycle;
};

inline void read(ConfigReader& reader, RowWriterConfig& config) {
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from the last byte of a packet to its last row in the buffer",
                  Range{1U, 4096U});
  reader.required("write_bytes_per_cycle", config.write_bytes_per_cycle,
                  "Width of the write port of the engine's buffers", at_least(1U));
  reader.finish();
}

}  // namespace vitcod
