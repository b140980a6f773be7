// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/vitcod_config.hpp"
#include "hw_models/bill_of_materials/bill_of_materials.hpp"

namespace vitcod {

/// What the machine is built of. With one engine there is no denser engine, nor its decoder; DRAM
/// controllers and PHYs are not on the bill.
BillOfMaterials vitcod_bill(const VitcodConfig& config);

}  // namespace vitcod
