// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/report_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <utility>

#include "sim/base/files.hpp"
#include "sim/driver/sweep/point_expressions.hpp"
#include "sim/driver/sweep/result_members.hpp"
#include "sim/driver/sweep/row_filter.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"
#include "sim/driver/sweep/sweep_table.hpp"

namespace vitcod {
namespace {

const Axis* find_axis(const SweepConfig& config, const std::string& name) {
  for (const Dimension& dimension : config.dimensions) {
    for (const Axis& axis : dimension.axes) {
      if (axis.name == name) return &axis;
    }
  }
  return nullptr;
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) {
    line += " ";
    for (const char c : cell) line += c == '|' ? std::string("\\|") : std::string(1, c);
    line += " |";
  }
  return line + "\n";
}

std::string csv_row(const std::vector<std::string>& cells) {
  std::vector<Json> values;
  values.reserve(cells.size());
  for (const std::string& cell : cells) values.push_back(cell.empty() ? Json() : Json(cell));
  return csv_line(values);
}

}  // namespace

std::vector<std::string> report_columns(const SweepConfig& config, const ReportTable& table) {
  std::vector<std::string> columns = table_columns(config);
  if (!table.members) return columns;
  columns.emplace_back(kMemberColumn);
  for (const auto& [name, pointer] : table.members->parts) columns.push_back(name);
  return columns;
}

std::size_t num_cells(const SweepConfig& config, const ReportLines& lines) {
  std::size_t num = 0;
  for (const ReportCell& cell : lines.cells) {
    num += cell.across ? find_axis(config, *cell.across)->values.size() : 1;
  }
  return num;
}

ReportTables::ReportTables(const SweepConfig& config) : config_(config) {
  for (std::size_t i = 0; i < config.tables.size(); ++i) {
    const ReportTable& spec = config.tables[i];
    Table& table = tables_.emplace_back(Table{&spec, {}, {}});
    for (std::size_t k = 0; k < spec.lines.size(); ++k) {
      table.lines.push_back(
          compiled(spec, spec.lines[k], fmt::format("/tables/{}/lines/{}", i, k)));
    }
  }
}

ReportTables::Lines ReportTables::compiled(const ReportTable& table, const ReportLines& spec,
                                           const std::string& at) const {
  Lines lines{&spec, {}, {}, {}};
  const TableNames names{report_columns(config_, table), texts_of(config_)};
  for (std::size_t i = 0; i < names.columns.size(); ++i) {
    const std::string& name = names.columns[i];
    const bool is_apart =
        find_axis(config_, name) != nullptr || (table.members && name == kMemberColumn);
    const bool is_shared = std::find(spec.over.begin(), spec.over.end(), name) != spec.over.end();
    if (is_apart && !is_shared) lines.apart.push_back(i);
  }
  for (std::size_t i = 0; i < spec.cells.size(); ++i) {
    for (Column& column : columns_of(spec.cells[i], names, fmt::format("{}/cells/{}", at, i))) {
      lines.columns.push_back(std::move(column));
    }
  }
  if (spec.order) lines.order = columns_of(*spec.order, names, at + "/order");
  return lines;
}

std::vector<ReportTables::Column> ReportTables::columns_of(const ReportCell& cell,
                                                           const TableNames& names,
                                                           const std::string& at) const {
  std::vector<RowFilter> filters;
  if (!cell.across) filters.push_back(cell.where);
  if (cell.across) {
    for (const Json& value : find_axis(config_, *cell.across)->values) {
      filters.push_back(cell.where);
      filters.back().emplace_back(*cell.across, value);
    }
  }
  const auto make_template = [&](const std::string& text, const char* key) {
    try {
      return CellTemplate(text, names);
    } catch (const ConfigError& error) {
      throw ConfigError(at + key, error.message());
    }
  };
  std::vector<Column> columns;
  columns.reserve(filters.size());
  for (RowFilter& where : filters) {
    columns.push_back({make_template(cell.text, "/text"), std::move(where), cell.mean,
                       make_template(cell.otherwise, "/otherwise")});
  }
  return columns;
}

void ReportTables::add(const std::vector<Json>& cells, const Json& result) {
  for (Table& table : tables_) {
    if (!table.spec->members) {
      table.rows.push_back(cells);
      continue;
    }
    const Members& members = *table.spec->members;
    for (const std::string& member : members_with_numbers(result, members.of)) {
      Row& row = table.rows.emplace_back(cells);
      row.emplace_back(member);
      for (const auto& [name, pointer] : members.parts) {
        row.push_back(part_of_member(result, pointer, member));
      }
    }
  }
}

/// Rows that differ in what shares a line alone, in the order of their first ones.
std::vector<ReportTables::Group> ReportTables::groups_of(const Table& table,
                                                         const Lines& lines) const {
  std::vector<Group> groups;
  std::map<std::string, std::size_t> known;
  for (const Row& row : table.rows) {
    if (!passes(row, lines.spec->where, config_)) continue;
    std::string place;
    for (const std::size_t column : lines.apart) place += row[column].dump() + ",";
    const auto [entry, is_new] = known.emplace(place, groups.size());
    if (is_new) groups.emplace_back();
    groups[entry->second].push_back(&row);
  }
  if (lines.order.empty()) return groups;
  std::vector<std::pair<double, Group>> ranked;
  for (Group& group : groups) {
    const std::string text = text_of(lines.order.front(), lines, group);
    double rank = std::numeric_limits<double>::infinity();
    std::from_chars(text.data(), text.data() + text.size(), rank);
    ranked.emplace_back(rank, std::move(group));
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  groups.clear();
  for (auto& [rank, group] : ranked) groups.push_back(std::move(group));
  return groups;
}

std::string ReportTables::text_of(const Column& column, const Lines& lines,
                                  const Group& group) const {
  Group rows;
  for (const Row* row : group) {
    if (passes(*row, column.where, config_)) rows.push_back(row);
  }
  const MeanKind mean = column.mean.value_or(lines.spec->mean);
  const std::string text = column.text.text_of(rows, mean);
  return text.empty() ? column.otherwise.text_of(rows, mean) : text;
}

std::vector<std::string> ReportTables::cells_of(const Lines& lines, const Group& group) const {
  std::vector<std::string> cells;
  for (const Column& column : lines.columns) cells.push_back(text_of(column, lines, group));
  return cells;
}

void ReportTables::write(const std::filesystem::path& folder) const {
  for (const Table& table : tables_) {
    const std::vector<std::string>& titles = table.spec->titles;
    std::string markdown = markdown_row(titles) + "|";
    for (std::size_t i = 0; i < titles.size(); ++i) markdown += "---|";
    markdown += "\n";
    std::string csv = csv_row(titles);
    for (const Lines& lines : table.lines) {
      for (const Group& group : groups_of(table, lines)) {
        const std::vector<std::string> cells = cells_of(lines, group);
        markdown += markdown_row(cells);
        csv += csv_row(cells);
      }
    }
    write_file_atomically(folder / (table.spec->name + ".md"), markdown);
    write_file_atomically(folder / (table.spec->name + ".csv"), csv);
  }
}

}  // namespace vitcod
