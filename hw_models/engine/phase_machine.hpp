// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
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
  kWaitScores,   ///< ... for the score unit
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
/// outside the engine changes its course within a phase, but for room for output rows, which
/// `advance` looks at only in cycles in which it is known.
class PhaseMachine {
 public:
  virtual ~PhaseMachine() = default;

  /// Simulates the cycles [from, to), fewer if the phase ends or if a later cycle depends on room
  /// that is not known yet. Adds each simulated cycle to `cycles`. Returns the first cycle that is
  /// not simulated.
  virtual Cycle advance(Cycle from, Cycle to, EngineCycles& cycles) = 0;
  /// True once the last cycle with anything to do has been simulated.
  virtual bool done() const = 0;
};

}  // namespace vitcod
