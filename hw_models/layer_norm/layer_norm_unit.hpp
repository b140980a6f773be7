// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/decoder/row_assembler.hpp"
#include "hw_models/decoder/weight_registers.hpp"
#include "hw_models/dma/dma_messages.hpp"
#include "hw_models/layer_norm/layer_norm_cost.hpp"
#include "hw_models/layer_norm/norm_placement.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Layer norm of tokens as they come, 16 bits in, 8 or 16 bits out. A token's sum is formed as it
/// enters its register; then the lanes pass over it twice, for the squared deviations and for the
/// results, with the reciprocal root between, which works on one token while the lanes work on
/// another. A packet with which n tokens are complete takes the longer of n x max(2 ceil(features /
/// lanes), root_cycles) and ceil(bytes / width) cycles; its results leave `root_cycles` +
/// `latency_cycles` after the last one. Packets are handled in order.
class LayerNormUnit final : public Block {
 public:
  LinkIn<Packet> packet_in{"packet_in"};
  LinkOut<Packet> packet_out{"packet_out"};
  LinkOut<Delivery> delivery_out{"delivery_out"};

  LayerNormUnit(const sc_core::sc_module_name& name, Clock& clock, const LayerNormConfig& config,
                StatGroup& parent);

 private:
  enum class Activity { kIdle, kNormalising, kReading, kOutputBlocked };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  void handle(const Packet& packet, Cycle now);
  static Packet result_of(const Packet& packet, const NormPlacement& placement);
  Payload normalise(const Packet& packet, const NormPlacement& placement);

  const LayerNormCost cost_;
  Cycle busy_until_ = 0;
  WeightRegisters constants_;
  RowAssembler tokens_in_;

  StatGroup stats_;
  CycleBreakdown<Activity, 4> cycles_{stats_, {"idle", "normalising", "reading", "output_blocked"}};
  Counter tokens_{stats_, "tokens", "tokens normalised"};
  Counter elements_{stats_, "elements", "their elements"};
};

}  // namespace vitcod
