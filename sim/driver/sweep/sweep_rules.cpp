// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "sim/driver/sweep/report_tables.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"

namespace vitcod {
namespace {

void require_column(const std::string& name, const std::vector<std::string>& columns,
                    const std::string& pointer, const char* expected) {
  if (std::find(columns.begin(), columns.end(), name) != columns.end()) return;
  throw ConfigError(pointer, expected + Json(columns).dump() + ", found " + Json(name).dump());
}

void require_known_columns(const SweepConfig& config) {
  std::vector<std::string> columns = coordinate_columns(config);
  for (std::size_t i = 0; i < config.front_per.size(); ++i) {
    require_column(config.front_per[i], columns, fmt::format("/front_per/{}", i),
                   "expected one of ");
  }
  for (const Figure& figure : main_figures()) columns.push_back(figure.name);
  for (const Figure& figure : config.figures) columns.push_back(figure.name);
  const auto require_figure = [&columns](const std::string& figure, const std::string& place,
                                         const char* key = "/figure") {
    if (figure.starts_with('/') && is_json_pointer(figure)) return;
    require_column(figure, columns, place + key, "expected a pointer into the result or one of ");
  };
  for (std::size_t i = 0; i < config.objectives.size(); ++i) {
    require_figure(config.objectives[i].figure, fmt::format("/objectives/{}", i));
  }
  for (std::size_t i = 0; i < config.bounds.size(); ++i) {
    require_figure(config.bounds[i].figure, fmt::format("/bounds/{}", i));
  }
  for (std::size_t i = 0; i < config.ratios.size(); ++i) {
    require_figure(config.ratios[i].figure, fmt::format("/ratios/{}", i));
    if (config.ratios[i].over) {
      require_figure(*config.ratios[i].over, fmt::format("/ratios/{}", i), "/over");
    }
  }
  for (std::size_t i = 0; i < config.fits.size(); ++i) {
    require_figure(config.fits[i].figure, fmt::format("/fits/{}", i));
    require_figure(config.fits[i].against, fmt::format("/fits/{}", i), "/against");
  }
}

/// Throws ConfigError at `pointer` unless the axis is there; with a value, unless it has that too.
void require_axis(const SweepConfig& config, const std::string& name, const std::string& pointer,
                  const Json* value = nullptr) {
  std::vector<std::string> names;
  for (const Dimension& dimension : config.dimensions) {
    for (const Axis& axis : dimension.axes) {
      names.push_back(axis.name);
      if (axis.name != name) continue;
      const bool has = value == nullptr || std::find(axis.values.begin(), axis.values.end(),
                                                     *value) != axis.values.end();
      if (has) return;
      throw ConfigError(pointer, fmt::format("expected one of {}, found {}",
                                             Json(axis.values).dump(), value->dump()));
    }
  }
  require_column(name, names, pointer, "expected one of ");
}

void require_axes(const SweepConfig& config, const std::vector<std::string>& names,
                  const std::string& pointer) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    require_axis(config, names[i], fmt::format("{}/{}", pointer, i));
  }
}

void require_filter(const SweepConfig& config, const RowFilter& where, const std::string& pointer) {
  for (const auto& [axis, value] : where) {
    const std::string place = fmt::format("{}/{}", pointer, axis);
    if (!value.is_array()) require_axis(config, axis, place, &value);
    if (value.is_array() && value.empty()) throw ConfigError(place, "expected at least one value");
    for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
      require_axis(config, axis, fmt::format("{}/{}", place, i), &value[i]);
    }
  }
}

/// Points that ratios refer to, and what the table for people shows.
void require_reports(const SweepConfig& config) {
  for (std::size_t i = 0; i < config.ratios.size(); ++i) {
    for (const auto& [axis, value] : config.ratios[i].reference) {
      require_axis(config, axis, fmt::format("/ratios/{}/reference/{}", i, axis), &value);
    }
  }
  for (std::size_t i = 0; i < config.fits.size(); ++i) {
    const std::string at = fmt::format("/fits/{}", i);
    require_axes(config, config.fits[i].over, at + "/over");
    require_filter(config, config.fits[i].where, at + "/where");
  }
  if (!config.table) return;
  const std::vector<std::string> columns = table_columns(config);
  for (std::size_t i = 0; i < config.table->columns.size(); ++i) {
    require_column(config.table->columns[i], columns, fmt::format("/table/columns/{}", i),
                   "expected one of ");
  }
  require_filter(config, config.table->where, "/table/where");
  for (std::size_t i = 0; i < config.table->means.size(); ++i) {
    require_axes(config, config.table->means[i].over, fmt::format("/table/means/{}/over", i));
    require_filter(config, config.table->means[i].where, fmt::format("/table/means/{}/where", i));
  }
}

/// Texts, labels and truth values are neither more nor less.
void require_number(const SweepConfig& config, const std::string& figure, const std::string& at) {
  bool is_number = figure != "workload";
  for (const Dimension& dimension : config.dimensions) {
    for (const Axis& axis : dimension.axes) {
      if (axis.name == figure && !axis.is_ordered()) is_number = false;
    }
  }
  if (!is_number) throw ConfigError(at, "expected a column of numbers, found " + figure);
}

void require_numbers(const SweepConfig& config) {
  for (std::size_t i = 0; i < config.objectives.size(); ++i) {
    require_number(config, config.objectives[i].figure, fmt::format("/objectives/{}/figure", i));
  }
  for (std::size_t i = 0; i < config.bounds.size(); ++i) {
    require_number(config, config.bounds[i].figure, fmt::format("/bounds/{}/figure", i));
  }
  for (std::size_t i = 0; i < config.ratios.size(); ++i) {
    require_number(config, config.ratios[i].figure, fmt::format("/ratios/{}/figure", i));
    const std::optional<std::string>& over = config.ratios[i].over;
    if (over) require_number(config, *over, fmt::format("/ratios/{}/over", i));
  }
  for (std::size_t i = 0; i < config.fits.size(); ++i) {
    require_number(config, config.fits[i].figure, fmt::format("/fits/{}/figure", i));
    require_number(config, config.fits[i].against, fmt::format("/fits/{}/against", i));
  }
}

void require_members(const ReportTable& table, const std::vector<std::string>& columns,
                     const std::string& at) {
  const auto require_pointer = [](const std::string& pointer, const std::string& place) {
    if (is_json_pointer(pointer)) return;
    throw ConfigError(place,
                      "expected a JSON pointer into the result, found " + Json(pointer).dump());
  };
  require_pointer(table.members->of, at + "/members/of");
  std::set<std::string> taken(columns.begin(), columns.end());
  taken.insert(kMemberColumn);
  for (const auto& [name, pointer] : table.members->parts) {
    const std::string place = at + "/members/parts/" + escape_pointer_token(name);
    require_pointer(pointer, place);
    if (!is_column_name(name) || !taken.insert(name).second) {
      throw ConfigError(place, "expected a name of its own: letters, digits and _");
    }
  }
}

void require_lines(const SweepConfig& config, const ReportTable& table, const ReportLines& lines,
                   const std::string& at) {
  for (std::size_t i = 0; i < lines.over.size(); ++i) {
    if (table.members && lines.over[i] == kMemberColumn) continue;
    require_axis(config, lines.over[i], fmt::format("{}/over/{}", at, i));
  }
  require_filter(config, lines.where, at + "/where");
  for (std::size_t i = 0; i < lines.cells.size(); ++i) {
    const ReportCell& cell = lines.cells[i];
    const std::string place = fmt::format("{}/cells/{}", at, i);
    require_filter(config, cell.where, place + "/where");
    if (cell.across) require_axis(config, *cell.across, place + "/across");
  }
  if (lines.order) {
    require_filter(config, lines.order->where, at + "/order/where");
    if (lines.order->across) {
      throw ConfigError(at + "/order/across", "expected one cell, without across");
    }
  }
  const std::size_t num = num_cells(config, lines);
  if (num == table.titles.size()) return;
  throw ConfigError(at + "/cells", fmt::format("expected {} cells, as there are titles, found {}",
                                               table.titles.size(), num));
}

void require_tables(const SweepConfig& config) {
  std::set<std::string> taken = {"sweep"};
  for (std::size_t i = 0; i < config.tables.size(); ++i) {
    const ReportTable& table = config.tables[i];
    const std::string at = fmt::format("/tables/{}", i);
    if (!is_column_name(table.name) || !taken.insert(table.name).second) {
      throw ConfigError(at + "/name",
                        "expected a name of its own, not sweep: letters, digits and "
                        "_, found " +
                            Json(table.name).dump());
    }
    if (table.members) require_members(table, table_columns(config), at);
    for (std::size_t k = 0; k < table.lines.size(); ++k) {
      require_lines(config, table, table.lines[k], fmt::format("{}/lines/{}", at, k));
    }
  }
  const ReportTables compiled(config);
}

}  // namespace

bool is_json_pointer(const std::string& text) {
  try {
    const Json::json_pointer pointer(text);
    return !pointer.empty();
  } catch (const Json::exception&) {
    return false;
  }
}

void require_known_names(const SweepConfig& config) {
  require_known_columns(config);
  require_numbers(config);
  require_reports(config);
  require_tables(config);
}

}  // namespace vitcod
