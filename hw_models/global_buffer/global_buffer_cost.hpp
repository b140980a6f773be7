// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/global_buffer/global_buffer_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What an unloaded global buffer takes. A packet is written in full before it is read.
struct GlobalBufferCost {
  double port_bytes = kUnbounded;     ///< a cycle, written and read at the same time
  double staging_bytes = kUnbounded;  ///< for packets on their way

  /// From the first byte that is written to the last one that is read, of one packet.
  double packet_cycles(double bytes) const { return 2 * bytes / port_bytes; }
};

inline GlobalBufferCost cost_of(const GlobalBufferConfig& config) {
  return GlobalBufferCost{double(config.port_bytes_per_cycle), double(config.staging_bytes)};
}

}  // namespace vitcod
