// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "sim/base/config_reader.hpp"

namespace vitcod {

/// An axis has at most so many values: they are held in memory. The grid has no such bound.
constexpr double kMaxAxisValues = 1e6;

/// "from", "to", "step": numbers at equal distances, integers if from and step are written so.
struct LinearRange {
  std::vector<Json> values;
};
void read(ConfigReader& reader, LinearRange& range);

/// "from", "to" and either "factor" or "count": numbers at equal ratios, rounded to integers if
/// from and to are written so.
struct LogRange {
  std::vector<Json> values;
};
void read(ConfigReader& reader, LogRange& range);

}  // namespace vitcod
