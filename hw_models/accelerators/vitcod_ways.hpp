// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/vitcod_config.hpp"
#include "hw_models/accelerators/way_floors.hpp"

namespace vitcod {

/// The ways of attention's blocks: decoders to banks, banks to lines, S, index, forwarding, carried
/// rows. Throws as WayFloors does.
void require_vitcod_ways(const VitcodConfig& config, const WayFloors& floors);

}  // namespace vitcod
