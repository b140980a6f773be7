// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hw_models/index_filter/filter_placement.hpp"
#include "hw_models/index_filter/kept_tokens.hpp"
#include "hw_models/index_filter/source_index.hpp"

namespace vitcod {

/// The values of one pass over a source index: the index of the kept tokens, made of the bytes that
/// come and of the headers of both tiles. What it remembers fits the filter's memories: the columns
/// of one head, the counters of its rows, and places in the result.
class IndexRestriction {
 public:
  /// `result` receives placement.bytes bytes. ModelError if `kept` has another number of tokens
  /// than the restricted map.
  IndexRestriction(const FilterPlacement& placement, const KeptTokens& kept,
                   std::vector<std::uint8_t>& result);

  /// The next bytes of the source index. ModelError if what is made has another size than planned.
  void take(std::span<const std::uint8_t> bytes);

  bool done() const { return section_ == sections_.size(); }

 private:
  void take_element(std::uint32_t value);
  void end_sections();
  void end_section();
  void begin_entries();
  void end_columns();
  void take_entry(std::uint32_t token);
  void end_entries();
  void take_mask_byte(std::uint32_t value);
  void put(std::uint64_t& place, std::uint64_t value, std::uint32_t width);

  const AttentionTile& source_;  ///< of both tiles the header alone is used
  const AttentionTile& tile_;
  const KeptTokens& kept_;
  std::vector<std::uint8_t>& result_;
  std::vector<SourceSection> sections_;
  const std::uint32_t row_bytes_;  ///< of a row index in the result

  std::size_t section_ = 0;
  std::uint64_t taken_ = 0;  ///< elements of the section
  std::uint32_t value_ = 0;  ///< bytes of the next element
  std::uint32_t value_bytes_ = 0;

  std::uint32_t kept_columns_ = 0;  ///< of the section, then of the head's sparser ones
  std::vector<bool> is_kept_;       ///< sparser columns of the head
  std::vector<std::uint32_t> lengths_;
  std::uint32_t last_start_ = 0;
  std::size_t column_ = 0;
  std::uint32_t in_column_ = 0;
  std::vector<std::uint32_t> row_counts_;

  std::uint64_t num_entries_ = 0;  ///< kept so far
  std::uint64_t starts_at_ = 0;    ///< where the next column start goes
  std::uint64_t rows_at_ = 0;      ///< where the head's next row start goes
  std::uint64_t next_row_start_ = 0;
  std::uint64_t entries_at_ = 0;  ///< where the next row index goes, after it the mask bits
  std::uint32_t mask_token_ = 0;
  std::uint32_t bits_used_ = 8;  ///< of the last byte of mask bits
};

}  // namespace vitcod
