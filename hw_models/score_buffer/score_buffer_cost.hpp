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

  /// Reads of words that lie in `banks` banks.
  double read_cycles(double words, double banks_filled) const {
    return words / std::min(ways, busy_banks(std::min(banks, banks_filled)) * ports_per_bank);
  }
  /// Writes, of a whole word or of a single score; each updates the table too.
  double write_cycles(double words, double banks_filled) const {
    return std::max(read_cycles(words, banks_filled),
                    words / (busy_banks(table_banks) * updates_per_bank));
  }
};

inline ScoreBufferCost cost_of(const ScoreBufferConfig& config) {
  // A port reads, another one writes; one that does both takes two cycles.
  const std::uint32_t pairs = config.table_ports / 2;
  return ScoreBufferCost{double(config.ways), double(config.banks), double(config.ports_per_bank),
                         double(config.table_banks), pairs == 0 ? 0.5 : double(pairs)};
}

}  // namespace vitcod
