// SPDX-License-Identifier: Apache-2.0
#include "hw_models/index_filter/index_restriction.hpp"

#include <algorithm>

#include "hw_models/index_buffer/index_format.hpp"

namespace vitcod {
namespace {

using Kind = SourceSection::Kind;

constexpr std::uint32_t kStartBytes = 2;
constexpr const char* kOtherSize = "a restricted index has another size than was planned";

}  // namespace

IndexRestriction::IndexRestriction(const FilterPlacement& placement, const KeptTokens& kept,
                                   std::vector<std::uint8_t>& result)
    : source_(*placement.source),
      tile_(*placement.tile),
      kept_(kept),
      result_(result),
      sections_(source_sections(source_)),
      row_bytes_(index_bytes(placement.tile->num_rows)) {
  check(kept.num_tokens() == source_.num_keys() && kept.num_kept() == tile_.num_keys(),
        "an index is restricted to other tokens than those that came");
  result_.assign(placement.bytes, 0);
  end_sections();
}

void IndexRestriction::take(std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    check(!done(), "a source index is longer than its header tells");
    value_ |= std::uint32_t{byte} << (8 * value_bytes_);
    if (++value_bytes_ < sections_[section_].element_bytes) continue;
    take_element(value_);
    value_ = 0;
    value_bytes_ = 0;
    ++taken_;
    end_sections();
  }
}

void IndexRestriction::take_element(std::uint32_t value) {
  switch (sections_[section_].kind) {
    case Kind::kDenserTokens:
      kept_columns_ += kept_.keeps(value) ? 1 : 0;
      return;
    case Kind::kTokens:
      is_kept_.push_back(kept_.keeps(value));
      kept_columns_ += kept_.keeps(value) ? 1 : 0;
      return;
    case Kind::kStarts:
      // Modulo 2^16: a column is shorter.
      if (taken_ > 0) lengths_.push_back((value - last_start_) & 0xFFFFU);
      last_start_ = value;
      return;
    case Kind::kEntries:
      take_entry(value);
      return;
    case Kind::kMaskColumn:
      take_mask_byte(value);
      return;
  }
}

/// Ends the section if it is complete, and those without elements behind it.
void IndexRestriction::end_sections() {
  while (!done() && taken_ == sections_[section_].num_elements) {
    end_section();
    ++section_;
    taken_ = 0;
  }
  if (done()) check(entries_at_ == result_.size(), kOtherSize);
}

void IndexRestriction::end_section() {
  switch (sections_[section_].kind) {
    case Kind::kDenserTokens: {
      // What the head has of starts is known: the entries lie behind all of them.
      const std::uint64_t sparser = kept_.num_kept() - kept_columns_;
      if (sparser > 0) entries_at_ += kStartBytes * (sparser + 1 + tile_.num_rows + 1);
      kept_columns_ = 0;
      return;
    }
    case Kind::kTokens:
      return;
    case Kind::kStarts:
      begin_entries();
      return;
    case Kind::kEntries:
      end_entries();
      return;
    case Kind::kMaskColumn:
      return;
  }
}

void IndexRestriction::begin_entries() {
  std::uint64_t entries = 0;
  for (const std::uint32_t length : lengths_) entries += length;
  sections_[section_ + 1].num_elements = entries;
  row_counts_.assign(tile_.num_rows, 0);
  if (kept_columns_ > 0) {
    // The rows' starts lie behind the columns', of which the number is known.
    rows_at_ = starts_at_ + kStartBytes * (std::uint64_t{kept_columns_} + 1);
    next_row_start_ = num_entries_;
    put(starts_at_, num_entries_, kStartBytes);
  }
}

/// Ends the columns before the next entry: `column_` is the one that it lies in.
void IndexRestriction::end_columns() {
  while (column_ < lengths_.size() && in_column_ == lengths_[column_]) {
    if (is_kept_[column_]) put(starts_at_, num_entries_, kStartBytes);
    ++column_;
    in_column_ = 0;
  }
}

void IndexRestriction::take_entry(std::uint32_t token) {
  end_columns();
  ++in_column_;
  if (!is_kept_[column_] || !kept_.keeps(token)) return;
  const std::uint32_t row = kept_.rank(token);
  if (row < tile_.first_row || row >= tile_.first_row + tile_.num_rows) return;
  put(entries_at_, row - tile_.first_row, row_bytes_);
  ++row_counts_[row - tile_.first_row];
  ++num_entries_;
}

/// The pass over the row counters.
void IndexRestriction::end_entries() {
  end_columns();
  if (kept_columns_ > 0) {
    for (const std::uint32_t count : row_counts_) {
      put(rows_at_, next_row_start_, kStartBytes);
      next_row_start_ += count;
    }
    put(rows_at_, next_row_start_, kStartBytes);
    starts_at_ = rows_at_;
  }
  kept_columns_ = 0;
  is_kept_.clear();
  lengths_.clear();
  column_ = 0;
}

void IndexRestriction::take_mask_byte(std::uint32_t value) {
  const std::uint32_t token_bytes = index_bytes(source_.num_keys());
  const auto at = static_cast<std::uint32_t>(taken_);
  if (at < token_bytes) {
    mask_token_ = (at == 0 ? 0 : mask_token_) | value << (8 * at);
    return;
  }
  if (!kept_.keeps(mask_token_)) return;
  for (std::uint32_t bit = 0; bit < 8; ++bit) {
    const std::uint32_t token = 8 * (at - token_bytes) + bit;
    if (!kept_.keeps(token)) continue;
    const std::uint32_t row = kept_.rank(token);
    if (row < tile_.first_row || row >= tile_.first_row + tile_.num_rows) continue;
    if (bits_used_ == 8) {
      put(entries_at_, 0, 1);
      bits_used_ = 0;
    }
    const std::uint32_t kept = value >> bit & 1U;
    result_[entries_at_ - 1] =
        static_cast<std::uint8_t>(result_[entries_at_ - 1] | kept << bits_used_++);
  }
}

void IndexRestriction::put(std::uint64_t& place, std::uint64_t value, std::uint32_t width) {
  check(place + width <= result_.size(), kOtherSize);
  for (std::uint32_t i = 0; i < width; ++i) {
    result_[place++] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

}  // namespace vitcod
