// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "hw_models/engine/engine_contents.hpp"

namespace vitcod {

/// An engine's share of one output row: accumulators and row sum.
struct PartialRow {
  const AttentionTile* tile = nullptr;          ///< a bit that changes with each tile, in hardware
  std::uint32_t row = 0;                        ///< AttentionTile::row_index
  std::shared_ptr<const PartialValues> values;  ///< null if none are computed
};

/// What it takes in the output buffer while it waits for the other engine's share: accumulators and
/// row sum of 4 bytes.
constexpr std::uint64_t partial_row_bytes(std::uint64_t features) { return 4 * features + 4; }

}  // namespace vitcod
