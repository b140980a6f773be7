// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/program/line_split.hpp"
#include "hw_models/program/unit_context.hpp"

namespace vitcod {

/// Order of the controller to an engine: one phase of one unit, on a number of lines.
struct EngineTask {
  Phase phase = Phase::kSddmm;
  UnitContext* unit = nullptr;
  const LineSplit* split = nullptr;
};

/// The engine's answer in the last cycle of the phase.
struct EngineDone {};

}  // namespace vitcod
