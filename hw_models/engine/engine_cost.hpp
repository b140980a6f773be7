// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/local_buffer/local_buffer_cost.hpp"
#include "hw_models/mac_lines/mac_lines_config.hpp"
#include "hw_models/score_buffer/score_buffer_cost.hpp"
#include "hw_models/score_unit/score_unit_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What an engine takes in a phase besides the passes of its lines.
struct EngineCost {
  double scores_per_cycle = kUnbounded;  ///< of the score unit
  LocalBufferCost queries_values;        ///< the Q/V buffer
  LocalBufferCost keys;                  ///< the K/S buffer
  ScoreBufferCost scores;                ///< S
  double score_latency = 0;              ///< from the last raw score to its entry in S
  double phase_cycles = 0;               ///< of every phase, at its start and its end

  double score_cycles(double num_scores) const { return num_scores / scores_per_cycle; }
};

inline EngineCost cost_of(const MacLinesConfig& lines, const ScoreUnitConfig& score_unit) {
  // The first operands are fetched, and the last result goes through a register and is taken.
  constexpr double kHandOver = 3;
  EngineCost cost;
  cost.scores_per_cycle = double(score_unit.scores_per_cycle);
  cost.score_latency = double(score_unit.latency_cycles);
  cost.phase_cycles = double(lines.reconfigure_cycles) + lines.pipeline_cycles + kHandOver;
  return cost;
}

}  // namespace vitcod
