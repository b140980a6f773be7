// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/report/sweep_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/base/wording.hpp"
#include "sim/driver/report/html_page.hpp"
#include "sim/driver/report/stacked_bars.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kMostBars = 60;
constexpr std::size_t kMostRows = 1000;

/// Rows that are shown, and how many there are.
struct SweepRows {
  std::vector<Json> shown;
  std::size_t count = 0;
};

SweepRows read_rows(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw FileError(path.string(), std::strerror(errno));
  SweepRows rows;
  for (std::string line; std::getline(file, line);) {
    if (++rows.count > kMostRows) continue;
    const std::string name = fmt::format("{}: line {}", path.string(), rows.count);
    Json row = parse_json(line, name);
    if (!row.is_object() || !row.contains("point") || !row.contains("status")) {
      throw InputError(name + ": expected a row of a sweep, with \"point\" and \"status\"");
    }
    rows.shown.push_back(std::move(row));
  }
  if (file.bad()) throw FileError(path.string(), std::strerror(errno));
  return rows;
}

/// A point's coordinates are what stands between its status and the figures that all sweeps have.
std::string label_of(const Json& row) {
  std::string label;
  bool is_coordinate = false;
  for (const auto& [key, value] : row.items()) {
    if (key == "workload") break;
    if (is_coordinate) {
      label += fmt::format("{}{} {}", label.empty() ? "" : ", ", key, readable(value));
    }
    if (key == "status") is_coordinate = true;
  }
  return label.empty() ? fmt::format("point {}", row["point"].dump()) : label;
}

std::string cycles_chart(const SweepRows& rows) {
  std::vector<StackedBar> bars;
  for (const Json& row : rows.shown) {
    if (bars.size() == kMostBars) break;
    if (!row.contains("cycles") || !row["cycles"].is_number()) continue;
    const bool is_on_front = row.contains("pareto") && row["pareto"] == true;
    bars.push_back(
        {label_of(row),
         {{is_on_front ? "on the Pareto front" : "not on it", row["cycles"].get<double>()}}});
  }
  const std::string drawn = stacked_bars(bars, "");
  return drawn.empty() ? "" : html_heading("Cycles of each point") + drawn;
}

std::vector<std::string> columns_of(const SweepRows& rows) {
  constexpr std::array<std::string_view, 3> kHashes = {"key", "config_sha256", "simulator_version"};
  std::vector<std::string> columns;
  for (const Json& row : rows.shown) {
    for (const auto& [key, value] : row.items()) {
      const bool is_known = std::find(columns.begin(), columns.end(), key) != columns.end();
      const bool is_hash = std::find(kHashes.begin(), kHashes.end(), key) != kHashes.end();
      if (!is_known && !is_hash && !value.is_null()) columns.push_back(key);
    }
  }
  return columns;
}

}  // namespace

std::string sweep_section(const std::filesystem::path& path) {
  const SweepRows rows = read_rows(path);
  const std::vector<std::string> columns = columns_of(rows);
  std::vector<std::vector<Json>> cells;
  for (const Json& row : rows.shown) {
    cells.emplace_back();
    for (const std::string& column : columns) {
      cells.back().push_back(row.contains(column) ? row[column] : Json(nullptr));
    }
  }
  std::string text = html_paragraph(count_of(rows.count, "point") + ".");
  if (rows.count > kMostRows) {
    text = html_paragraph(fmt::format("The first {} of {} points.", rows.shown.size(), rows.count));
  }
  return text + cycles_chart(rows) + html_heading("All figures") + html_table(columns, cells);
}

}  // namespace vitcod
