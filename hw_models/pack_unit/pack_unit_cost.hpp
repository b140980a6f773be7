// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "hw_models/pack_unit/pack_unit_config.hpp"

namespace vitcod {

/// What an unhindered pack unit takes.
struct PackCost {
  double words_per_cycle = 1;
  double latency = 1;

  /// Words of the mask, of which `empty` are empty, that give so many sub-rows. With one word a
  /// cycle exact; with more, what lies between words that are not empty is taken to be even.
  double cycles(double words, double empty, double sub_rows) const {
    if (words_per_cycle <= 1) return empty + sub_rows;
    return std::max(words / words_per_cycle, sub_rows);
  }
};

inline PackCost cost_of(const PackUnitConfig& config) {
  return PackCost{double(config.segments_per_cycle), double(config.latency_cycles)};
}

}  // namespace vitcod
