// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "hw_models/crossbar/crossbar_config.hpp"
#include "hw_models/dma/transfer.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Connects the global buffers with the engines. A packet holds its input port and all of its
/// output ports for ceil(bytes / width) cycles; a packet for both engines goes to both at once. Who
/// waits for the same output is served in turn. Unloaded, a packet that is visible in cycle n is
/// visible at the other side in n + ceil(bytes / width).
class Crossbar final : public Block {
 public:
  LinkIn<PacketRef> weights_in{"weights_in"};
  LinkIn<PacketRef> inputs_in{"inputs_in"};
  LinkIn<PacketRef> results_in{"results_in"};
  LinkIn<PacketRef> encoded_in{"encoded_in"};
  LinkOut<PacketRef> denser_out{"denser_out"};
  LinkOut<PacketRef> sparser_out{"sparser_out"};
  LinkOut<PacketRef> results_out{"results_out"};
  LinkOut<PacketRef> encoder_out{"encoder_out"};

  Crossbar(const sc_core::sc_module_name& name, Clock& clock, const CrossbarConfig& config,
           StatGroup& parent);

 private:
  static constexpr std::size_t kNumInputs = 4;
  static constexpr std::size_t kNumOutputs = 4;
  enum class Activity { kIdle, kTransferring, kOutputBlocked };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  LinkIn<PacketRef>& input(std::size_t index);
  LinkOut<PacketRef>& output(std::size_t index);
  bool try_start(std::size_t input_index, Cycle now);

  const CrossbarConfig config_;
  std::array<Cycle, kNumInputs> input_free_{};
  std::array<Cycle, kNumOutputs> output_free_{};
  std::size_t first_input_ = 0;  ///< whose turn it is

  StatGroup stats_;
  CycleBreakdown<Activity, 3> cycles_{stats_, {"idle", "transferring", "output_blocked"}};
  Counter packets_{stats_, "packets", "packets carried"};
  Counter bytes_{stats_, "bytes", "bytes carried, once for each output"};
};

}  // namespace vitcod
