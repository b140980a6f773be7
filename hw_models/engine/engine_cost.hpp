// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/mac_lines/mac_lines_config.hpp"
#include "hw_models/score_unit/score_unit_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What an engine takes in a phase besides the passes of its lines.
struct EngineCost {
  double scores_per_cycle = kUnbounded;  ///< of the score unit
  double score_latency = 0;              ///< from the last raw score to its entry in S
  double phase_cycles = 0;               ///< of every phase, at its start and its end

  double score_cycles(double scores) const { return scores / scores_per_cycle; }
};

inline EngineCost cost_of(const MacLinesConfig& lines, const ScoreUnitConfig& score_unit) {
  // The first operands are fetched, and the last result goes through a register and is taken.
  constexpr double kHandOver = 3;
  return EngineCost{double(score_unit.scores_per_cycle), double(score_unit.latency_cycles),
                    double(lines.reconfigure_cycles) + lines.pipeline_cycles + kHandOver};
}

}  // namespace vitcod
