// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "hw_models/controller/controller_messages.hpp"
#include "hw_models/dma/packet.hpp"
#include "hw_models/engine/partial_row.hpp"
#include "hw_models/normaliser/normaliser_config.hpp"
#include "hw_models/normaliser/normaliser_kernels.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Where the two engines' shares of a row meet. Between the phases it merges the largest exponents
/// of the rows that both engines have scores of. In the SpMM it takes finished rows from both
/// engines, one a cycle from each; a row that both share waits in the output buffer
/// (`rows_buffered` for each engine) for its other half. Complete rows are added, divided by their
/// row sum and rounded to int8, in ceil(features / features_per_cycle) cycles each, and leave in
/// packets of whole rows. Rows without kept entries give zeros. Unloaded, a packet whose last row
/// is complete in cycle n is pushed in n + ceil(features / features_per_cycle).
///
/// Where keys are cut, rows are carried from key tile to key tile in the output buffer: with the
/// first tile all are written, with those between the rows that they have shares of are read and
/// written, with the last one all are read and leave. A row takes the cycles for that too, one
/// after the other.
class Normaliser final : public Block {
 public:
  LinkIn<UnitOrder> order_in{"order_in"};
  LinkOut<UnitDone> done_out{"done_out"};
  LinkIn<PartialRow> denser_in{"denser_in"};
  LinkIn<PartialRow> sparser_in{"sparser_in"};
  LinkOut<Packet> packet_out{"packet_out"};

  /// `exponents`: null if no values are computed.
  Normaliser(const sc_core::sc_module_name& name, Clock& clock, const NormaliserConfig& config,
             RowExponents* exponents, StatGroup& parent);

 private:
  enum class Activity { kIdle, kMerging, kNormalising, kWaitRows, kOutputBlocked };
  static constexpr std::size_t kReadyRows = 2;  ///< complete rows waiting for the dividers
  static constexpr std::uint32_t kNoRow = ~std::uint32_t{0};

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  bool begin_order(Cycle now);
  void begin_merge(Cycle now);
  void begin_rows();
  void end_order();
  Cycle merge(Cycle now);
  Cycle normalise(Cycle now);
  bool take_partial(LinkIn<PartialRow>& link, EngineId engine);
  bool needs(EngineId engine, std::uint32_t row) const { return needed_[index_of(engine)][row]; }
  bool takes_empty_rows() const { return !normalise_->resumes || !normalise_->carries; }
  Cycle carry_cycles();
  bool start_row(Cycle now);
  bool finish_row(Cycle now);
  bool send_packet();
  void merge_exponents();
  const PartialValues& sum_of_shares(std::uint32_t row);
  void compute_row(std::uint32_t row);
  std::uint32_t packet_of(std::uint32_t row) const;
  std::uint32_t rows_of(std::uint32_t packet) const;
  Packet make_packet(std::uint32_t index);

  const NormaliserConfig config_;
  RowExponents* const exponents_;
  const MergeKernel* merge_ = nullptr;  ///< the order in progress is one of these
  const NormaliseKernel* normalise_ = nullptr;
  const AttentionTile* tile_ = nullptr;  ///< of the order in progress; null: none
  Busy busy_;
  std::uint32_t current_row_ = kNoRow;
  std::uint32_t next_empty_row_ = 0;  ///< rows before have been looked at for emptiness
  std::uint32_t rows_left_ = 0;
  std::uint32_t packets_left_ = 0;
  std::deque<std::uint32_t> ready_rows_;
  /// Whether the row has a share of the engine, and whether that has come, by engine and row.
  std::array<std::vector<bool>, 2> needed_;
  std::array<std::vector<bool>, 2> arrived_;
  std::array<std::uint32_t, 2> buffered_{};
  /// Values of the shares that have come, by engine and row.
  std::array<std::vector<std::shared_ptr<const PartialValues>>, 2> shares_;
  PartialValues sum_;                   ///< of the shares of the row that is computed
  std::vector<PartialValues> carried_;  ///< values of the rows that key tiles carry on
  std::uint32_t packets_a_head_ = 0;
  std::vector<std::uint32_t> packet_rows_left_;
  std::vector<std::shared_ptr<std::vector<std::uint8_t>>> packet_values_;
  std::deque<std::uint32_t> ready_packets_;

  StatGroup stats_;
  CycleBreakdown<Activity, 5> cycles_{
      stats_, {"idle", "merging", "normalising", "wait_rows", "output_blocked"}};
  Counter rows_{stats_, "rows", "output rows"};
  Counter merged_{stats_, "merged_rows", "output rows with shares of both engines"};
  Counter partial_bytes_written_{stats_, "partial_bytes_written",
                                 "of rows that wait in the output buffer for their other half"};
  Counter partial_bytes_read_{stats_, "partial_bytes_read", "of these, once it has come"};
  Counter carried_bytes_written_{stats_, "carried_bytes_written",
                                 "of rows that are carried to the next key tile"};
  Counter carried_bytes_read_{stats_, "carried_bytes_read", "of these, for the next key tile"};
};

}  // namespace vitcod
