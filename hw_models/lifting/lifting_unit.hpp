// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/decoder/row_assembler.hpp"
#include "hw_models/decoder/weight_registers.hpp"
#include "hw_models/lifting/lift_placement.hpp"
#include "hw_models/lifting/lifting_cost.hpp"
#include "hw_models/packet_unit/packet_unit.hpp"

namespace vitcod {

/// Detail bands of patches, by a learned 2D lifting scheme. Lanes pass over a patch in one of two
/// memories, horizontally and then vertically a level, while the one before leaves the other and
/// the next enters it. A packet with which n patches are complete takes the longest of n times a
/// patch, its way in and its rows' way out; these leave once the last patch, which entered before
/// it was lifted, has left its memory. Packets are handled in order.
class LiftingUnit final : public PacketUnit {
 public:
  LiftingUnit(const sc_core::sc_module_name& name, Clock& clock, const LiftingConfig& config,
              StatGroup& parent);

  std::uint64_t macs_done() const { return macs_.value(); }
  /// MACs that it can do in a cycle.
  std::uint64_t multipliers() const { return kLiftTaps * kLiftFilters * cost_.lanes; }

 private:
  /// ModelError if a patch is larger than its memory, or came before its taps.
  Step work_on(const Packet& packet) override;
  Cycle taken_from(const Packet& packet, Cycle done) const override;
  Cycle latency_of(const LiftPlacement& placement) const;
  void count(const Packet& packet, const PatchShape& patch);
  Packet result_of(const Packet& packet, const LiftPlacement& placement);
  Payload lift(const Packet& packet, const LiftPlacement& placement);

  const LiftingCost cost_;
  WeightRegisters taps_;
  RowAssembler patches_in_;
  Cycle last_latency_ = 0;  ///< of the packet before

  Counter patches_{statistics(), "patches", "patches lifted"};
  Counter macs_{statistics(), "macs", "multiply-accumulates of their filters"};
  Counter pairs_{statistics(), "pairs", "pairs of samples that the lanes lifted"};
  Counter patch_bytes_written_{statistics(), "patch_bytes_written",
                               "bytes written to the patch memories: patches and samples lifted"};
  Counter patch_bytes_read_{statistics(), "patch_bytes_read",
                            "bytes read from the patch memories: samples to lift and results"};
  Counter tap_bytes_written_{statistics(), "tap_bytes_written", "bytes of taps that entered"};
  Counter result_bytes_{statistics(), "result_bytes", "bytes of rows, those of zeros included"};
};

}  // namespace vitcod
