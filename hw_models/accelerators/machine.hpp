// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/json.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

/// A complete machine with a workload on it, as those see it who run it: nothing here tells which
/// blocks it has. Made in a SimContext, one machine a context.
class Machine {
 public:
  Machine() = default;
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  virtual ~Machine() = default;

  /// Runs the workload to its end and checks the run: accounts and links (Scheduler::run), and what
  /// the machine itself conserves. Called once, before any other function but `listen`. Throws
  /// ModelError, DeadlockError.
  virtual void run() = 0;

  /// Tells `listener` of every pass of a cycle account of the machine. Before `run`; it must
  /// outlive the machine.
  virtual void listen(CycleListener& listener) = 0;
  /// Tells `listener` of every pass of one more account, `/layer/cycles`, which is in no report:
  /// its reasons are the names of the workload's layers, and each cycle passes under the layer that
  /// it belongs to. Before `run`; it must outlive the machine.
  virtual void listen_to_layers(CycleListener& listener) = 0;

  /// Clock of the accounts named "dram_clocks", kHz. All others have the clock below.
  virtual std::uint64_t dram_clock_khz() const = 0;
  /// Clock in which `total_cycles` counts, kHz.
  virtual std::uint64_t clock_khz() const = 0;
  virtual Cycle total_cycles() const = 0;
  /// Block ticks executed: what the run cost the host, no part of a result.
  virtual std::uint64_t num_wakeups() const = 0;

  /// Adds the machine's own parts to a result document, which has its /workload and
  /// /cycles/total: see report_fields(). Depends on the run
  /// alone, not on the run mode nor on whether values were computed.
  virtual void write_report(Json& result) const = 0;

  /// Writes `/values`: whether values were computed, and if so how many of the outputs differ from
  /// a reference that shares no code with the blocks.
  virtual void write_values(Json& values) = 0;
};

}  // namespace vitcod
