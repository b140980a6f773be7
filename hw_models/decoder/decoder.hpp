// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "hw_models/decoder/decoder_config.hpp"
#include "hw_models/decoder/row_assembler.hpp"
#include "hw_models/decoder/row_placement.hpp"
#include "hw_models/decoder/weight_registers.hpp"
#include "hw_models/dma/dma_messages.hpp"
#include "hw_models/dma/row_fetch.hpp"
#include "hw_models/engine/engine_contents.hpp"
#include "hw_models/engine/fetched_query.hpp"
#include "hw_models/query_window/query_window.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// The input side of an engine: decoder MAC lines, and the write port of the engine's buffers,
/// which all rows pass. Packets are handled in order. A compressed packet of Q or K takes the
/// longer of ceil(rows x d x h' / MACs) cycles for decoding and ceil(rows x d / width) for writing,
/// where rows are those that this engine keeps; any other packet takes its write cycles. A row
/// counts with the packet that completes it; a packet that completes none takes a cycle. Packets
/// follow each other without a gap; each is complete `latency_cycles` after its last cycle. Rows of
/// Q that pass by in a window (QueryWindow) are handled once all that the packet completes have
/// places; each is ready for its bank as the cycles of the packet go by. A row that a line has
/// fetched goes before packets, takes the cycles of a packet of one row, and leaves for the line.
class Decoder final : public Block {
 public:
  LinkIn<Packet> packet_in{"packet_in"};
  LinkOut<Delivery> delivery_out{"delivery_out"};
  /// Unbound unless lines fetch rows through this decoder.
  OptionalLinkIn<RowFetch> fetched_in{"fetched_in"};
  OptionalLinkOut<FetchedQuery> query_out{"query_out"};

  /// `contents`: of the engine's buffers; null if no values are computed. `window`: of Q rows in
  /// the engine's buffer; null if it has none.
  Decoder(const sc_core::sc_module_name& name, Clock& clock, const DecoderConfig& config,
          EngineId engine, EngineContents* contents, StatGroup& parent,
          QueryWindow* window = nullptr);

  std::uint64_t macs_done() const { return macs_.value(); }
  /// MACs that it can do in a cycle.
  std::uint64_t multipliers() const { return std::uint64_t{config_.lines} * config_.macs_per_line; }

 private:
  enum class Activity { kIdle, kDecoding, kWriting, kControllerBlocked, kWindowFull };
  /// The last reason is there with a window alone.
  class Account final : public CycleAccount {
   public:
    Account(StatGroup& group, bool has_window);
    void standing(Activity activity) { set_standing(static_cast<std::size_t>(activity)); }
  };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  void handle(const Packet& packet, Cycle now);
  Cycle work_on(std::uint64_t bytes, const RowPlacement& placement);
  template <typename Use>
  void for_window_rows(const Packet& packet, const RowPlacement& placement, Use use) const;
  bool lacks_places(const Packet& packet, Cycle now) const;
  void fill_window(const Packet& packet, const RowPlacement& placement, std::uint64_t rows,
                   Cycle now);
  void handle_fetched(const RowFetch& fetch, Cycle now);
  std::vector<std::int8_t> decode_row(const RowPlacement& placement, TileHead head,
                                      const std::uint8_t* values);
  void count_bytes(const RowPlacement& placement, std::uint64_t bytes);
  void store_values(const Packet& packet, const RowPlacement& placement);
  void store_token(const RowPlacement& placement, std::uint32_t token, const std::uint8_t* values);
  void store_row(const RowPlacement& placement, std::uint32_t row, const std::uint8_t* values);
  void mix(const RowPlacement& placement, TileHead head, const std::int8_t* inputs,
           std::int8_t* row);
  std::int8_t* destination(const RowPlacement& placement, TileHead head, std::uint32_t row);
  std::uint32_t key_position(const PolarizedHead& head, std::uint32_t token);

  const DecoderConfig config_;
  const EngineId engine_;
  EngineContents* const contents_;
  QueryWindow* const window_;
  Busy busy_;
  /// Inverse of each map's key order: key token -> key position.
  std::unordered_map<const PolarizedHead*, std::vector<std::uint32_t>> positions_;
  WeightRegisters weights_;
  RowAssembler rows_in_;

  StatGroup stats_;
  Account cycles_;
  Counter macs_{stats_, "macs", "multiply-accumulates of decoding"};
  Counter rows_{stats_, "rows", "rows written to the engine's buffers"};
  Counter qv_bytes_{stats_, "qv_bytes", "written to the engine's Q/V buffer"};
  Counter ks_bytes_{stats_, "ks_bytes", "written to the engine's K/S buffer"};
  Counter index_bytes_{stats_, "index_bytes", "written to the index buffer"};
};

}  // namespace vitcod
