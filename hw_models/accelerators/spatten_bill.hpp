// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/accelerators/frame_ports.hpp"
#include "hw_models/accelerators/spatten_config.hpp"
#include "hw_models/bill_of_materials/bill_of_materials.hpp"

namespace vitcod {

/// The port of the crossbar by which numbers of chosen tokens leave.
inline constexpr CrossbarInput kChosenIn = kEncodedIn;

/// By input of the crossbar, its outputs. Chosen tokens are stored for a token_gather alone.
std::vector<OutputMask> spatten_ways(const SpattenConfig& config);

/// What the machine is built of. DRAM controllers and PHYs are not on the bill.
BillOfMaterials spatten_bill(const SpattenConfig& config);

}  // namespace vitcod
