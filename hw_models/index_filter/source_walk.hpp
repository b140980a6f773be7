// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hw_models/index_filter/source_index.hpp"

namespace vitcod {

/// What bytes of a source index make the filter do. A step is a cycle.
struct FilterSteps {
  std::uint64_t steps = 0;          ///< of all kinds
  std::uint64_t tokens = 0;         ///< numbers of columns' tokens that came
  std::uint64_t column_writes = 0;  ///< words of the column table: is it kept, then its end
  std::uint64_t entries = 0;        ///< row indices that came
  std::uint64_t mask_bytes = 0;     ///< bytes of mask bits that came
  std::uint64_t column_reads = 0;   ///< steps over entries, each with a read of the column table
  std::uint64_t counter_reads = 0;  ///< words of row counters that the passes over them read
};

/// The steps of the filter on one source index, in its order; they depend on the source map and on
/// which heads keep sparser columns, not on the values that come. A step takes up to `lanes`
/// elements of one section of a packet. Of entries it takes up to `lanes` that lie in up to `lanes`
/// columns, and it ends these columns, so that columns without entries take a share of a step; ends
/// behind the last entry of a head take steps of their own. Then a pass over the row counters takes
/// ceil((rows + 1) / lanes) steps, if the head keeps sparser columns.
class SourceWalk {
 public:
  /// `source`: all rows of the map. `tile`: of the restricted map, the same heads.
  SourceWalk(const AttentionTile& source, const AttentionTile& tile, std::uint32_t lanes);

  /// The steps that are due once `bytes` more of the index have come.
  FilterSteps advance(std::uint64_t bytes);
  bool done() const { return section_ == sections_.size(); }

 private:
  void take(std::uint64_t elements, FilterSteps& result);
  void count(const SourceSection& section, std::uint64_t elements, FilterSteps& result);
  void take_entries(std::uint64_t entries, bool ends_head, FilterSteps& result);
  void end_entries(FilterSteps& result);
  std::uint64_t entry_step(std::uint64_t entries);

  std::uint32_t lanes_;
  std::uint64_t token_bytes_;
  std::uint64_t pass_steps_;
  std::vector<SourceSection> sections_;
  std::vector<ColumnLengths> lengths_;  ///< of each head
  std::vector<bool> keeps_sparser_;     ///< of each head
  std::size_t section_ = 0;             ///< that is being taken
  std::uint64_t taken_ = 0;             ///< of its elements
  std::uint64_t carried_ = 0;           ///< bytes of an element that have come
  std::size_t column_ = 0;              ///< of the head, in which the next entry may lie
  std::uint32_t in_column_ = 0;         ///< its entries that were taken
};

}  // namespace vitcod
