// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <systemc>
#include <vector>

#include "sim/kernel/clock.hpp"

namespace vitcod {

class LinkBase;

/// A part of the machine with cycles of its own to account for: a Block, or a passive part (a
/// buffer, a score unit) that a block drives by calls within one cycle.
class Module : public sc_core::sc_module {
 public:
  Module(const sc_core::sc_module_name& name, Clock& clock);

  Clock& clock() const { return clock_; }
  bool stepped() const { return stepped_; }

  /// Called once at the end of a run of `cycles` cycles of the module's clock. A passive part
  /// counts here the cycles since it was called last.
  virtual void finish(Cycle cycles) = 0;
  /// The account whose total must be the length of the run; null for a part without one.
  virtual const CycleAccount* account() const = 0;

 private:
  Clock& clock_;
  const bool stepped_;
};

/// A synchronous machine. `tick(now)` does the work of cycle `now` and returns the next cycle at
/// which the block can make progress by itself (kOnLink: only a neighbour can help). Contract:
///  1. In a cycle in which nothing can change, `tick` changes nothing.
///  2. If anything moved it returns `now + 1`, or later only if the cycles between are fully
///     determined and accounted for (`account_until`).
///  3. Otherwise it returns the earliest own deadline. Too early is slower; too late is a bug,
///  found
///     by comparison with a stepped run, in which every block is ticked every cycle.
/// State holds absolute cycles, so that sleeping changes nothing.
class Block : public Module {
 public:
  Block(const sc_core::sc_module_name& name, Clock& clock);

  /// What the block does or waits for now, for the dump of a run without progress.
  std::string_view activity() const { return account()->standing_name(); }

  /// Tells `listener` of every pass on the block's account.
  void listen(CycleListener& listener) { cycle_account().listen(listener); }

  void finish(Cycle cycles) final {
    settle(cycles);
    pass_until(cycles);
  }
  const CycleAccount* account() const final { return &const_cast<Block*>(this)->cycle_account(); }

 protected:
  virtual Cycle tick(Cycle now) = 0;
  /// The block's account, to be counted by the kernel under its standing reason.
  virtual CycleAccount& cycle_account() = 0;

  /// Cycles before `cycle` have passed on the account by the block itself (run ahead).
  void account_until(Cycle cycle);
  /// The cycles before `cycle` pass under the standing reason, those of them that have not yet: for
  /// a block that knows that nothing changes it.
  void pass_until(Cycle cycle);
  /// For a block that accounts for all its cycles itself, once it knows them: it does those before
  /// `cycles`, the length of the run, now.
  virtual void settle(Cycle /*cycles*/) {}

 private:
  friend class Clock;
  friend class LinkBase;

  void run(Cycle now);

  std::size_t index_;                          ///< in the clock's list
  std::vector<const LinkBase*> ahead_inputs_;  ///< links that ever got a beat ahead of its time
  CycleAccount* account_ = nullptr;            ///< once it is known
  Cycle counted_until_ = 0;
  /// Cycle in which the last of the beats is seen that were pushed ahead of their time.
  Cycle last_ahead_ = 0;
};

}  // namespace vitcod
