// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <systemc>
#include <vector>

#include "sim/kernel/clock.hpp"

namespace vitcod {

class LinkBase;
class Module;

/// How a run is executed. None of these changes a result; tests rely on that.
struct RunMode {
  bool stepped = false;   ///< every block is ticked in every cycle, nothing is batched
  bool reversed = false;  ///< blocks of one cycle run in the opposite order
  /// Edges of the fastest clock that may run in one activation of the SystemC process; SystemC's
  /// own time is exact at its boundaries. 0: SystemC's time is exact at every edge.
  std::uint64_t quantum_edges = 1U << 14U;
  /// Cycles of the slowest clock without any progress after which a run is given up.
  Cycle watchdog_cycles = 1'000'000;
};

/// Owns time. All clocks hang on one common tick, the least common multiple of their frequencies,
/// so the ratio of two clocks is exact over any run length (500 MHz and 1200 MHz: 6 GHz, 12 and 5
/// ticks). One SC_METHOD advances the machine from event to event.
class Scheduler final : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Scheduler);

  /// Greatest common multiple of the clocks' frequencies, kHz: a run of some 1000 s can be counted.
  static constexpr std::uint64_t kMaxTicksPerMs = std::numeric_limits<Tick>::max() / 1'000'000;

  Scheduler(const sc_core::sc_module_name& name, const RunMode& mode);
  ~Scheduler() override;

  const RunMode& mode() const { return mode_; }
  Tick now() const { return now_; }

  /// Called by the block that knows that the program is complete: the current cycle is the last.
  void stop() { stop_requested_ = true; }

  /// Progress that no link shows: a block has determined its own future up to `tick`. A block that
  /// knows that it will do something later tells this whether it sleeps until then or is ticked in
  /// each cycle, so that the watchdog's verdict does not depend on the mode. What repeats for ever
  /// (a refresh) is no progress.
  void note_progress(Tick tick) {
    if (tick > last_progress_) last_progress_ = tick;
  }

  /// Runs to the end of the program. Throws what a block threw (ModelError with block and cycle
  /// put in front), DeadlockError, or ModelError if a link is not empty or an account is off.
  void run();

  /// Ticks of blocks executed so far, the events of the simulation: depends on the mode.
  std::uint64_t num_wakeups() const;

  /// Cycles of `clock` in the run, once it has ended: the edges in [0, end).
  Cycle num_cycles(const Clock& clock) const { return clock.edges_before(end_); }

 private:
  friend class Block;
  friend class Clock;
  friend class LinkBase;
  friend class Module;

  void activate();
  void advance();
  void resolve_common_tick();
  void check_progress() const;
  void finish();
  std::string who_waits_for_whom() const;
  sc_core::sc_time sc_time_of(Tick tick) const;

  const RunMode mode_;
  std::vector<Clock*> clocks_;
  std::vector<Module*> modules_;
  std::vector<const LinkBase*> links_;
  std::uint64_t ticks_per_ms_ = 1;  ///< common tick frequency in kHz
  Tick now_ = 0;
  Tick end_ = 0;
  Tick last_progress_ = 0;
  bool stop_requested_ = false;
  std::uint64_t num_instants_ = 0;  ///< instants at which at least one clock had a due block
  std::exception_ptr error_;
};

}  // namespace vitcod
