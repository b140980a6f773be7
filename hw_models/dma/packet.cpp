// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dma/packet.hpp"

#include <algorithm>
#include <bit>

namespace vitcod {

PacketCutter::PacketCutter(const Transfer& transfer, std::uint32_t packet_bytes)
    : packet_bytes_(packet_bytes), resident_left_(transfer.residency.bytes) {
  packet_.transfer = &transfer;
  if (!done()) begin_stretch();
}

void PacketCutter::begin_stretch() {
  const Stretch& stretch = packet_.transfer->stretches[stretch_];
  at_ = 0;
  piece_end_ = stretch.piece_bytes > 0 ? stretch.piece_bytes : stretch.bytes;
  packet_.address = stretch.address;
  cut();
}

/// From the packet's address on, which is that of byte `at_`.
void PacketCutter::cut() {
  const Transfer& transfer = *packet_.transfer;
  const Stretch& stretch = transfer.stretches[stretch_];
  packet_.offset = stretch.offset + at_;
  const std::uint64_t boundary = (packet_.address / packet_bytes_ + 1) * packet_bytes_;
  const std::uint64_t end = std::min(piece_end_, at_ + (boundary - packet_.address));
  packet_.bytes = static_cast<std::uint32_t>(end - at_);
  std::uint32_t touched_end = 0;
  packet_.first_row = packet_.num_rows = 0;
  if (stretch.row_bytes > 0) {
    const auto row_at = [&stretch](std::uint64_t byte) {
      return stretch.first_row + static_cast<std::uint32_t>(byte / stretch.row_bytes);
    };
    packet_.first_row = row_at(at_);
    packet_.num_rows = row_at(end) - packet_.first_row;
    touched_end = row_at(end + stretch.row_bytes - 1);
  }
  packet_.outputs = transfer.placement->outputs(packet_.first_row, touched_end);
  const bool resident = packet_.bytes <= resident_left_;
  packet_.in_dram = !resident || !transfer.residency.is_there;
  packet_.stays = resident && transfer.residency.stays;
}

void PacketCutter::pop() {
  // What is resident are leading packets: the first one that does not fit ends them.
  resident_left_ = packet_.bytes <= resident_left_ ? resident_left_ - packet_.bytes : 0;
  at_ += packet_.bytes;
  packet_.address += packet_.bytes;
  const Stretch& stretch = packet_.transfer->stretches[stretch_];
  if (at_ == stretch.bytes) {
    ++stretch_;
    if (!done()) begin_stretch();
    return;
  }
  if (at_ == piece_end_) {
    piece_end_ += stretch.piece_bytes;
    packet_.address += stretch.pitch - stretch.piece_bytes;
  }
  cut();
}

std::uint64_t count_deliveries(const Transfer& transfer, std::uint32_t packet_bytes) {
  std::uint64_t deliveries = 0;
  for (PacketCutter cutter(transfer, packet_bytes); !cutter.done(); cutter.pop()) {
    deliveries += static_cast<std::uint64_t>(std::popcount(cutter.front().outputs));
  }
  return deliveries;
}

}  // namespace vitcod
