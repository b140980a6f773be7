// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "sim/driver/sweep/sweep_config.hpp"

namespace vitcod {

/// Makes the Markdown table of a sweep (MarkdownTable) out of its rows: fractions have four digits.
/// Keeps the rows that it shows.
class SweepMarkdown {
 public:
  explicit SweepMarkdown(const SweepConfig& config);

  /// A row of the table; `cells` in the order of table_columns.
  void add(const std::vector<Json>& cells, bool is_on_front);

  /// The table, with rows of means at its end: of the ratios, of all points that have them and
  /// differ in the axes of the mean alone.
  std::string text() const;

 private:
  using Group = std::vector<const std::vector<Json>*>;

  std::vector<Group> groups_over(const std::vector<std::size_t>& over,
                                 const RowFilter& where) const;
  std::string mean_row(const Group& group, const std::vector<std::size_t>& over,
                       MeanKind kind) const;

  const SweepConfig& config_;
  std::vector<std::size_t> shown_;   ///< columns
  std::vector<std::size_t> axes_;    ///< likewise: all that there are
  std::vector<std::size_t> ratios_;  ///< likewise
  std::vector<std::vector<Json>> rows_;
};

}  // namespace vitcod
