// SPDX-License-Identifier: Apache-2.0
#include "hw_models/packet_unit/store_packets.hpp"

#include <algorithm>
#include <iterator>

namespace vitcod {

std::vector<Packet> packets_of_stretch(const Transfer& store, const Stretch& stretch,
                                       std::uint32_t packet_bytes, const Payload& values) {
  std::vector<Packet> packets;
  for (std::uint64_t at = 0; at < stretch.bytes; at += packets.back().bytes) {
    Packet packet;
    packet.transfer = &store;
    packet.outputs = store.outputs;
    packet.address = stretch.address + at;
    packet.offset = stretch.offset + at;
    const std::uint64_t boundary = (packet.address / packet_bytes + 1) * packet_bytes;
    packet.bytes =
        static_cast<std::uint32_t>(std::min(stretch.bytes - at, boundary - packet.address));
    packet.first_row = stretch.first_row + static_cast<std::uint32_t>(at / stretch.row_bytes);
    packet.num_rows = packet.bytes / stretch.row_bytes;
    if (values != nullptr) {
      const auto first = values->begin() + static_cast<std::ptrdiff_t>(packet.offset);
      packet.payload =
          std::make_shared<const std::vector<std::uint8_t>>(first, first + packet.bytes);
    }
    packets.push_back(std::move(packet));
  }
  return packets;
}

std::vector<Packet> packets_of_store(const Transfer& store, std::uint32_t packet_bytes,
                                     const Payload& values) {
  std::vector<Packet> packets;
  for (const Stretch& stretch : store.stretches) {
    std::vector<Packet> more = packets_of_stretch(store, stretch, packet_bytes, values);
    std::move(more.begin(), more.end(), std::back_inserter(packets));
  }
  return packets;
}

}  // namespace vitcod
