// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "hw_models/controller/controller_messages.hpp"
#include "hw_models/dma/packet.hpp"
#include "hw_models/top_k_engine/cascade_kernel.hpp"
#include "hw_models/top_k_engine/top_k_cost.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// What the choice comes to from the importances, with the search that it takes: tokens first, then
/// heads. Of `sizes` the numbers of tokens and heads are read, and how many of them stay.
CascadeChoice choose(const CascadeChoice& sizes, const Importance& importance,
                     const TopKCost& cost);

/// Cascade pruning: chooses the tokens and heads that stay, between two attention blocks. An order
/// takes the cycles of the search that its choice says. With values the engine chooses itself, from
/// the importances of tokens and heads, which it leaves for those that stay: ModelError if it comes
/// to another choice than the trace, or searches otherwise.
///
/// Where an order has a store, the numbers of the tokens that stay leave behind the search, packet
/// by packet, each in as many cycles as its numbers take, and the order ends with the last one.
class CascadeSelector final : public Block {
 public:
  LinkIn<UnitOrder> order_in{"order_in"};
  LinkOut<UnitDone> done_out{"done_out"};
  LinkOut<Packet> packet_out{"packet_out"};

  /// `importance`: null if no values are computed.
  CascadeSelector(const sc_core::sc_module_name& name, Clock& clock, const TopKConfig& config,
                  Importance* importance, StatGroup& parent);

 private:
  enum class Activity { kIdle, kSelecting, kStoring, kOutputBlocked };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  void begin(const CascadeKernel& kernel, Cycle now);
  void send_next(Cycle now);
  void check_choice(const CascadeChoice& choice) const;

  const TopKCost cost_;
  Importance* const importance_;
  Busy busy_;
  std::deque<Packet> packets_;  ///< that are still to leave

  StatGroup stats_;
  CycleBreakdown<Activity, 4> cycles_{stats_, {"idle", "selecting", "storing", "output_blocked"}};
  Counter selections_{stats_, "selections", "choices of tokens and heads"};
  Counter tokens_dropped_{stats_, "tokens_dropped", "tokens that no later block has"};
  Counter heads_dropped_{stats_, "heads_dropped", "heads that no later block has"};
  Counter words_{stats_, "words", "words of entries that passes took, and of numbers that left"};
  Counter numbers_stored_{stats_, "numbers_stored", "numbers of tokens that stay, stored"};
};

}  // namespace vitcod
