// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "sim/base/json.hpp"

namespace vitcod::test {

/// Cycles by reason of each block, by its place below `/blocks`; of the layers under "/layer".
using CyclesByBlock = std::map<std::string, std::map<std::string, std::uint64_t>>;

/// What a waveform or a timeline says, as someone else reads such files.
struct ReadView {
  CyclesByBlock cycles;  ///< reasons without a cycle are left out
  std::string fault;     ///< what is wrong first with the file, or ""
};

/// Reads a Value Change Dump with text variables. `result`: of the run, tells which blocks have
/// DRAM clocks. In a run that is shown whole, each variable must have a value from time 0 on.
ReadView read_vcd(const std::string& text, const Json& result);

/// Reads a timeline in the Trace Event Format. Events of a thread must not overlap, their times
/// must be those of their cycles. What no event shows is not in `cycles`.
ReadView read_timeline(const std::string& text);

/// The same of a result: `idle` is left out if `with_idle` is false.
CyclesByBlock cycles_of(const Json& result, bool with_idle);

}  // namespace vitcod::test
