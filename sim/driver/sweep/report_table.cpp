// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/report_table.hpp"

namespace vitcod {

void read(ConfigReader& reader, ReportCell& cell) {
  reader.required("text", cell.text, "text, with formulas over columns in braces");
  reader.optional_map("where", cell.where, "axes and values: of the rows that have these alone");
  reader.optional("across", cell.across, "an axis: a cell for each of its values");
  std::optional<std::string> otherwise;
  reader.optional("otherwise", otherwise, "text where a formula has no value; absent: none");
  cell.otherwise = otherwise.value_or("");
  MeanKind mean = MeanKind::kFirst;
  reader.optional_enum("mean", mean, EnumNames<MeanKind>(kMeanKinds), "absent: that of the lines");
  if (reader.has("mean")) cell.mean = mean;
}

void read(ConfigReader& reader, ReportLines& lines) {
  reader.optional_map("where", lines.where, "axes and values: the rows that have these alone");
  std::optional<std::vector<std::string>> over;
  reader.optional("over", over, "axes: one line for all of their values; absent: a line a row");
  reader.optional_enum("mean", lines.mean, EnumNames<MeanKind>(kMeanKinds),
                       "of what a formula gives for the rows of a cell; absent: first");
  reader.required_list("cells", lines.cells, "cells of a line");
  reader.optional_object("order", lines.order,
                         "lines go up with the number of this cell, those without behind; absent: "
                         "in the order of the rows");
  lines.over = over.value_or(std::vector<std::string>{});
}

void read(ConfigReader& reader, Members& members) {
  reader.required("of", members.of, "pointer into the result: to an object or a list of objects");
  std::vector<std::pair<std::string, Json>> parts;
  reader.optional_map("parts", parts, "columns: pointers into the result, * for the member");
  if (reader.is_describing()) return;
  for (const auto& [name, pointer] : parts) {
    reader.require(pointer.is_string(), "parts",
                   "expected a JSON pointer into the result, found " + pointer.dump());
    members.parts.emplace_back(name, pointer.get<std::string>());
  }
}

void read(ConfigReader& reader, ReportTable& table) {
  reader.required("name", table.name, "of the files: NAME.md and NAME.csv");
  reader.required("titles", table.titles, "of the columns");
  reader.optional_object("members", table.members,
                         "rows are members of an object in each point's result");
  reader.required_list("lines", table.lines, "lines of the table, a group after the other");
}

}  // namespace vitcod
