// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "hw_models/compiler/data_path.hpp"
#include "hw_models/compiler/plan_limits.hpp"

// The ways of operands of the array, and what its jobs take beside its work.
namespace vitcod {

inline constexpr double kGemmHandOver = 2;  ///< between two jobs, for answer and order

/// Bytes of a packet, if those of a stretch were alike.
inline double even_packets(double stretch, const PlanLimits& limits) {
  return stretch / std::ceil(stretch / limits.path.dma.packet_bytes);
}

/// The weight buffer and its output of the crossbar bring nothing else: they are one place with
/// the port.
inline Passage gemm_weights_passage(double bytes, double stretch, const PlanLimits& limits) {
  constexpr std::size_t kWeightPort = 4;  ///< of the receivers
  LoadWork work;
  work.is_weights = true;
  work.dram_bytes = work.port_bytes = bytes;
  work.stretch_bytes = even_packets(stretch, limits);
  Passage passage = passage_of(work, limits.path);
  passage.receiver_cycles[kWeightPort] =
      std::max(passage.port_cycles, bytes / double(limits.gemm.write_bandwidth));
  passage.port_cycles = 0;
  return passage;
}

inline Passage gemm_inputs_passage(double bytes, double stretch, const PlanLimits& limits) {
  constexpr std::size_t kInputPort = 3;  ///< of the receivers: after the decoders and the encoder
  LoadWork work;
  work.dram_bytes = work.port_bytes = bytes;
  work.stretch_bytes = even_packets(stretch, limits);
  work.receiver_cycles[kInputPort] = bytes / double(limits.gemm.write_bandwidth);
  return passage_of(work, limits.path);
}

}  // namespace vitcod
