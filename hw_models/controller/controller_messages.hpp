// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/program/kernel.hpp"

namespace vitcod {

/// Order of the controller to a unit, which executes its orders one after the other.
struct UnitOrder {
  const Kernel* kernel = nullptr;
};

/// The unit's answer in the last cycle of an order.
struct UnitDone {};

}  // namespace vitcod
