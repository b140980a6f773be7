// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/driver/sweep/sweep_config.hpp"
#include "sim/driver/sweep/sweep_point.hpp"

namespace vitcod::test {

/// The sweep that has the members in `text`, besides a run of one file.
inline SweepConfig sweep(const std::string& text) {
  auto config =
      read_config<SweepConfig>(parse_json(R"({"run": "run.json", )" + text + "}", "text"));
  config.file = "sweep.json";
  return config;
}

/// An axis that no machine has, but that lies at a place where one could be.
inline std::string axis(const std::string& name, const std::string& values) {
  return R"({"name": ")" + name + R"(", "pointer": "/machine/)" + name + R"(", )" + values + "}";
}

inline std::vector<SweepPoint> all_points(PointSource& source) {
  std::vector<SweepPoint> points;
  while (auto point = source.next()) points.push_back(std::move(*point));
  return points;
}

}  // namespace vitcod::test
