// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct EncoderConfig {
  std::uint32_t lines = 1;
  std::uint32_t macs_per_line = 1;
  std::uint32_t latency_cycles = 1;
  Bandwidth read_bytes_per_cycle;
  std::uint32_t fraction_bits = 0;
};

inline void read(ConfigReader& reader, EncoderConfig& config) {
  reader.required("lines", config.lines, "Encoder MAC lines, besides the attention lines",
                  Range{1U, 1U << 16U});
  reader.required("macs_per_line", config.macs_per_line, "int8 multipliers of a line",
                  Range{1U, 1U << 16U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from the last input of a packet to its compressed packet",
                  Range{1U, 4096U});
  reader.required("read_bytes_per_cycle", config.read_bytes_per_cycle,
                  "Width at which tokens enter", at_least(1U));
  reader.required("fraction_bits", config.fraction_bits,
                  "Fraction bits of the auto-encoder's weights as fixed-point numbers",
                  Range{0U, 7U});
  reader.finish();
}

}  // namespace vitcod
