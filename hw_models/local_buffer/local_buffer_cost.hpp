// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "hw_models/local_buffer/local_buffer_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// Of so many banks, those that have something to do while others have a queue: who reads comes in
/// bursts and at random places.
inline double busy_banks(double banks) {
  constexpr double kBusy = 0.75;
  return std::isinf(banks) ? banks : kBusy * banks + (1 - kBusy);
}

/// What a buffer gives at most.
struct LocalBufferCost {
  double ways = kUnbounded;
  double banks = kUnbounded;
  double ports_per_bank = kUnbounded;
  double bytes_per_access = kUnbounded;

  /// Accesses to so many rows, that lie in `banks_filled` banks.
  double cycles(double rows, double row_bytes, double banks_filled) const {
    const double at_a_time =
        std::min(ways, busy_banks(std::min(banks, banks_filled)) * ports_per_bank);
    return rows * std::ceil(row_bytes / bytes_per_access) / at_a_time;
  }
};

inline LocalBufferCost cost_of(const LocalBufferConfig& config) {
  return LocalBufferCost{double(config.ways), double(config.banks), double(config.ports_per_bank),
                         double(config.bytes_per_access)};
}

}  // namespace vitcod
