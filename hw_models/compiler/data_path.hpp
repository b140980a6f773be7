// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "hw_models/compiler/schedule.hpp"
#include "hw_models/crossbar/crossbar_cost.hpp"
#include "hw_models/decoder/decoder_cost.hpp"
#include "hw_models/dma/dma_cost.hpp"
#include "hw_models/dram/dram_cost.hpp"
#include "hw_models/encoder/encoder_cost.hpp"
#include "hw_models/global_buffer/global_buffer_cost.hpp"

namespace vitcod {

/// The ways of operands from DRAM into the blocks that receive them, and of results back.
struct DataPath {
  DramCost dram;
  DmaCost dma;
  GlobalBufferCost input;
  GlobalBufferCost weights;
  GlobalBufferCost output;
  CrossbarCost crossbar;
  double link_period = 0;  ///< cycles from packet to packet on a link from a buffer to the crossbar
  DecoderCost decoder;     ///< of each engine
  EncoderCost encoder;
};

/// What comes together.
struct LoadWork {
  double dram_bytes = 0;
  double port_bytes = 0;     ///< through the buffer, with what stays there from an earlier load
  double stretch_bytes = 0;  ///< that lie together, and are cut into packets
  std::array<double, kMaxReceivers> receiver_cycles{};
  double receiver_latency = 0;
  bool is_weights = false;  ///< through the weight buffer

  LoadWork operator+(const LoadWork& other) const;
};

/// How the loads and stores of an unloaded machine pass.
Passage passage_of(const LoadWork& load, const DataPath& path);
/// `bytes` of results, of which `stretch_bytes` each lie together in DRAM.
StoreSketch store_of(double bytes, double stretch_bytes, const DataPath& path);

}  // namespace vitcod
