// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/packet_unit/stream_placement.hpp"

namespace vitcod {

/// What the average pool does with a load of tokens, 8 bits a feature: their mean, one row of
/// `features` bytes, is stored in one stretch.
struct PoolPlacement final : StreamPlacement {
  std::uint32_t tokens = 0;        ///< rows of the load; the last one ends the pool
  std::uint32_t features = 0;      ///< bytes of a row
  std::uint32_t packet_bytes = 1;  ///< largest packet of results
};

}  // namespace vitcod
