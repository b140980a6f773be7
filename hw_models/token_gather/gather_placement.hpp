// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/packet_unit/stream_placement.hpp"

namespace vitcod {

/// What token_gather does with a load of a tile of kept tokens. Results are `store`'s rows of
/// 2 x (`features` + `new_features`) bytes, one a token of the tile.
struct GatherPlacement final : StreamPlacement {
  enum class Kind : std::uint8_t {
    kNumbers,  ///< numbers of rows, 16 bits each, without rows: they stay in the unit
    kNew,      ///< new features N of the tile's tokens, 8 bits: rows of `new_features` bytes
    kRows,     ///< the tile's rows of X, 16 bits an element, numbered within the tile from 0
  };
  Kind kind = Kind::kRows;
  std::uint32_t features = 0;      ///< of a row of X
  std::uint32_t new_features = 0;  ///< 0: rows are stored as they come, and there is no N
  std::uint32_t num_rows = 0;      ///< of the tile
  /// Of numbers: how often the DMA takes one of them beyond the first time.
  std::uint64_t more_numbers_taken = 0;
};

}  // namespace vitcod
