// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/controller/controller_messages.hpp"
#include "hw_models/pack_unit/pack_kernel.hpp"
#include "hw_models/pack_unit/pack_unit_config.hpp"
#include "hw_models/pack_unit/packed_pass.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Packs kept entries of masks for an array: see pack(). A pass that is full, or whose segment is
/// done, in cycle n is pushed in n + `latency_cycles` - 1; the next one is begun in n + 1. It waits
/// where the array's buffers are full. An order that is seen in cycle n is begun in n, and answered
/// with its last pass.
class PackUnit final : public Block {
 public:
  LinkIn<UnitOrder> order_in{"order_in"};
  LinkOut<UnitDone> done_out{"done_out"};
  LinkOut<PackedPass> pass_out{"pass_out"};

  PackUnit(const sc_core::sc_module_name& name, Clock& clock, const PackUnitConfig& config,
           const PassShape& shape, StatGroup& parent);

 private:
  enum class Activity { kIdle, kPacking, kWaitArray };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  void begin(const Kernel& kernel, Cycle now);
  void send_pass(Cycle now);

  const PackUnitConfig config_;
  const PassShape shape_;
  std::vector<PackingStep> steps_;  ///< of the order in progress; empty: none
  std::size_t next_ = 0;
  Cycle begun_ = 0;  ///< the first cycle of the next step

  StatGroup stats_;
  CycleBreakdown<Activity, 3> cycles_{stats_, {"idle", "packing", "wait_array"}};
  Counter words_{stats_, "words", "words of the mask that were read"};
  Counter sub_rows_{stats_, "sub_rows", "sub-rows that were packed"};
  Counter passes_{stats_, "passes", "passes that were packed"};
};

}  // namespace vitcod
