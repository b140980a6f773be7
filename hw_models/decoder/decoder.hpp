// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "hw_models/decoder/decoder_config.hpp"
#include "hw_models/decoder/decoder_messages.hpp"
#include "hw_models/dma/transfer.hpp"
#include "hw_models/program/operand_image.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// The input side of an engine: decoder MAC lines, and the write port of the engine's buffers,
/// which all rows pass. Packets are handled in order. A compressed packet of Q or K takes the
/// longer of ceil(rows x d x h' / MACs) cycles for decoding and ceil(rows x d / width) for writing,
/// where rows are those that this engine keeps; any other packet takes its write cycles. A row
/// counts with the packet that completes it; a packet that completes none takes a cycle. Packets
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
  void count_bytes(TensorRole role, std::uint64_t bytes);
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
  Counter qv_bytes_{stats_, "qv_bytes", "written to the engine's Q/V buffer"};
  Counter ks_bytes_{stats_, "ks_bytes", "written to the engine's K/S buffer"};
  Counter index_bytes_{stats_, "index_bytes", "written to the index buffer"};
};

}  // namespace vitcod
