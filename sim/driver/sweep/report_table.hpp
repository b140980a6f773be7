// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "sim/driver/sweep/mean.hpp"

namespace vitcod {

/// Axes with a value, or a list of values, that a row must have one of.
using RowFilter = std::vector<std::pair<std::string, Json>>;

/// A cell of a report table.
struct ReportCell {
  std::string text;  ///< with formulas in braces, see CellTemplate
  RowFilter where;   ///< of the rows that its line is made of: those that have these values
  std::optional<std::string> across;  ///< an axis: one cell for each of its values
  std::optional<MeanKind> mean;       ///< none: that of the line
  std::string otherwise;              ///< in its place where a formula has no value; as `text`
};

/// Lines of a report table that are made in one way: one for all rows that differ in `over` alone.
struct ReportLines {
  RowFilter where;
  std::vector<std::string> over;     ///< axes, and "member"
  MeanKind mean = MeanKind::kFirst;  ///< of what a formula gives for the rows of a cell
  std::vector<ReportCell> cells;
  std::optional<ReportCell> order;  ///< by the number of this cell, upwards; none: as the rows
};

/// Members of an object in the result, at any depth below it, that have numbers of their own.
struct Members {
  std::string of;  ///< pointer into the result: to an object, or a list of objects
  /// Columns by name: pointers into the result, in which * stands for the member.
  std::vector<std::pair<std::string, std::string>> parts;
};

/// A table for a page: NAME.md, and NAME.csv with the same cells.
struct ReportTable {
  std::string name;
  std::vector<std::string> titles;
  std::optional<Members> members;  ///< its rows are these of each point, in place of points
  std::vector<ReportLines> lines;
};

/// The column with the name of a member, and the axis of that name.
inline constexpr const char* kMemberColumn = "member";

void read(ConfigReader& reader, ReportCell& cell);
void read(ConfigReader& reader, ReportLines& lines);
void read(ConfigReader& reader, Members& members);
void read(ConfigReader& reader, ReportTable& table);

}  // namespace vitcod
