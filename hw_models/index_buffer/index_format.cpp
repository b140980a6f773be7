// SPDX-License-Identifier: Apache-2.0
#include "hw_models/index_buffer/index_format.hpp"

namespace vitcod {

std::uint32_t index_bytes(std::uint32_t extent) {
  if (extent <= 0x100U) return 1;
  return extent <= 0x10000U ? 2 : 4;
}

void append_little_endian(std::vector<std::uint8_t>& bytes, std::uint64_t value,
                          std::uint32_t width) {
  for (std::uint32_t i = 0; i < width; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

namespace {

void append_mask_bits(const AttentionTile& tile, std::vector<std::uint8_t>& bytes) {
  std::uint32_t used = 8;
  for (std::uint32_t head = 0; head < tile.num_heads; ++head) {
    for (std::uint32_t column = 0; column < tile.num_denser(head); ++column) {
      const std::size_t first = std::size_t{column} * tile.map->num_queries + tile.first_row;
      for (std::uint32_t row = 0; row < tile.num_rows; ++row) {
        if (used == 8) bytes.push_back(0);
        used = used == 8 ? 0 : used;
        const unsigned kept = tile.head(head).denser_kept[first + row] != 0 ? 1U : 0U;
        bytes.back() = static_cast<std::uint8_t>(bytes.back() | (kept << used++));
      }
    }
  }
}

}  // namespace

std::vector<std::uint8_t> encode_index(const AttentionTile& tile) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::vector<std::uint32_t>> storage;
  const std::vector<ColumnSegment> columns = sparser_columns(tile, storage);
  auto next = columns.begin();
  std::uint64_t starts_at = 0;
  std::uint64_t rows_at = 0;
  for (std::uint32_t head = 0; head < tile.num_heads; ++head) {
    if (tile.num_denser(head) == tile.num_keys()) continue;
    for (std::uint32_t key = tile.num_denser(head); key < tile.num_keys(); ++key) {
      append_little_endian(bytes, starts_at, 2);
      const bool is_next =
          next != columns.end() && next->head == TileHead{head} && next->key == KeyPosition{key};
      if (is_next) starts_at += (next++)->num_rows;
    }
    append_little_endian(bytes, starts_at, 2);
    for (std::uint32_t row = 0; row < tile.num_rows; ++row) {
      append_little_endian(bytes, rows_at, 2);
      rows_at += tile.num_sparse_entries(tile.row_index(TileHead{head}, HeadRow{row}));
    }
    append_little_endian(bytes, rows_at, 2);
  }
  for (const ColumnSegment& column : columns) {
    for (std::uint32_t i = 0; i < column.num_rows; ++i) {
      append_little_endian(bytes, column.rows[i] - tile.first_row, index_bytes(tile.num_rows));
    }
  }
  if (tile.mask_denser_block) append_mask_bits(tile, bytes);
  return bytes;
}

std::vector<IndexPiece> row_starts(const AttentionTile& tile) {
  std::vector<IndexPiece> pieces;
  std::uint64_t end = 0;
  for (std::uint32_t head = 0; head < tile.num_heads; ++head) {
    const std::uint64_t columns = tile.num_keys() - tile.num_denser(head);
    if (columns == 0) continue;
    const std::uint64_t bytes = 2 * (std::uint64_t{tile.num_rows} + 1);
    pieces.push_back({end + 2 * (columns + 1), bytes});
    end = pieces.back().offset + bytes;
  }
  return pieces;
}

}  // namespace vitcod
