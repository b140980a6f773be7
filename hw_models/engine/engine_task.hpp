// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/program/unit_context.hpp"

namespace vitcod {

/// Order of the controller to an engine: one phase of one unit, on the lines of the unit's split.
struct EngineTask {
  Phase phase = Phase::kSddmm;
  UnitContext* unit = nullptr;

  const LineSplit& split() const { return unit->work.split[static_cast<std::size_t>(phase)]; }
};

/// The engine's answer in the last cycle of the phase.
struct EngineDone {};

}  // namespace vitcod
