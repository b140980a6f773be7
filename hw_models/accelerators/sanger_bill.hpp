// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/sanger_config.hpp"
#include "hw_models/bill_of_materials/bill_of_materials.hpp"

namespace vitcod {

/// What the machine is built of. With prediction off there is no predictor. The multipliers of the
/// lines are the array's.
BillOfMaterials sanger_bill(const SangerConfig& config);

}  // namespace vitcod
