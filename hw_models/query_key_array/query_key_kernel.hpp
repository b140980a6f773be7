// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "hw_models/program/kernel.hpp"
#include "hw_models/query_key_array/attention_rows.hpp"

namespace vitcod {

/// Compute all rows of S of a tile.
struct QueryKeyKernel final : Kernel {
  std::shared_ptr<const PairTile> tile;
};

}  // namespace vitcod
