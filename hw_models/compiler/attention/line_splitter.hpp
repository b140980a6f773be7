// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/engine/line_split.hpp"

namespace vitcod {

/// Phases of the MAC lines within a work unit.
enum class Phase : std::uint8_t { kSddmm, kSpmm };

/// Kept entries of the sparser engine, and the words of S that they fill.
struct SparseWork {
  std::uint64_t entries = 0;
  std::uint64_t words = 0;
};

/// The work of a unit, as its mask fixes it.
struct UnitWorkload {
  struct DenserHead {
    std::uint32_t head;  ///< within the unit
    std::uint32_t columns;
  };
  std::uint32_t num_rows = 0;  ///< query rows of the tile
  std::uint32_t query_features = 0;
  std::uint32_t value_features = 0;
  std::vector<DenserHead> denser_heads;  ///< heads with denser columns
  std::uint64_t sparse_entries = 0;      ///< kept entries of the sparser engine
  std::uint64_t sparse_words = 0;        ///< words of S that they fill
  std::uint64_t sparse_rows = 0;         ///< (head, row) pairs with such entries
  std::uint64_t longest_row = 0;         ///< most such entries in one of them
  std::uint64_t longest_segment = 0;     ///< most rows of a column that one line computes
  std::uint64_t sparse_segments = 0;     ///< about; columns, or pieces of them
  std::uint64_t shared_entries = 0;      ///< of `sparse_entries`, in heads with denser columns
  bool single_pass = false;  ///< SDDMM: each Q row passes by once, so stripes have all columns

  std::uint64_t denser_columns() const {
    std::uint64_t sum = 0;
    for (const DenserHead& head : denser_heads) sum += head.columns;
    return sum;
  }
};

/// A window of Q rows that the denser engine's buffer may hold in place of all rows of a unit.
struct QueryWindowRules {
  std::uint32_t rows = 0;          ///< of a head; 0: there is none
  std::uint32_t heads = 0;         ///< of a unit, at most
  std::uint32_t row_bytes = 0;     ///< of a row in DRAM, at most
  std::uint32_t fetches = 1;       ///< rows that are missed, on their way at a time
  std::uint32_t lines = 0;         ///< that the denser engine can have
  std::uint32_t packet_bytes = 1;  ///< that come at once
};

/// Divides the lines between the engines for one phase from the work that is known offline (ViTCoD
/// section V: in proportion to the workloads). The split chosen is the one whose slower engine is
/// predicted to finish first, the one with the fewest denser lines among equals; the prediction
/// counts whole passes and rows, not stalls. Without `dynamic` each engine has half of the lines,
/// whatever the work; without `two_engines` the sparser engine has all. `max_groups` bounds the row
/// groups of an engine in the SpMM.
class LineSplitter {
 public:
  LineSplitter(const MacLinesConfig& lines, bool two_engines, bool dynamic,
               std::uint32_t max_groups)
      : lines_(lines), two_engines_(two_engines), dynamic_(dynamic), max_groups_(max_groups) {}

  LineSplit split(const UnitWorkload& work, Phase phase) const;

  /// Which units, by their rows of Q, have shares of one pass (UnitWorkload::single_pass).
  const QueryWindowRules& query_window() const { return query_window_; }
  void pass_rows(const QueryWindowRules& rules) { query_window_ = rules; }

 private:
  class Prediction;

  RowGroups groups_of(const UnitWorkload& work, std::uint32_t num_lines) const;

  const MacLinesConfig lines_;
  const bool two_engines_;
  const bool dynamic_;
  const std::uint32_t max_groups_;
  QueryWindowRules query_window_;
};

}  // namespace vitcod
