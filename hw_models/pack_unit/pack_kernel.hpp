// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/program/kernel.hpp"

namespace vitcod {

/// Pack the mask of a tile, which lies in the mask memory.
struct PackKernel final : Kernel {
  std::shared_ptr<const AttentionTile> tile;
};

}  // namespace vitcod
