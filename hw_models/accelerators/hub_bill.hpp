// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/frame_config.hpp"
#include "hw_models/bill_of_materials/bill_of_materials.hpp"

namespace vitcod {

/// The stream hub and the units behind it, with the queues of the links around them.
void add_hub_units(const FrameConfig& config, BillOfMaterials& bill);

}  // namespace vitcod
