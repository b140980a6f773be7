// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/bill_of_materials/silicon.hpp"
#include "hw_models/energy/clock_account.hpp"
#include "hw_models/energy/energy_account.hpp"
#include "sim/base/json.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

struct RunLength {
  Cycle cycles = 0;
  double seconds = 0;
  LineActivity lines;
};

/// Writes `/area_mm2`, `/sram`, `/clock_gating` and `/power_mw` of a run, and adds leakage and
/// clock to `/energy_pj`, which is there. Power is energy over the run's time.
void write_silicon(const Silicon& silicon, const EnergyAccount& events, const ClockAccount& clock,
                   const RunLength& run, Json& result);

}  // namespace vitcod
