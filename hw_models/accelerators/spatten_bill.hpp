// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/spatten_config.hpp"
#include "hw_models/bill_of_materials/bill_of_materials.hpp"

namespace vitcod {

/// What the machine is built of. DRAM controllers and PHYs are not on the bill.
BillOfMaterials spatten_bill(const SpattenConfig& config);

}  // namespace vitcod
