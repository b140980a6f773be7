// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/packet_unit/stream_placement.hpp"

namespace vitcod {

/// What the lifting unit does with a load: taps (level, 2, 4) of 8 bits, or patches of a tile of
/// kept tokens. Results are `store`'s rows of 3 (side / 2^level)^2 x `channels` bytes: `zero_rows`
/// rows of prefix tokens, then one a patch.
struct LiftPlacement final : StreamPlacement {
  enum class Kind : std::uint8_t {
    kTaps,     ///< without rows: they stay in the unit
    kPatches,  ///< rows of side x side x channels bytes, numbered within the tile from 0
  };
  Kind kind = Kind::kPatches;
  std::uint32_t level = 1;
  std::uint32_t side = 2;  ///< a multiple of 2^level
  std::uint32_t channels = 1;
  std::uint32_t zero_rows = 0;  ///< stored with the tile's first patch; only in the first tile
  std::uint32_t tap_set = 0;    ///< number of the taps, counted over the program
};

}  // namespace vitcod
