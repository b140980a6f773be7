// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/dma/dma_config.hpp"

namespace vitcod {

/// A link that holds `packets` packets whose bytes are in no buffer's staging: a queue of
/// flip-flops, since so few words of such a width take less in flip-flops than in macros.
inline PartList packet_queue(std::uint64_t packets, std::uint32_t packet_bytes,
                             std::uint32_t port_bytes) {
  const std::uint64_t word = std::min(port_bytes, packet_bytes);
  PartList parts;
  parts.add_queue(packets * ((packet_bytes + word - 1) / word), 8 * word);
  return parts;
}

/// What is known of each packet in flight, and the crossings of requests and responses to each
/// channel; no data. DRAM controllers and PHYs are not on this bill.
inline PartList parts_of(const DmaConfig& config, std::uint64_t channels) {
  constexpr std::uint64_t kPacketBits = 128;  // address, bytes, rows, outputs, runs that are left
  constexpr std::uint64_t kRunBits = 64;      // address, number of bursts, packet
  constexpr std::uint64_t kAddressBits = 40;
  constexpr std::uint64_t kStreams = 3;  // two loads that take turns, and a store
  const std::uint64_t slots = std::uint64_t{config.read_packets} + config.write_packets;
  PartList parts;
  parts.add_queue(slots, kPacketBits).add_accumulators(kStreams, kAddressBits);
  for (std::uint64_t queue = 0; queue < 2 * channels; ++queue) {
    parts.add_queue(config.channel_queue_depth, kRunBits);
  }
  return parts;
}

}  // namespace vitcod
