// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/dma/transfer.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {

/// Values of a packet's bytes; null if no values are computed. Shared by the receivers of a packet.
using Payload = std::shared_ptr<const std::vector<std::uint8_t>>;

/// Beat of the links that carry packets: a stretch of a transfer on its way through DMA, global
/// buffers and crossbar.
struct Packet {
  const Transfer* transfer = nullptr;
  std::uint64_t address = 0;
  std::uint64_t offset = 0;  ///< of its first byte in the transfer (see Stretch)
  std::uint32_t bytes = 0;
  std::uint32_t first_row = 0;  ///< of the transfer: the first row whose last byte is in the packet
  std::uint32_t num_rows = 0;   ///< that are complete with it
  OutputMask outputs = 0;       ///< of the crossbar
  bool in_dram = true;          ///< false: it lies in the global buffer since an earlier load
  bool stays = false;           ///< it keeps its place there for a later load
  Payload payload;
};

/// The packet's placement as the kind that the receiver understands; ModelError if it is another
/// one.
template <typename Kind>
const Kind& placement_as(const Packet& packet) {
  const auto* placement = dynamic_cast<const Kind*>(packet.transfer->placement.get());
  check(placement != nullptr, "a packet came to a block that it is not for");
  return *placement;
}

/// Cuts a load into packets, at multiples of `packet_bytes` in the address space, so that within a
/// piece of a stretch no DRAM burst is read twice.
class PacketCutter {
 public:
  PacketCutter(const Transfer& transfer, std::uint32_t packet_bytes);

  bool done() const { return stretch_ == packet_.transfer->stretches.size(); }
  const Transfer& transfer() const { return *packet_.transfer; }
  /// The next packet, without values.
  const Packet& front() const { return packet_; }
  void pop();

 private:
  void begin_stretch();
  void cut();

  Packet packet_;
  std::uint32_t packet_bytes_;
  std::size_t stretch_ = 0;
  std::uint64_t at_ = 0;         ///< bytes of the stretch that are cut
  std::uint64_t piece_end_ = 0;  ///< bytes of the stretch up to the end of the piece
  std::uint64_t resident_left_;
};

/// (packet, receiver) pairs of a load: what the controller waits for.
std::uint64_t count_deliveries(const Transfer& transfer, std::uint32_t packet_bytes);

}  // namespace vitcod
