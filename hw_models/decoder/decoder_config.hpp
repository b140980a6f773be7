// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct DecoderConfig {
  std::uint32_t lines = 1;
  std::uint32_t macs_per_line = 1;
  std::uint32_t latency_cycles = 1;
  Bandwidth write_bytes_per_cycle;
  std::uint32_t fraction_bits = 0;
};

inline void read(ConfigReader& reader, DecoderConfig& config) {
  reader.required("lines", config.lines,
                  "Decoder MAC lines of each engine, besides the attention lines",
                  Range{1U, 1U << 16U});
  reader.required("macs_per_line", config.macs_per_line, "int8 multipliers of a line",
                  Range{1U, 1U << 16U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from the last input of a packet to its last row in the buffer",
                  Range{1U, 4096U});
  reader.required("write_bytes_per_cycle", config.write_bytes_per_cycle,
                  "Width of the write port of the engine's buffers", at_least(1U));
  reader.required("fraction_bits", config.fraction_bits,
                  "Fraction bits of the auto-encoder's weights as fixed-point numbers",
                  Range{0U, 7U});
  reader.finish();
}

}  // namespace vitcod
