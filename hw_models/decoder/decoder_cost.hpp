// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "hw_models/decoder/decoder_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What an unloaded decoder takes.
struct DecoderCost {
  double macs_per_cycle = kUnbounded;
  double write_bytes = kUnbounded;  ///< a cycle, into the engine's buffers
  double latency_cycles = 0;        ///< from the last input of a packet to its rows in the buffer

  /// Rows of so many bytes, each byte a sum of `compressed_heads` products; 0: they are written as
  /// they are. Many packets: what each rounds up is left out.
  double cycles(double bytes, double compressed_heads) const {
    return std::max(bytes * compressed_heads / macs_per_cycle, bytes / write_bytes);
  }
};

inline DecoderCost cost_of(const DecoderConfig& config) {
  return DecoderCost{double(config.lines) * config.macs_per_line,
                     double(config.write_bytes_per_cycle), double(config.latency_cycles)};
}

}  // namespace vitcod
