// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/mac_lines/mac_lines_config.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

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
  Counter wait_scores{group, "wait_scores_line_cycles", "waiting for the score unit or S"};
  Counter wait_output{group, "wait_output_line_cycles", "waiting for the output buffer"};
  Counter no_work{group, "no_work_line_cycles", "nothing left in the phase, or a surplus line"};
};

}  // namespace vitcod
