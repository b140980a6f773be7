// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/decoder/decoder_messages.hpp"
#include "hw_models/dma/transfer.hpp"
#include "hw_models/program/operand_image.hpp"
#include "sim/base/config_reader.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

struct EncoderConfig {
  std::uint32_t lines = 1;
  std::uint32_t macs_per_line = 1;
  std::uint32_t latency_cycles = 1;
  std::uint32_t read_bytes_per_cycle = 1;
  std::uint32_t fraction_bits = 0;
};

inline void read(ConfigReader& reader, EncoderConfig& config) {
  reader.required("lines", config.lines, "Encoder MAC lines, besides the attention lines",
                  Range{1U, 1U << 16U});
  reader.required("macs_per_line", config.macs_per_line, "int8 multipliers of a line",
                  Range{1U, 1U << 16U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from the last input of a packet to its compressed packet",
                  Range{1U, 4096U});
  reader.required("read_bytes_per_cycle", config.read_bytes_per_cycle,
                  "Width at which tokens enter", at_least(1U));
  reader.required("fraction_bits", config.fraction_bits,
                  "Fraction bits of the auto-encoder's weights as fixed-point numbers",
                  Range{0U, 7U});
  reader.finish();
}

/// Encoder MAC lines at the output side of the array: compress the heads of Q or K, token by token,
/// before they are written to DRAM. A packet of n whole tokens takes the longer of
/// ceil(n x h x h' x d / MACs) and ceil(bytes / width) cycles; its compressed packet leaves
/// `latency_cycles` after the last one. Weights take their read cycles. Packets are handled in
/// order.
class Encoder final : public Block {
 public:
  LinkIn<PacketRef> packet_in{"packet_in"};
  LinkOut<PacketRef> packet_out{"packet_out"};
  LinkOut<Delivery> delivery_out{"delivery_out"};

  /// `image`: null if no values are computed.
  Encoder(const sc_core::sc_module_name& name, Clock& clock, const EncoderConfig& config,
          OperandImage* image, StatGroup& parent);

  std::uint64_t macs_done() const { return macs_.value(); }

 private:
  enum class Activity { kIdle, kEncoding, kReading, kOutputBlocked };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  void handle(const Packet& packet, Cycle now);
  void encode_tokens(const Packet& packet);

  const EncoderConfig config_;
  OperandImage* const image_;
  Cycle busy_until_ = 0;

  StatGroup stats_;
  CycleBreakdown<Activity, 4> cycles_{stats_, {"idle", "encoding", "reading", "output_blocked"}};
  Counter macs_{stats_, "macs", "multiply-accumulates of encoding"};
  Counter tokens_{stats_, "tokens", "tokens encoded"};
};

}  // namespace vitcod
