// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/engine/attention_tile.hpp"

namespace vitcod {

/// The index of a tile of all rows as the index filter takes it from DRAM, in the order in which
/// one pass over it suffices. A token's number and a row index have index_bytes(tokens) bytes.
/// 1. Of each head: the tokens of its denser columns, in the order of their positions.
/// 2. Of each head with sparser columns: their tokens; their starts and the end, from 0 in each
///    head, 2 bytes each (modulo 2^16); the row indices of their entries.
/// 3. If denser blocks are masked, of each denser column of each head: its token once more, and a
///    mask bit a row, from a new byte on.
std::vector<std::uint8_t> encode_source_index(const AttentionTile& source);

/// Bytes of encode_source_index().
std::uint64_t source_index_bytes(const AttentionTile& source);

/// Elements of one kind that follow each other in a source index.
struct SourceSection {
  enum class Kind : std::uint8_t { kDenserTokens, kTokens, kStarts, kEntries, kMaskColumn };

  Kind kind;
  std::uint32_t head;          ///< within the tile
  std::uint64_t num_elements;  ///< of kMaskColumn bytes, with those of the token
  std::uint32_t element_bytes;
};

/// The sections of a source index as its header gives them: without the number of entries, which
/// the starts before them tell.
std::vector<SourceSection> source_sections(const AttentionTile& source);

/// Entries of each column of a head that the sparser engine computes, by position from the first.
using ColumnLengths = std::vector<std::uint32_t>;
/// Of each head of the tile.
std::vector<ColumnLengths> column_lengths(const AttentionTile& source);

}  // namespace vitcod
