// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "hw_models/dma/transfer.hpp"
#include "test/support/sim_bench.hpp"

namespace vitcod::test {

/// A packet of `bytes` bytes and as many rows for each engine.
inline Packet packet_of(std::uint32_t bytes, std::uint32_t denser_rows = 0,
                        std::uint32_t sparser_rows = 0) {
  Packet packet;
  packet.bytes = bytes;
  packet.num_rows = denser_rows + sparser_rows;
  packet.engine_rows = {denser_rows, sparser_rows};
  packet.holds_rows_of = {denser_rows > 0, sparser_rows > 0};
  return packet;
}

/// A transfer of the given packets to the engines that they have rows for.
inline std::unique_ptr<Transfer> transfer_of(TensorRole role, std::vector<Packet> packets) {
  auto transfer = std::make_unique<Transfer>();
  transfer->role = role;
  transfer->packets = std::move(packets);
  for (Packet& packet : transfer->packets) {
    packet.transfer = transfer.get();
    for (std::size_t e = 0; e < 2; ++e) {
      if (packet.engine_rows[e] > 0) transfer->to_engine[e] = true;
    }
  }
  return transfer;
}

/// A link between a writer and a reader of one bench.
template <typename T>
std::unique_ptr<Link<T>> connect(SimBench& bench, LinkOut<T>& writer, LinkIn<T>& reader,
                                 std::size_t depth = 2) {
  auto link = std::make_unique<Link<T>>(
      fmt::format("{}_link", writer.get_parent_object()->basename()).c_str(), bench.clock, depth);
  writer(*link);
  reader(*link);
  return link;
}

/// Packets for a source, each from its own cycle on.
struct TimedPacket {
  Cycle from;
  const Packet* packet;
};
inline std::vector<Source<PacketRef>::Beat> beats_of(const std::vector<TimedPacket>& packets) {
  std::vector<Source<PacketRef>::Beat> beats;
  for (const TimedPacket& timed : packets) beats.push_back({timed.from, PacketRef{timed.packet}});
  return beats;
}

}  // namespace vitcod::test
