// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_report.hpp"

namespace vitcod {

void read(ConfigReader& reader, Ratio& ratio) {
  reader.required("name", ratio.name, "column of the table");
  reader.required("figure", ratio.figure, "pointer into the result, or a column of the table");
  reader.optional("over", ratio.over,
                  "what it is divided by, likewise; absent: the figure of the reference, or 1");
  reader.optional_map("reference", ratio.reference,
                      "axes with their values at the point to divide by; absent: the same point");
  std::optional<bool> is_inverse;
  reader.optional("inverse", is_inverse, "the other way round: less of a figure is more");
  std::optional<double> scale;
  reader.optional("scale", scale, "what the ratio is multiplied by; absent: 1");
  if (reader.is_describing()) return;
  reader.finish();
  ratio.is_inverse = is_inverse.value_or(false);
  ratio.scale = scale.value_or(1);
}

void read(ConfigReader& reader, Fit& fit) {
  reader.required("name", fit.name, "of its columns, with _slope, _offset and _r2 behind it");
  reader.required("figure", fit.figure, "pointer into the result, or a column of the table");
  reader.required("against", fit.against, "what it is a line over, likewise");
  reader.required("over", fit.over, "axes: a line through the points that differ in these alone");
  reader.optional_map("where", fit.where, "axes and values: of the points that have these alone");
}

void read(ConfigReader& reader, TableMean& mean) {
  reader.required_enum("kind", mean.kind, EnumNames<MeanKind>(kMeanKinds), "which mean of ratios");
  reader.required("over", mean.over, "axes: a mean over all of their values");
  reader.optional_map("where", mean.where, "axes and values: of the rows that have these alone");
}

void read(ConfigReader& reader, MarkdownTable& table) {
  reader.required("columns", table.columns, "columns of the table, in this order");
  std::optional<bool> front;
  reader.optional("front", front, "rows on a Pareto front alone; absent: all");
  reader.optional_map("where", table.where, "axes and values: the rows that have these alone");
  reader.optional_list("means", table.means, "rows of means of the ratios");
  table.is_of_front = front.value_or(false);
}

}  // namespace vitcod
