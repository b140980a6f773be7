// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "hw_models/decoder/row_placement.hpp"
#include "hw_models/dma/packet.hpp"
#include "hw_models/dram/dram_contents.hpp"
#include "test/support/sim_bench.hpp"

namespace vitcod::test {

/// The crossbar's outputs as the tests number them.
inline constexpr OutputMask kToDenser = 1;
inline constexpr OutputMask kToSparser = 2;
inline constexpr OutputMask kToResults = 4;
inline constexpr OutputMask kToEncoder = 8;

/// A packet to be: its bytes, and how many rows that are complete with it each engine keeps.
struct PacketShape {
  std::uint32_t bytes = 0;
  std::uint32_t denser_rows = 0;
  std::uint32_t sparser_rows = 0;
};

/// A load of rows to the engines, in packets of given shapes from address 0 on: the numbers that
/// cycles depend on, with neither a tile nor values behind them.
class ShapedLoad {
 public:
  explicit ShapedLoad(const std::vector<PacketShape>& shapes, std::uint32_t row_bytes = 16) {
    placement->row_bytes = row_bytes;
    placement->engine_outputs = {kToDenser, kToSparser};
    placement->kept_before = {std::vector{0U}, std::vector{0U}};
    for (const PacketShape& shape : shapes) add(shape);
    transfer.placement = placement;
  }
  ShapedLoad(const ShapedLoad&) = delete;
  ShapedLoad& operator=(const ShapedLoad&) = delete;

  std::shared_ptr<RowPlacement> placement = std::make_shared<RowPlacement>();
  Transfer transfer;
  std::vector<Packet> packets;

 private:
  /// The denser engine's rows come first.
  void add(const PacketShape& shape) {
    Packet packet;
    packet.transfer = &transfer;
    packet.address = packet.offset =
        packets.empty() ? 0 : packets.back().address + packets.back().bytes;
    packet.bytes = shape.bytes;
    packet.first_row = static_cast<std::uint32_t>(placement->kept_before[0].size() - 1);
    packet.num_rows = shape.denser_rows + shape.sparser_rows;
    for (std::size_t engine : {0U, 1U}) {
      const auto before = placement->kept_before[engine].span();
      std::vector<std::uint32_t> kept(before.begin(), before.end());
      for (std::uint32_t row = 0; row < packet.num_rows; ++row) {
        const std::size_t owner = row < shape.denser_rows ? 0 : 1;
        kept.push_back(kept.back() + (owner == engine ? 1 : 0));
      }
      placement->kept_before[engine] = std::move(kept);
    }
    packet.outputs = placement->outputs(packet.first_row, packet.first_row + packet.num_rows);
    packets.push_back(packet);
  }
};

/// The packets of a load as the DMA cuts them, with the values that DRAM has, if any.
inline std::vector<Packet> packets_of(const Transfer& load, std::uint32_t packet_bytes,
                                      DramContents* dram = nullptr) {
  std::vector<Packet> packets;
  for (PacketCutter cutter(load, packet_bytes); !cutter.done(); cutter.pop()) {
    packets.push_back(cutter.front());
    if (dram == nullptr) continue;
    Packet& packet = packets.back();
    packet.payload =
        std::make_shared<const std::vector<std::uint8_t>>(dram->read(packet.address, packet.bytes));
  }
  return packets;
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
using TimedPackets = std::vector<Source<Packet>::Beat>;
inline TimedPackets all_at_once(const std::vector<Packet>& packets) {
  TimedPackets beats;
  for (const Packet& packet : packets) beats.push_back({0, packet});
  return beats;
}

}  // namespace vitcod::test
