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
/// `latency_cycles` after the last one. Packets are handled in order; constants, whose banks the
/// lanes read in a token's second pass, are taken `root_cycles` after the tokens before them.
class LayerNormUnit final : public PacketUnit {
 public:
  LayerNormUnit(const sc_core::sc_module_name& name, Clock& clock, const LayerNormConfig& config,
                StatGroup& parent);

 private:
  Step work_on(const Packet& packet) override;
  Cycle taken_from(const Packet& packet, Cycle done) const override;
  void count(const Packet& packet, const NormPlacement& placement);
  Payload normalise(const Packet& packet, const NormPlacement& placement);

  const LayerNormCost cost_;
  WeightRegisters constants_;
  RowAssembler tokens_in_;
  bool follows_tokens_ = false;  ///< the last packet was one of tokens

  Counter tokens_{statistics(), "tokens", "tokens normalised"};
  Counter elements_{statistics(), "elements", "their elements"};
  Counter token_bytes_written_{statistics(), "token_bytes_written", "bytes of tokens that entered"};
  Counter token_bytes_read_{statistics(), "token_bytes_read",
                            "bytes of tokens that the lanes took"};
  Counter constant_bytes_written_{statistics(), "constant_bytes_written",
                                  "bytes of gains and offsets"};
  Counter constant_bytes_read_{statistics(), "constant_bytes_read",
                               "of these, what the lanes took"};
};

}  // namespace vitcod
