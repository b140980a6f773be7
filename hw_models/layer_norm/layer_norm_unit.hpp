// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/decoder/row_assembler.hpp"
#include "hw_models/decoder/weight_registers.hpp"
#include "hw_models/layer_norm/layer_norm_cost.hpp"
#include "hw_models/layer_norm/norm_placement.hpp"
#include "hw_models/packet_unit/packet_unit.hpp"

namespace vitcod {

/// Layer norm of tokens as they come, 16 bits in, 8 or 16 bits out. A token's sum is formed as it
/// enters its register; then the lanes pass over it twice, for the squared deviations and for the
/// results, with the reciprocal root between, which works on one token while the lanes work on
/// another. A packet with which n tokens are complete takes the longer of n x max(2 ceil(features /
/// lanes), root_cycles) and ceil(bytes / width) cycles; its results leave `root_cycles` +
/// `latency_cycles` after the last one. Packets are handled in order.
class LayerNormUnit final : public PacketUnit {
 public:
  LayerNormUnit(const sc_core::sc_module_name& name, Clock& clock, const LayerNormConfig& config,
                StatGroup& parent);

 private:
  Step work_on(const Packet& packet) override;
  Payload normalise(const Packet& packet, const NormPlacement& placement);

  const LayerNormCost cost_;
  WeightRegisters constants_;
  RowAssembler tokens_in_;

  Counter tokens_{statistics(), "tokens", "tokens normalised"};
  Counter elements_{statistics(), "elements", "their elements"};
};

}  // namespace vitcod
