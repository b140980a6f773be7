// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/row_filter.hpp"

#include <algorithm>

#include "sim/driver/sweep/sweep_columns.hpp"

namespace vitcod {

std::size_t place_of(const std::string& name, const SweepConfig& config) {
  const std::vector<std::string> columns = table_columns(config);
  return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) -
                                  columns.begin());
}

bool passes(const std::vector<Json>& cells, const RowFilter& where, const SweepConfig& config) {
  return std::all_of(where.begin(), where.end(), [&](const auto& entry) {
    const auto& [axis, value] = entry;
    const Json& cell = cells[place_of(axis, config)];
    if (!value.is_array()) return cell == value;
    return std::find(value.begin(), value.end(), cell) != value.end();
  });
}

}  // namespace vitcod
