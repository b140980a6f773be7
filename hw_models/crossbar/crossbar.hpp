// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/crossbar/crossbar_config.hpp"
#include "hw_models/dma/packet.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Connects the global buffers with the units. A packet holds its input port and all of its output
/// ports (Packet::outputs) for ceil(bytes / width) cycles; a packet for several outputs goes to all
/// at once. Who waits for the same output is served in turn. ModelError if a packet goes where its
/// input has no way to. Unloaded, a packet that is visible in cycle n is visible at the other side
/// in n + ceil(bytes / width).
class Crossbar final : public Block {
 public:
  std::vector<std::unique_ptr<LinkIn<Packet>>> packet_in;
  std::vector<std::unique_ptr<LinkOut<Packet>>> packet_out;

  /// `ways`: by input, the outputs that packets can go to. At most as many outputs as OutputMask
  /// has bits.
  Crossbar(const sc_core::sc_module_name& name, Clock& clock, const CrossbarConfig& config,
           std::vector<OutputMask> ways, std::size_t num_outputs, StatGroup& parent);

 private:
  enum class Activity { kIdle, kTransferring, kOutputBlocked };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  bool try_start(std::size_t input, Cycle now);
  Cycle ports_free(std::size_t input, Cycle now) const;
  Cycle stand(Cycle next, bool waits, Cycle now);

  const CrossbarConfig config_;
  const std::vector<OutputMask> ways_;  ///< by input
  std::vector<Cycle> input_free_;
  std::vector<Cycle> output_free_;
  std::size_t first_input_ = 0;  ///< whose turn it is

  StatGroup stats_;
  CycleBreakdown<Activity, 3> cycles_{stats_, {"idle", "transferring", "output_blocked"}};
  Counter packets_{stats_, "packets", "packets carried"};
  Counter bytes_{stats_, "bytes", "bytes carried, once for each output"};
};

}  // namespace vitcod
