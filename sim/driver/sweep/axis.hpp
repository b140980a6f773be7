// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "sim/driver/setting.hpp"

namespace vitcod {

/// One quantity that a sweep varies: a column of its table.
struct Axis {
  std::string name;
  std::vector<std::string> pointers;  ///< each value is set at all of them; none: named
                                      ///< variants, or a variable of expressions
  std::vector<Json> values;           ///< scalars of one type, in the order of the file; or labels
  std::vector<std::vector<std::pair<std::string, Json>>> variants;  ///< settings of each label

  bool has_variants() const { return !variants.empty(); }
  /// True if neighbours in the list are neighbours in meaning: numbers are, labels are not.
  bool is_ordered() const;
  /// Adds the settings of the value at `index`.
  void append_settings(std::size_t index, std::vector<Setting>& settings) const;
};

/// Axes that step together: one dimension of the grid. All have the same number of values.
struct Dimension {
  std::vector<Axis> axes;

  std::uint64_t size() const { return axes.front().values.size(); }
};

/// Reads "values", "range", "log_range" or "variants" under a name.
void read(ConfigReader& reader, Axis& axis);

/// Reads an axis, or "zip": a list of axes of equal length.
void read(ConfigReader& reader, Dimension& dimension);

/// Reads "pointer" or "pointers": places in the run config; neither leaves the list empty.
std::vector<std::string> read_pointers(ConfigReader& reader);

/// True if `name` can be a column of the table and a variable of an expression: a letter or `_`,
/// then letters, digits and `_`.
bool is_column_name(const std::string& name);

}  // namespace vitcod
