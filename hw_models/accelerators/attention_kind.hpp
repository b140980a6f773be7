// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "hw_models/accelerators/frame_config.hpp"
#include "hw_models/accelerators/line_cycles.hpp"
#include "hw_models/accelerators/mac_count.hpp"
#include "hw_models/accelerators/reference_model.hpp"
#include "hw_models/accelerators/way_floors.hpp"
#include "hw_models/accelerators/wiring.hpp"
#include "hw_models/bill_of_materials/bill_of_materials.hpp"
#include "hw_models/compiler/compiler.hpp"
#include "hw_models/crossbar/crossbar.hpp"
#include "hw_models/dma/dma.hpp"
#include "hw_models/engine/engine_contents.hpp"
#include "sim/base/json.hpp"

namespace vitcod {

/// The blocks of a machine that compute attention, wired into a frame.
class AttentionBlocks {
 public:
  AttentionBlocks() = default;
  AttentionBlocks(const AttentionBlocks&) = delete;
  AttentionBlocks& operator=(const AttentionBlocks&) = delete;
  virtual ~AttentionBlocks() = default;

  /// Connects them. Ports of the crossbar and of the controller that are attention's are theirs
  /// (frame_ports.hpp): they bind all of them.
  virtual void bind(Wiring& wiring, Crossbar& crossbar, Controller& controller) = 0;
  /// Connects what fetches single rows from DRAM; only if the kind has any on their way.
  virtual void bind_fetches(Wiring&, Dma&) {}
  /// What a region holds is lost.
  virtual void lose_contents(RegionId region) = 0;
  /// Where the index of kept tokens goes; null if no values are computed.
  virtual EngineContents* index_contents() = 0;
  /// Multiply-accumulates of the lines.
  virtual std::uint64_t macs_done() const = 0;
  /// Adds what the lines did in attention.
  virtual void add_line_cycles(LineCycles& sums) const = 0;
  /// Reasons of these in which no register of a line changes.
  virtual std::vector<std::string> still_reasons() const = 0;
  /// Multiply-accumulates of other multipliers.
  virtual std::vector<MacCount> other_macs() const = 0;
};

/// How a kind of machine computes attention: what the frame does not have.
class AttentionKind {
 public:
  AttentionKind() = default;
  AttentionKind(const AttentionKind&) = delete;
  AttentionKind& operator=(const AttentionKind&) = delete;
  virtual ~AttentionKind() = default;

  /// What the machine has besides attention.
  virtual const FrameConfig& frame() const = 0;
  /// Single rows that attention can have on their way from DRAM at a time.
  virtual std::uint32_t row_fetches() const { return 0; }
  /// What the machine runs.
  virtual const Trace& trace() const = 0;
  /// By input of the crossbar, the outputs that packets can go to.
  virtual std::vector<OutputMask> crossbar_ways() const = 0;
  /// What the machine offers to a plan for `layers`. Throws ConfigError if a buffer does not suit
  /// the workload.
  virtual PlanLimits limits(const LayerList& layers) const = 0;
  /// Chooses the denser columns of maps that the trace left uncut, if the machine tells them from
  /// others. Throws InputError if a block fits in no way.
  virtual void cut_maps(LayerList&) const {}
  /// Fills in what a program must know of attention's units.
  virtual void complete(Target& target) const = 0;
  /// Phases of its jobs that those of the frame's list do not serve; they follow these.
  virtual std::vector<std::string> further_phases() const { return {}; }
  /// `limits` must outlive the method.
  virtual std::unique_ptr<AttentionMethod> method(const PlanLimits& limits) const = 0;
  /// `stats`: of the machine's blocks.
  virtual std::unique_ptr<AttentionBlocks> make_blocks(Clock& clock, bool with_values,
                                                       StatGroup& stats) const = 0;
  /// Multiply-accumulates that a block of attention asks of the lines.
  virtual std::uint64_t required_macs(const AttentionLayer& layer) const = 0;
  /// Sets what passed attention's ways against their width.
  virtual void require_ways(const WayFloors&) const {}
  /// Of the whole machine.
  virtual BillOfMaterials bill() const = 0;
  virtual ValueFormats formats() const = 0;
};

}  // namespace vitcod
