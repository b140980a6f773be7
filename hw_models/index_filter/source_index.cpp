// SPDX-License-Identifier: Apache-2.0
#include "hw_models/index_filter/source_index.hpp"

#include <numeric>

#include "hw_models/index_buffer/index_format.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

using Kind = SourceSection::Kind;

void append_tokens(std::vector<std::uint8_t>& bytes, const AttentionTile& source,
                   std::uint32_t head, std::uint32_t first, std::uint32_t end) {
  for (std::uint32_t position = first; position < end; ++position) {
    append_little_endian(bytes, source.head(head).key_order[position],
                         index_bytes(source.num_keys()));
  }
}

void append_starts(std::vector<std::uint8_t>& bytes, const ColumnLengths& lengths) {
  std::uint64_t start = 0;
  for (const std::uint32_t length : lengths) {
    append_little_endian(bytes, start, 2);
    start += length;
  }
  append_little_endian(bytes, start, 2);
}

void append_mask_column(std::vector<std::uint8_t>& bytes, const AttentionTile& source,
                        std::uint32_t head, std::uint32_t position) {
  append_tokens(bytes, source, head, position, position + 1);
  const std::uint32_t rows = source.map->num_queries;
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (row % 8 == 0) bytes.push_back(0);
    const bool kept = source.head(head).denser_kept[std::size_t{position} * rows + row] != 0;
    if (kept) bytes.back() = static_cast<std::uint8_t>(bytes.back() | (1U << row % 8));
  }
}

/// The entries of the head that `column` is of; leaves it at the next head's first.
void append_entries(std::vector<std::uint8_t>& bytes, std::uint32_t width, std::uint32_t head,
                    const std::vector<ColumnSegment>& columns,
                    std::vector<ColumnSegment>::const_iterator& column) {
  for (; column != columns.end() && column->head == TileHead{head}; ++column) {
    for (std::uint32_t i = 0; i < column->num_rows; ++i)
      append_little_endian(bytes, column->rows[i], width);
  }
}

}  // namespace

std::vector<ColumnLengths> column_lengths(const AttentionTile& source) {
  std::vector<ColumnLengths> lengths;
  for (std::uint32_t head = 0; head < source.num_heads; ++head) {
    lengths.emplace_back(source.num_keys() - source.num_denser(head), 0);
  }
  std::vector<std::vector<std::uint32_t>> storage;
  for (const ColumnSegment& column : sparser_columns(source, storage)) {
    const std::uint32_t head = value_of(column.head);
    lengths[head][value_of(column.key) - source.num_denser(head)] = column.num_rows;
  }
  return lengths;
}

std::vector<SourceSection> source_sections(const AttentionTile& source) {
  const std::uint32_t tokens = source.num_keys();
  const std::uint32_t width = index_bytes(tokens);
  std::vector<SourceSection> sections;
  for (std::uint32_t head = 0; head < source.num_heads; ++head) {
    sections.push_back({Kind::kDenserTokens, head, source.num_denser(head), width});
  }
  for (std::uint32_t head = 0; head < source.num_heads; ++head) {
    const std::uint32_t sparser = tokens - source.num_denser(head);
    if (sparser == 0) continue;
    sections.push_back({Kind::kTokens, head, sparser, width});
    sections.push_back({Kind::kStarts, head, std::uint64_t{sparser} + 1, 2});
    sections.push_back({Kind::kEntries, head, 0, width});
  }
  for (std::uint32_t head = 0; source.mask_denser_block && head < source.num_heads; ++head) {
    for (std::uint32_t column = 0; column < source.num_denser(head); ++column) {
      sections.push_back({Kind::kMaskColumn, head, width + ceil_div(tokens, 8U), 1});
    }
  }
  return sections;
}

std::uint64_t source_index_bytes(const AttentionTile& source) {
  std::uint64_t bytes = 0;
  for (const SourceSection& section : source_sections(source)) {
    bytes += section.num_elements * section.element_bytes;
  }
  for (const ColumnLengths& lengths : column_lengths(source)) {
    bytes += std::accumulate(lengths.begin(), lengths.end(), std::uint64_t{0}) *
             index_bytes(source.num_keys());
  }
  return bytes;
}

std::vector<std::uint8_t> encode_source_index(const AttentionTile& source) {
  const std::vector<ColumnLengths> lengths = column_lengths(source);
  std::vector<std::vector<std::uint32_t>> storage;
  const std::vector<ColumnSegment> columns = sparser_columns(source, storage);
  auto column = columns.begin();
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint32_t> mask_columns(source.num_heads, 0);  // of each head, that are there
  for (const SourceSection& section : source_sections(source)) {
    const std::uint32_t head = section.head;
    const std::uint32_t denser = source.num_denser(head);
    switch (section.kind) {
      case Kind::kDenserTokens:
        append_tokens(bytes, source, head, 0, denser);
        break;
      case Kind::kTokens:
        append_tokens(bytes, source, head, denser, source.num_keys());
        break;
      case Kind::kStarts:
        append_starts(bytes, lengths[head]);
        break;
      case Kind::kEntries:
        append_entries(bytes, section.element_bytes, head, columns, column);
        break;
      case Kind::kMaskColumn:
        append_mask_column(bytes, source, head, mask_columns[head]++);
        break;
    }
  }
  return bytes;
}

}  // namespace vitcod
