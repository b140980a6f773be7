// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

/// The array of MAC lines that both engines share.
struct MacLinesConfig {
  std::uint32_t lines = 1;
  std::uint32_t macs_per_line = 1;
  std::uint32_t pipeline_cycles = 0;
  std::uint32_t reconfigure_cycles = 0;
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
  reader.finish();
}

/// Cycles that a line needs for a dot product of `features` elements (inter-PE accumulation), or
/// lines that an output row of `features` elements takes (intra-PE accumulation).
inline std::uint32_t line_passes(std::uint32_t features, const MacLinesConfig& lines) {
  return (features + lines.macs_per_line - 1) / lines.macs_per_line;
}

/// Why the lines of one engine did not multiply, in line-cycles: the sum over all counters is lines
/// x cycles of the phases that the engine took part in.
struct LineStatistics {
  LineStatistics(StatGroup& parent, const char* name) : group(parent, name) {}

  StatGroup group;
  Counter macs{group, "macs", "multiply-accumulates"};
  Counter busy{group, "busy_line_cycles", "multiplying"};
  Counter wait_query{group, "wait_query_line_cycles", "waiting for a Q row"};
  Counter wait_key{group, "wait_key_line_cycles", "waiting for a K row"};
  Counter wait_value{group, "wait_value_line_cycles", "waiting for a V row"};
  Counter wait_index{group, "wait_index_line_cycles", "waiting for the next column or row"};
  Counter wait_scores{group, "wait_scores_line_cycles", "waiting for the score unit"};
  Counter wait_output{group, "wait_output_line_cycles", "waiting for the output buffer"};
  Counter no_work{group, "no_work_line_cycles", "nothing left in the phase, or a surplus line"};
};

}  // namespace vitcod
