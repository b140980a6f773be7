// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/config_reader.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// The array of MAC lines that both engines share.
struct MacLinesConfig {
  std::uint32_t lines = 1;
  std::uint32_t macs_per_line = 1;
  std::uint32_t pipeline_cycles = 0;
  std::uint32_t reconfigure_cycles = 0;
  std::uint32_t key_registers = 2;
  std::optional<std::uint32_t> shift_lanes_per_line = {};  ///< none: lines do not shift
  std::optional<std::uint32_t> add_lanes_per_line = {};    ///< none: they do not add by codes
};

inline void read(ConfigReader& reader, MacLinesConfig& config) {
  reader.required("lines", config.lines, "MAC lines of both engines together",
                  Range{1U, 1U << 16U});
  reader.required("macs_per_line", config.macs_per_line, "int8 multipliers of a line",
                  Range{1U, 1U << 16U});
  reader.required("pipeline_cycles", config.pipeline_cycles,
                  "Cycles from the last product to the accumulated result", Range{0U, 1U << 16U});
  reader.required("reconfigure_cycles", config.reconfigure_cycles,
                  "Cycles to switch the lines between phases and engines", Range{0U, 1U << 20U});
  reader.required("key_registers", config.key_registers,
                  "K rows that a line holds: with two, the next one comes while it multiplies",
                  Range{1U, 2U});
  reader.optional("shift_lanes_per_line", config.shift_lanes_per_line,
                  "Shifters of a line, for weights that are powers of two in linear layers; "
                  "absent: none",
                  Range{1U, 1U << 16U});
  reader.optional(
      "add_lanes_per_line", config.add_lanes_per_line,
      "Values of V or A that a line adds in a cycle, each if its bit of a code is 1, in "
      "linear attention; absent: none",
      Range{1U, 1U << 16U});
  reader.finish();
  constexpr std::uint32_t kByte = 8;
  reader.require(config.add_lanes_per_line.value_or(kByte) % kByte == 0, "add_lanes_per_line",
                 "expected a multiple of 8: codes come in bytes");
}

/// Cycles that a line needs for a dot product of `features` elements (inter-PE accumulation), or
/// lines that an output row of `features` elements takes (intra-PE accumulation).
inline std::uint32_t line_passes(std::uint32_t features, const MacLinesConfig& lines) {
  return ceil_div(features, lines.macs_per_line);
}

}  // namespace vitcod
