// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "hw_models/controller/controller_messages.hpp"
#include "hw_models/engine/partial_row.hpp"
#include "hw_models/engine/phase_machine.hpp"
#include "hw_models/mac_lines/mac_lines_config.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// What both attention engines are: a block that executes one phase of one tile after the other.
/// An order begins with `reconfigure_cycles`, then the phase's machine runs. Within a phase the
/// engine runs ahead of time as far as its course is determined; a stepped run, and a phase in
/// which the engines depend on each other, advances it cycle by cycle. An order that the controller
/// pushes in cycle n is answered, as the controller sees it, in n + 1 + reconfigure_cycles + cycles
/// of the phase. The next order may come once this one is answered.
class Engine : public Block {
 public:
  LinkIn<UnitOrder> order_in{"order_in"};
  LinkOut<UnitDone> done_out{"done_out"};
  LinkOut<PartialRow> row_out{"row_out"};

  Engine(const sc_core::sc_module_name& name, Clock& clock, const MacLinesConfig& lines,
         StatGroup& parent);

 protected:
  virtual std::unique_ptr<PhaseMachine> make_phase(const Kernel& kernel, Cycle start) = 0;
  /// Serves other blocks, before the phase goes on; in each cycle in which the phase does not run
  /// ahead. Returns whether there is more to do in the next cycle.
  virtual bool serve_others(Cycle /*now*/) { return false; }
  StatGroup& statistics() { return stats_; }
  const MacLinesConfig& lines() const { return lines_; }

 private:
  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  void begin_phase(Cycle now);
  Cycle advance(Cycle now);

  const MacLinesConfig lines_;
  std::unique_ptr<PhaseMachine> phase_;
  Cycle start_ = 0;            ///< first cycle of the phase, after reconfiguration
  Cycle simulated_until_ = 0;  ///< cycles before are simulated and accounted for

  StatGroup stats_;
  EngineCycles cycles_{stats_, kEngineActivityNames};
  Counter phases_{stats_, "phases", "phases executed"};
};

}  // namespace vitcod
