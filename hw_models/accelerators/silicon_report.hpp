// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/bill_of_materials/silicon.hpp"
#include "hw_models/energy/energy_account.hpp"
#include "sim/base/json.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

/// Writes `/area_mm2`, `/sram` and `/power_mw` of a run of `cycles` cycles in `seconds`, and adds
/// leakage and clock to `/energy_pj`, which is there. Power is energy over the run's time.
void write_silicon(const Silicon& silicon, const EnergyAccount& events, const ClockConfig& clock,
                   Cycle cycles, double seconds, Json& result);

}  // namespace vitcod
