// SPDX-License-Identifier: Apache-2.0
#include "hw_models/index_filter/source_walk.hpp"

#include <algorithm>
#include <numeric>

#include "hw_models/index_buffer/index_format.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

using Kind = SourceSection::Kind;

SourceWalk::SourceWalk(const AttentionTile& source, const AttentionTile& tile, std::uint32_t lanes)
    : lanes_(lanes),
      token_bytes_(index_bytes(source.num_keys())),
      pass_steps_(ceil_div(tile.num_rows + 1, lanes)),
      sections_(source_sections(source)),
      lengths_(column_lengths(source)) {
  for (SourceSection& section : sections_) {
    if (section.kind != Kind::kEntries) continue;
    const ColumnLengths& lengths = lengths_[section.head];
    section.num_elements = std::accumulate(lengths.begin(), lengths.end(), std::uint64_t{0});
  }
  for (std::uint32_t head = 0; head < tile.num_heads; ++head) {
    keeps_sparser_.push_back(tile.num_denser(head) < tile.num_keys());
  }
}

FilterSteps SourceWalk::advance(std::uint64_t bytes) {
  FilterSteps result;
  bytes += carried_;
  // Sections without elements belong to the packet that ends the one before.
  while (!done()) {
    const SourceSection& section = sections_[section_];
    const std::uint64_t left = section.num_elements - taken_;
    const std::uint64_t elements = std::min(left, bytes / section.element_bytes);
    bytes -= elements * section.element_bytes;
    take(elements, result);
    if (elements < left) break;
    ++section_;
    taken_ = 0;
  }
  carried_ = bytes;
  return result;
}

void SourceWalk::take(std::uint64_t elements, FilterSteps& result) {
  const SourceSection& section = sections_[section_];
  count(section, elements, result);
  taken_ += elements;
  const bool ends = taken_ == section.num_elements;
  if (section.kind == Kind::kEntries) {
    take_entries(elements, ends, result);
    if (ends) end_entries(result);
  } else {
    result.steps += ceil_div(elements, lanes_);
  }
}

void SourceWalk::count(const SourceSection& section, std::uint64_t elements, FilterSteps& result) {
  switch (section.kind) {
    case Kind::kDenserTokens:
      result.tokens += elements;
      return;
    case Kind::kTokens:
      result.tokens += elements;
      result.column_writes += elements;
      return;
    case Kind::kStarts:
      // The first one tells no length.
      result.column_writes += elements - (taken_ == 0 && elements > 0 ? 1 : 0);
      return;
    case Kind::kEntries:
      result.entries += elements;
      return;
    case Kind::kMaskColumn: {
      const std::uint64_t of_token =
          std::min(taken_ + elements, token_bytes_) - std::min(taken_, token_bytes_);
      const bool has_token = of_token > 0 && taken_ + of_token == token_bytes_;
      result.tokens += has_token ? 1 : 0;
      result.mask_bytes += elements - of_token;
      return;
    }
  }
}

void SourceWalk::take_entries(std::uint64_t entries, bool ends_head, FilterSteps& result) {
  const std::size_t num_columns = lengths_[sections_[section_].head].size();
  while (entries > 0 || (ends_head && column_ < num_columns)) {
    entries -= entry_step(entries);
    ++result.steps;
    ++result.column_reads;
  }
}

/// Takes as many of `entries` as a step does and ends its columns; returns how many it took.
std::uint64_t SourceWalk::entry_step(std::uint64_t entries) {
  const ColumnLengths& lengths = lengths_[sections_[section_].head];
  const std::uint64_t most = std::min<std::uint64_t>(entries, lanes_);
  std::uint64_t taken = 0;
  for (std::uint32_t ended = 0; ended < lanes_ && column_ < lengths.size(); ++ended) {
    const auto now = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(lengths[column_] - in_column_, most - taken));
    taken += now;
    in_column_ += now;
    if (in_column_ < lengths[column_]) break;
    ++column_;
    in_column_ = 0;
  }
  return taken;
}

void SourceWalk::end_entries(FilterSteps& result) {
  column_ = 0;
  in_column_ = 0;
  if (!keeps_sparser_[sections_[section_].head]) return;
  result.steps += pass_steps_;
  result.counter_reads += pass_steps_;
}

}  // namespace vitcod
