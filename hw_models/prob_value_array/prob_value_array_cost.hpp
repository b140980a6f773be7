// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/prob_value_array/prob_value_array_config.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// What an unloaded array takes.
struct ProbValueArrayCost {
  std::uint64_t multipliers = 1;
  std::uint64_t value_banks = 1;
  std::uint64_t dividers = 1;
  std::uint64_t latency = 1;

  /// Rows of V in a cycle: V of a head lies in as many banks, row k in bank k mod so many.
  std::uint64_t rows_per_cycle(std::uint64_t features) const {
    return std::clamp<std::uint64_t>(multipliers / features, 1, value_banks);
  }
  /// Of a row of P of which the fullest bank has `most_of_bank` rows of V.
  std::uint64_t row_cycles(std::uint64_t most_of_bank, std::uint64_t features) const {
    return std::max(most_of_bank * ceil_div(features, multipliers), ceil_div(features, dividers));
  }
};

inline ProbValueArrayCost cost_of(const ProbValueArrayConfig& config, std::uint64_t multipliers) {
  return {multipliers, config.value_banks, config.dividers, config.latency_cycles};
}

}  // namespace vitcod
