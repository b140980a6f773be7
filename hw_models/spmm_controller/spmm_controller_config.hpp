// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "sim/base/config_reader.hpp"

namespace vitcod {

/// In which order columns are handed to the lines.
enum class ColumnOrder { kNatural, kLongestFirst };

struct SpmmControllerConfig {
  ColumnOrder column_order = ColumnOrder::kNatural;
  std::uint32_t max_segment_rows = 0;
};

inline void read(ConfigReader& reader, SpmmControllerConfig& config) {
  static constexpr std::pair<std::string_view, ColumnOrder> kOrders[] = {
      {"natural", ColumnOrder::kNatural}, {"longest_first", ColumnOrder::kLongestFirst}};
  reader.required_enum(
      "column_order", config.column_order, EnumNames<ColumnOrder>(kOrders),
      "Order in which column segments are handed to lines; masks are fixed, so the "
      "compiler can sort them");
  reader.required("max_segment_rows", config.max_segment_rows,
                  "A column with more kept entries is split between lines; 0: never");
  reader.finish();
}

}  // namespace vitcod
