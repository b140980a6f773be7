// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/driver/sweep/expression.hpp"
#include "sim/driver/sweep/mean.hpp"

namespace vitcod {

/// Columns that formulas of a table may use.
struct TableNames {
  std::vector<std::string> columns;
  std::set<std::string> texts;  ///< all that formulas may compare a column with
};

/// A text with formulas over the columns of a table in braces, each with a format of fmt for
/// fractions behind a colon, or none for four digits: `{100 * busy / cycles:.1f} %`. A column
/// alone may also hold a text: `{model}`.
class CellTemplate {
 public:
  using Row = std::vector<Json>;

  /// Throws ConfigError (empty pointer) for a formula or format that is wrong.
  CellTemplate(const std::string& text, const TableNames& names);

  /// The text, with what `mean` makes of what each formula gives for the rows; of a column with
  /// texts it is that of the first one. Empty if a formula has no finite value in any of them. A
  /// number that is shown as zero has no sign.
  std::string text_of(const std::vector<const Row*>& rows, MeanKind mean) const;

 private:
  struct Part {
    std::string before;  ///< text in front
    std::optional<std::size_t> column;
    std::optional<Expression> formula;
    std::string format;  ///< empty: four digits
  };

  void add_formula(const std::string& before, const std::string& inside, const TableNames& names);
  static std::optional<double> number_of(const Part& part, const Row& row);

  std::vector<Part> parts_;
  std::string end_;
};

}  // namespace vitcod
