// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/crossbar/crossbar_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What an unloaded crossbar takes.
struct CrossbarCost {
  double port_bytes = kUnbounded;  ///< a cycle, of each port

  double cycles(double bytes) const { return bytes / port_bytes; }
};

inline CrossbarCost cost_of(const CrossbarConfig& config) {
  return CrossbarCost{double(config.port_bytes_per_cycle)};
}

}  // namespace vitcod
