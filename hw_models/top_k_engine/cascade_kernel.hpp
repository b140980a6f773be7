// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/program/kernel.hpp"
#include "hw_models/top_k_engine/cascade_block.hpp"

namespace vitcod {

/// Choose what the next block keeps.
struct CascadeKernel final : Kernel {
  CascadeChoice choice;
};

}  // namespace vitcod
