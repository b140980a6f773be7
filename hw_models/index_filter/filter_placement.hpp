// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/packet_unit/stream_placement.hpp"
#include "hw_models/program/region.hpp"

namespace vitcod {

/// What the index filter does with a load. Of both tiles the hardware knows the header: sizes,
/// heads, the source's denser columns of each head; all else comes with the load.
struct FilterPlacement final : StreamPlacement {
  enum class Kind : std::uint8_t {
    kNumbers,  ///< the source map's numbers of the tokens that are kept, ascending, 16 bits each,
               ///< little-endian, no rows: bitmap and ranks are made of them
    kIndex,    ///< the index of `source`, as encode_source_index(*source) lays it out
  };

  Kind kind = Kind::kNumbers;
  std::uint32_t num_source_tokens = 0;          ///< of the map in DRAM: its queries and its keys
  std::shared_ptr<const AttentionTile> source;  ///< kIndex: the tile's heads, all rows of the map
  std::shared_ptr<const AttentionTile> tile;    ///< kIndex: of the restricted map, what is made
  RegionId region{};                            ///< kIndex: of the index buffer
  std::uint64_t bytes = 0;                      ///< kIndex: of encode_index(*tile)
  std::uint64_t load_bytes = 0;                 ///< of the load: its last byte ends it
};

}  // namespace vitcod
