// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/dma/packet.hpp"
#include "hw_models/stream_hub/stream_hub_config.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Units that loads stream through (PacketUnit) behind one output and one input of the crossbar.
/// Packets go, in order, to the unit that their placement names; results go back, units that have
/// some taking turns by packet. A packet holds its way for ceil(bytes / width) cycles. Unloaded,
/// one that is visible in cycle n is visible at the other side in n + ceil(bytes / width).
class StreamHub final : public Block {
 public:
  LinkIn<Packet> packet_in{"packet_in"};
  std::vector<std::unique_ptr<LinkOut<Packet>>> unit_out;
  std::vector<std::unique_ptr<LinkIn<Packet>>> unit_in;
  LinkOut<Packet> packet_out{"packet_out"};

  StreamHub(const sc_core::sc_module_name& name, Clock& clock, const StreamHubConfig& config,
            std::size_t num_units, StatGroup& parent);

 private:
  enum class Activity { kIdle, kPassing, kUnitBlocked, kOutputBlocked };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  bool pass_in(Cycle now);
  bool pass_out(Cycle now);
  Cycle cycles_of(const Packet& packet) const;

  const StreamHubConfig config_;
  Busy in_;               ///< the way to the units
  Busy out_;              ///< and the way back
  std::size_t turn_ = 0;  ///< the unit that comes first on the way back

  StatGroup stats_;
  CycleBreakdown<Activity, 4> cycles_{stats_,
                                      {"idle", "passing", "unit_blocked", "output_blocked"}};
  Counter packets_{stats_, "packets", "packets passed, both ways"};
  Counter bytes_in_{stats_, "bytes_in", "bytes passed to units"};
  Counter bytes_out_{stats_, "bytes_out", "bytes passed to the crossbar"};
};

}  // namespace vitcod
