// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/dma/dma_messages.hpp"
#include "hw_models/gemm_engine/gemm_contents.hpp"
#include "hw_models/gemm_engine/gemm_engine_config.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// A write port: puts the packets of a linear layer's operands into the banks that the controller
/// handed out. A packet takes ceil(bytes / `write_bytes_per_cycle`) cycles; packets follow each
/// other without a gap. One that is visible in cycle n is delivered, as the controller sees it, in
/// n + ceil(bytes / width).
class GemmPort final : public Block {
 public:
  LinkIn<Packet> packet_in{"packet_in"};
  LinkOut<Delivery> delivery_out{"delivery_out"};

  /// `contents`: of the banks; null if no values are computed.
  GemmPort(const sc_core::sc_module_name& name, Clock& clock, const GemmEngineConfig& config,
           GemmContents* contents, StatGroup& parent);

 private:
  enum class Activity { kIdle, kWriting, kControllerBlocked };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }

  const Bandwidth width_;
  GemmContents* const contents_;
  Busy busy_;

  StatGroup stats_;
  CycleBreakdown<Activity, 3> cycles_{stats_, {"idle", "writing", "controller_blocked"}};
  Counter bytes_{stats_, "bytes_written", "to the banks"};
};

}  // namespace vitcod
