// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "sim/base/stats.hpp"

namespace vitcod {

/// What an engine as a whole does in a cycle: the reason it is counted under.
enum class EngineActivity : std::uint8_t {
  kIdle,         ///< no phase in progress
  kBusy,         ///< at least one line multiplies
  kWaitQuery,    ///< no line multiplies; the oldest waits for a Q row
  kWaitKey,      ///< ... for a K row
  kWaitValue,    ///< ... for a V row
  kWaitIndex,    ///< ... for the next column or row
  kWaitScores,   ///< ... for the score unit or S
  kWaitOutput,   ///< ... for the output buffer
  kDrain,        ///< the pipelines empty
  kReconfigure,  ///< the lines switch to the phase
};
inline constexpr std::size_t kNumEngineActivities = 10;
inline constexpr std::array<std::string_view, kNumEngineActivities> kEngineActivityNames = {
    "idle",       "busy",        "wait_query",  "wait_key", "wait_value",
    "wait_index", "wait_scores", "wait_output", "drain",    "reconfigure"};
using EngineCycles = CycleBreakdown<EngineActivity, kNumEngineActivities>;

/// One phase of one engine, as a machine that can be advanced by one cycle or by many: nothing
/// outside the engine changes its course within a phase, but for room for output rows, which is
/// known only for the present cycle, and for what runs_ahead() tells.
class PhaseMachine {
 public:
  explicit PhaseMachine(Cycle start) : next_step_(start) {}
  virtual ~PhaseMachine() = default;

  /// Simulates the cycles [from, to), fewer if the phase ends or if a later cycle depends on room
  /// that is not known in cycle `present`. Each simulated cycle passes on `cycles`. Returns the
  /// first cycle that is not simulated. A call for a single cycle steps it whatever next_event()
  /// said.
  Cycle advance(Cycle from, Cycle to, Cycle present, EngineCycles& cycles);

  /// Simulates cycle `now`, the next one, of a phase that does not run ahead: it is stepped if
  /// next_event() named that cycle.
  void advance_one(Cycle now, EngineCycles& cycles);

  /// Whether its course is known ahead of time. False: what another block does in a cycle counts in
  /// the next one, so that it is advanced by one cycle in each.
  virtual bool runs_ahead() const { return true; }

  /// True once the last cycle of the phase has been simulated.
  bool done() const { return done_; }

  /// Whether in the last simulated cycle it did nothing but wait for room for its rows.
  bool waits_for_output() const { return waits_for_output_; }

 protected:
  /// The work of cycle `now`.
  virtual void step(Cycle now) = 0;
  /// The next cycle with anything to do, after step(now); kOnLink if only the end is left.
  virtual Cycle next_event(Cycle now) const = 0;
  /// What the engine does from `now` to the next event.
  virtual EngineActivity activity(Cycle now) const = 0;
  /// A row wants to leave and no room for it is known.
  virtual bool lacks_room() const { return false; }

  /// The phase ends before cycle `end`.
  void end_at(Cycle end) { end_ = end; }
  bool ending() const { return end_ != kNever; }

 private:
  static constexpr Cycle kNever = std::numeric_limits<Cycle>::max();

  Cycle next_step_;
  Cycle end_ = kNever;
  EngineActivity standing_ = EngineActivity::kIdle;  ///< since the last step of advance_one()
  bool done_ = false;
  bool waits_for_output_ = false;
};

}  // namespace vitcod
