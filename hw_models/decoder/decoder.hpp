// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "hw_models/decoder/decoder_messages.hpp"
#include "hw_models/dma/transfer.hpp"
#include "hw_models/program/operand_image.hpp"
#include "sim/base/config_reader.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

struct DecoderConfig {
  std::uint32_t lines = 1;
  std::uint32_t macs_per_line = 1;
  std::uint32_t latency_cycles = 1;
  std::uint32_t write_bytes_per_cycle = 1;
  std::uint32_t fraction_bits = 0;
};

inline void read(ConfigReader& reader, DecoderConfig& config) {
  reader.required("lines", config.lines,
                  "Decoder MAC lines of each engine, besides the attention lines",
                  Range{1U, 1U << 16U});
  reader.required("macs_per_line", config.macs_per_line, "int8 multipliers of a line",
                  Range{1U, 1U << 16U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from the last input of a packet to its last row in the buffer",
                  Range{1U, 4096U});
  reader.required("write_bytes_per_cycle", config.write_bytes_per_cycle,
                  "Width of the write port of the engine's buffers", at_least(1U));
  reader.required("fraction_bits", config.fraction_bits,
                  "Fraction bits of the auto-encoder's weights as fixed-point numbers",
                  Range{0U, 7U});
  reader.finish();
}

/// The input side of an engine: decoder MAC lines, and the write port of the engine's buffers,
/// which all rows pass. Packets are handled in order. A compressed packet of Q or K takes the
/// longer of ceil(rows x d x h' / MACs) cycles for decoding and ceil(rows x d / width) for writing,
/// where rows are those that this engine keeps; any other packet takes its write cycles. Packets
/// follow each other without a gap; each is complete `latency_cycles` after its last cycle.
class Decoder final : public Block {
 public:
  LinkIn<PacketRef> packet_in{"packet_in"};
  LinkOut<Delivery> delivery_out{"delivery_out"};

  /// `image`: null if no values are computed.
  Decoder(const sc_core::sc_module_name& name, Clock& clock, const DecoderConfig& config,
          EngineId engine, OperandImage* image, StatGroup& parent);

  std::uint64_t macs_done() const { return macs_.value(); }

 private:
  enum class Activity { kIdle, kDecoding, kWriting, kControllerBlocked };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  void handle(const Packet& packet, Cycle now);
  void store_rows(const Packet& packet);
  void store_token(UnitContext& unit, const Transfer& transfer, std::uint32_t token);
  void store_row(UnitContext& unit, const Transfer& transfer, std::uint32_t row);
  bool keeps(const UnitContext& unit, const Transfer& transfer, std::uint32_t head,
             std::uint32_t key_position) const;
  std::uint32_t key_position(const UnitContext& unit, std::uint32_t head, std::uint32_t token);

  const DecoderConfig config_;
  const EngineId engine_;
  OperandImage* const image_;
  Cycle busy_until_ = 0;
  /// Inverse of each map's key order: key token -> key position.
  std::unordered_map<const PolarizedHead*, std::vector<std::uint32_t>> positions_;

  StatGroup stats_;
  CycleBreakdown<Activity, 4> cycles_{stats_,
                                      {"idle", "decoding", "writing", "controller_blocked"}};
  Counter macs_{stats_, "macs", "multiply-accumulates of decoding"};
  Counter rows_{stats_, "rows", "rows written to the engine's buffers"};
};

}  // namespace vitcod
