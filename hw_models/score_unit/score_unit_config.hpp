// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct ScoreUnitConfig {
  std::uint32_t scores_per_cycle = 1;
  std::uint32_t latency_cycles = 1;
  std::uint32_t operand_fraction_bits = 0;
};

inline void read(ConfigReader& reader, ScoreUnitConfig& config) {
  reader.required("scores_per_cycle", config.scores_per_cycle,
                  "Scores that the unit takes in a cycle and writes to the S buffer", at_least(1U));
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from a raw score to its entry in the S buffer", Range{1U, 1U << 20U});
  reader.required("operand_fraction_bits", config.operand_fraction_bits,
                  "Fraction bits of Q and K as fixed-point numbers", Range{0U, 7U});
  reader.finish();
}

}  // namespace vitcod
