// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/decoder/row_assembler.hpp"
#include "hw_models/decoder/weight_registers.hpp"
#include "hw_models/encoder/encoder_config.hpp"
#include "hw_models/encoder/token_placement.hpp"
#include "hw_models/packet_unit/packet_unit.hpp"

namespace vitcod {

/// Encoder MAC lines at the output side of the array: compress the heads of Q or K, token by token,
/// before they are written to DRAM. A packet of n whole tokens takes the longer of
/// ceil(n x h x h' x d / MACs) and ceil(bytes / width) cycles; its compressed packet leaves
/// `latency_cycles` after the last one. Weights take their read cycles. Packets are handled in
/// order.
class Encoder final : public PacketUnit {
 public:
  Encoder(const sc_core::sc_module_name& name, Clock& clock, const EncoderConfig& config,
          StatGroup& parent);

  std::uint64_t macs_done() const { return macs_.value(); }
  /// MACs that it can do in a cycle.
  std::uint64_t multipliers() const { return std::uint64_t{config_.lines} * config_.macs_per_line; }

 private:
  Step work_on(const Packet& packet) override;
  Payload encode_tokens(const Packet& packet, const TokenPlacement& placement);
  void encode_token(const TokenPlacement& placement, const std::uint8_t* token,
                    std::uint8_t* result);

  const EncoderConfig config_;
  WeightRegisters weights_;
  RowAssembler tokens_in_;

  Counter macs_{statistics(), "macs", "multiply-accumulates of encoding"};
  Counter tokens_{statistics(), "tokens", "tokens encoded"};
};

}  // namespace vitcod
