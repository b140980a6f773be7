// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct DmaConfig {
  std::uint32_t packet_bytes = 1;
  std::uint32_t read_packets = 1;
  std::uint32_t write_packets = 1;
  std::uint32_t channel_queue_depth = 2;
};

inline void read(ConfigReader& reader, DmaConfig& config) {
  reader.required("packet_bytes", config.packet_bytes, "Size of a packet", Range{1U, 1U << 20U});
  reader.required("read_packets", config.read_packets, "Packets that can be loading at a time",
                  Range{1U, 1U << 16U});
  reader.required("write_packets", config.write_packets, "Packets that can be stored at a time",
                  Range{1U, 1U << 16U});
  reader.required("channel_queue_depth", config.channel_queue_depth,
                  "Requests and responses in the crossing to each DRAM channel",
                  Range{1U, 1U << 16U});
  reader.finish();
}

}  // namespace vitcod
