// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "hw_models/local_buffer/local_buffer_cost.hpp"
#include "hw_models/score_buffer/score_buffer_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What S takes and gives at most.
struct ScoreBufferCost {
  double ways = kUnbounded;
  double banks = kUnbounded;
  double ports_per_bank = kUnbounded;
  double table_banks = kUnbounded;
  double updates_per_bank = kUnbounded;  ///< of the row table, in a cycle
  LineGroupsCost line_groups;

  /// Words that lie in so many banks, by any way.
  double pass_cycles(double words, double banks_filled) const {
    return words / std::min(ways, busy_banks(std::min(banks, banks_filled)) * ports_per_bank);
  }
  /// Reads, each by the ways of those who read.
  double read_cycles(double words, double banks_filled, const RowReaders& readers) const {
    return std::max(pass_cycles(words, banks_filled), line_groups.cycles(words, ways, readers));
  }
  /// Writes, of a whole word or of a single score; each updates the table too.
  double write_cycles(double words, double banks_filled) const {
    return std::max(pass_cycles(words, banks_filled),
                    words / (busy_banks(table_banks) * updates_per_bank));
  }
};

inline ScoreBufferCost cost_of(const ScoreBufferConfig& config, std::uint32_t num_lines = 1) {
  // A port reads, another one writes; one that does both takes two cycles.
  const std::uint32_t pairs = config.table_ports / 2;
  return ScoreBufferCost{double(config.ways),
                         double(config.banks),
                         double(config.ports_per_bank),
                         double(config.table_banks),
                         pairs == 0 ? 0.5 : double(pairs),
                         cost_of(LineGroups(config.line_groups, config.ways, num_lines))};
}

}  // namespace vitcod
