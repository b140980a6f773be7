// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/score_unit/score_format.hpp"

namespace vitcod {

/// Bytes of an index into `num_keys` positions or `num_rows` rows, as stored on chip: 1, 2 or 4.
std::uint32_t index_bytes(std::uint32_t extent);

/// Appends the lowest `width` bytes of `value`, the least significant first.
void append_little_endian(std::vector<std::uint8_t>& bytes, std::uint64_t value,
                          std::uint32_t width);

/// Bytes of an entry of the sparser engine's S: the score and the position of its key.
inline std::uint32_t sparse_entry_bytes(std::uint32_t num_keys) {
  return kScoreBytes + index_bytes(num_keys);
}

/// The index of a tile as it lies in DRAM and in the index buffer. First, for each head with
/// sparser columns: their starts and the rows' starts, 2 bytes each (modulo 2^16: a column and a
/// row are shorter). Then the row indices of all columns, from the tile's first row on,
/// index_bytes(rows of the tile) each. Then a mask bit for each entry of the denser blocks, column
/// by column; none if the tile masks no entry.
std::vector<std::uint8_t> encode_index(const AttentionTile& tile);

/// Some bytes of a tile's index.
struct IndexPiece {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};
/// Where the starts of the rows lie in it, head by head: what an SpMM needs of it.
std::vector<IndexPiece> row_starts(const AttentionTile& tile);

}  // namespace vitcod
