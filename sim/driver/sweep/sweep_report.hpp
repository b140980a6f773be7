// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "sim/driver/sweep/report_table.hpp"

namespace vitcod {

/// A column that sets a figure of a point against one of the same or of another point.
struct Ratio {
  std::string name;
  std::string figure;               ///< pointer into the result, or a column of the table
  std::optional<std::string> over;  ///< likewise; none: `figure`, or 1 without a reference
  /// Axes and their values at the point that `over` is of; in all other axes it is the point's own.
  std::vector<std::pair<std::string, Json>> reference;
  bool is_inverse = false;
  double scale = 1;
};

/// A straight line through a figure of several points.
struct Fit {
  std::string name;               ///< columns: with _slope, _offset and _r2
  std::string figure;             ///< pointer into the result, or a column of the table
  std::string against;            ///< likewise
  std::vector<std::string> over;  ///< axes: one line through all points that differ in these alone
  RowFilter where;                ///< of the points that have these values alone
};

/// Rows of means below a table: over points that differ in `over` alone.
struct TableMean {
  MeanKind kind = MeanKind::kGeometric;
  std::vector<std::string> over;  ///< axes
  RowFilter where;                ///< of the table's rows
};

/// A table for people to read, as Markdown.
struct MarkdownTable {
  std::vector<std::string> columns;
  bool is_of_front = false;  ///< the rows on a Pareto front alone
  RowFilter where;
  std::vector<TableMean> means;
};

void read(ConfigReader& reader, Ratio& ratio);
void read(ConfigReader& reader, Fit& fit);
void read(ConfigReader& reader, TableMean& mean);
void read(ConfigReader& reader, MarkdownTable& table);

}  // namespace vitcod
