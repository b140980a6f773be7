// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/dma/dma_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What an unloaded DMA engine takes.
struct DmaCost {
  double packet_bytes = kUnbounded;   ///< at most
  double read_packets = kUnbounded;   ///< that it keeps track of
  double write_packets = kUnbounded;  ///< likewise
  double link_cycles = 0;             ///< of a packet, on its way to the DRAM and back
};

inline DmaCost cost_of(const DmaConfig& config) {
  // A cycle each on the links of the command, the request, the response and the packet.
  constexpr double kLinks = 4;
  return DmaCost{double(config.packet_bytes), double(config.read_packets),
                 double(config.write_packets), kLinks};
}

}  // namespace vitcod
