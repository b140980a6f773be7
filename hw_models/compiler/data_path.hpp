// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <limits>

#include "hw_models/compiler/schedule.hpp"

namespace vitcod {

inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// A global buffer that packets pass through. Each has its place there from its request on until it
/// has been written and read, for results until it is in DRAM.
struct StagingPath {
  double port_bytes = kUnbounded;
  double staging_bytes = kUnbounded;
  double packets_in_flight = kUnbounded;  ///< that the DMA keeps track of
};

/// The ways of operands from DRAM into the blocks that receive them, and of results back. Rates are
/// per accelerator cycle.
struct DataPath {
  double dram_bytes = kUnbounded;  ///< peak
  double memory_cycles = 0;        ///< from a packet's request to its data
  double packet_bytes = kUnbounded;
  StagingPath input;
  StagingPath output;
  double crossbar_bytes = kUnbounded;
  double decode_macs = kUnbounded;  ///< of each engine's decoder
  double write_bytes = kUnbounded;  ///< of each engine's buffers
  double decode_latency = 0;        ///< of a packet's rows
  double encode_macs = kUnbounded;
  double encoder_read_bytes = kUnbounded;
  double encode_latency = 0;  ///< of a packet's tokens
};

/// What comes together.
struct LoadWork {
  double dram_bytes = 0;
  double port_bytes = 0;     ///< through the buffer, with what stays there from an earlier load
  double stretch_bytes = 0;  ///< that lie together, and are cut into packets
  std::array<double, kMaxReceivers> receiver_cycles{};
  double receiver_latency = 0;

  LoadWork operator+(const LoadWork& other) const;
};

/// How the loads and stores of an unloaded machine pass.
Passage passage_of(const LoadWork& load, const DataPath& path);
/// `bytes` of results, of which `stretch_bytes` each lie together in DRAM.
StoreSketch store_of(double bytes, double stretch_bytes, const DataPath& path);

}  // namespace vitcod
