// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/stream_hub/stream_hub_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What an unloaded hub takes.
struct StreamHubCost {
  double port_bytes = kUnbounded;  ///< a cycle, each way

  /// Of bytes in one direction. Many packets: what each rounds up is left out.
  double cycles(double bytes) const { return bytes / port_bytes; }
};

inline StreamHubCost cost_of(const StreamHubConfig& config) {
  return StreamHubCost{double(config.port_bytes_per_cycle)};
}

}  // namespace vitcod
