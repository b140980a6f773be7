// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/engine/attention_tile.hpp"

namespace vitcod {

/// Most keys of a segment: a word of the mask is 64 bits.
inline constexpr std::uint32_t kMaxSegmentKeys = 64;

/// The mask of a tile as the mask memory holds it: a word for each head, segment of keys and row,
/// whose bit i is the entry of the segment's key i, in the order of the tokens.
class SegmentedMask {
 public:
  /// Of the tile's kept entries, denser columns and others alike. `segment_keys`: 1 to
  /// kMaxSegmentKeys.
  SegmentedMask(const AttentionTile& tile, std::uint32_t segment_keys);

  std::uint32_t num_heads() const { return num_heads_; }
  std::uint32_t num_segments() const { return num_segments_; }  ///< of a head
  std::uint32_t num_rows() const { return num_rows_; }          ///< of a head
  std::uint64_t word(TileHead head, std::uint32_t segment, HeadRow row) const {
    return words_[place(head, segment, row)];
  }

 private:
  std::size_t place(TileHead head, std::uint32_t segment, HeadRow row) const {
    return (std::size_t{value_of(head)} * num_segments_ + segment) * num_rows_ + value_of(row);
  }
  void keep(TileHead head, KeyToken key, HeadRow row) {
    words_[place(head, value_of(key) / segment_keys_, row)] |= std::uint64_t{1}
                                                               << (value_of(key) % segment_keys_);
  }

  std::uint32_t num_heads_;
  std::uint32_t num_segments_;
  std::uint32_t num_rows_;
  std::uint32_t segment_keys_;
  std::vector<std::uint64_t> words_;
};

/// Bytes that the mask of so many rows of a head takes in the mask memory.
constexpr std::uint64_t mask_bytes(std::uint64_t num_rows, std::uint64_t num_keys,
                                   std::uint64_t segment_keys) {
  return 8 * num_rows * ((num_keys + segment_keys - 1) / segment_keys);
}

}  // namespace vitcod
