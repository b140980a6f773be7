// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "hw_models/normaliser/normaliser_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What an unloaded normaliser takes.
struct NormaliserCost {
  double features_per_cycle = kUnbounded;
  double merge_rows_per_cycle = kUnbounded;
  double carried_bytes_per_cycle = kUnbounded;

  /// Rows of which both engines have scores. What the last cycle leaves unused is left out.
  double merge_cycles(double rows) const { return rows / merge_rows_per_cycle; }
  /// Rows of so many features, divided one after the other.
  double normalise_cycles(double rows, double features) const {
    return rows * std::ceil(features / features_per_cycle);
  }
  /// Beside that, of rows that are read or written between key tiles.
  double carry_cycles(double rows, double features) const {
    return rows * std::ceil((4 * features + 4) / carried_bytes_per_cycle);
  }
};

inline NormaliserCost cost_of(const NormaliserConfig& config) {
  return NormaliserCost{double(config.features_per_cycle), double(config.merge_rows_per_cycle),
                        double(config.carried_bytes_per_cycle.value_or(1))};
}

}  // namespace vitcod
