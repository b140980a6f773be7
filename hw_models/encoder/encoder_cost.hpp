// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "hw_models/encoder/encoder_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What an unloaded encoder takes.
struct EncoderCost {
  double macs_per_cycle = kUnbounded;
  double read_bytes = kUnbounded;  ///< a cycle
  double latency_cycles = 0;       ///< from the last input of a packet to its compressed packet

  /// Tokens of so many bytes, each byte of which goes into `heads_out` sums; 0: weights. Many
  /// packets: what each rounds up is left out.
  double cycles(double bytes, double heads_out) const {
    return std::max(bytes * heads_out / macs_per_cycle, bytes / read_bytes);
  }
};

inline EncoderCost cost_of(const EncoderConfig& config) {
  return EncoderCost{double(config.lines) * config.macs_per_line,
                     double(config.read_bytes_per_cycle), double(config.latency_cycles)};
}

}  // namespace vitcod
