// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace vitcod {

/// An engine's share of one output row: accumulators and row sum stand in the unit's context.
struct PartialRow {
  std::uint32_t row = 0;  ///< WorkUnit::row_index
};

}  // namespace vitcod
