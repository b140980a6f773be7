// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/data_path.hpp"

#include <algorithm>
#include <cmath>

namespace vitcod {
namespace {

/// Bytes a cycle between a global buffer and the blocks.
double narrowest(const DataPath& path, const GlobalBufferCost& buffer) {
  return std::min(buffer.port_bytes, path.crossbar.port_bytes);
}

/// Cycles from a packet's request to its bytes' arrival at the buffer.
double memory_cycles(const DataPath& path) { return path.dram.read_cycles + path.dma.link_cycles; }

/// Cycles that so many bytes take because each packet occupies a place of the staging, one of
/// `packets` that the DMA engine keeps track of: from its request on until it has been written and
/// read, for results until it is in DRAM.
double staging_cycles(const DataPath& path, const GlobalBufferCost& buffer, double packets,
                      double bytes, double packet) {
  const double places = std::max(1.0, std::min(packets, std::floor(buffer.staging_bytes / packet)));
  const double occupied = memory_cycles(path) + buffer.packet_cycles(packet);
  return std::ceil(bytes / packet) * occupied / places;
}

/// Cycles of a packet besides its pass through the narrowest place.
double latency(const DataPath& path, const GlobalBufferCost& buffer, double packet) {
  return memory_cycles(path) + buffer.packet_cycles(packet) + path.crossbar.cycles(packet) -
         packet / narrowest(path, buffer);
}

}  // namespace

LoadWork LoadWork::operator+(const LoadWork& other) const {
  LoadWork sum = *this;
  sum.dram_bytes += other.dram_bytes;
  sum.port_bytes += other.port_bytes;
  sum.stretch_bytes = std::max(stretch_bytes, other.stretch_bytes);
  for (std::size_t i = 0; i < kMaxReceivers; ++i) {
    sum.receiver_cycles[i] += other.receiver_cycles[i];
  }
  sum.receiver_latency = std::max(receiver_latency, other.receiver_latency);
  return sum;
}

Passage passage_of(const LoadWork& load, const DataPath& path) {
  Passage passage;
  if (load.port_bytes == 0) return passage;
  const GlobalBufferCost& buffer = load.is_weights ? path.weights : path.input;
  const double packet = std::min(path.dma.packet_bytes, load.stretch_bytes);
  passage.is_empty = false;
  passage.memory_cycles =
      std::max(load.dram_bytes / path.dram.bytes_per_cycle,
               staging_cycles(path, buffer, path.dma.read_packets, load.dram_bytes, packet));
  passage.port_cycles = std::max(load.port_bytes / narrowest(path, buffer),
                                 path.link_period * std::ceil(load.port_bytes / packet));
  passage.receiver_cycles = load.receiver_cycles;
  passage.latency = latency(path, buffer, packet) + load.receiver_latency;
  return passage;
}

StoreSketch store_of(double bytes, double stretch_bytes, const DataPath& path) {
  const double packet = std::min(path.dma.packet_bytes, stretch_bytes);
  StoreSketch store;
  store.cycles =
      std::max({bytes / path.dram.bytes_per_cycle, bytes / narrowest(path, path.output),
                staging_cycles(path, path.output, path.dma.write_packets, bytes, packet)});
  store.latency = latency(path, path.output, packet);
  return store;
}

}  // namespace vitcod
