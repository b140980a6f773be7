// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sim/driver/sweep/sweep_config.hpp"

namespace vitcod {

/// The place of a column in table_columns.
std::size_t place_of(const std::string& name, const SweepConfig& config);

/// True if a row of the table (`cells` in the order of table_columns, others behind them) has one
/// of the values that are asked for, of each axis.
bool passes(const std::vector<Json>& cells, const RowFilter& where, const SweepConfig& config);

}  // namespace vitcod
