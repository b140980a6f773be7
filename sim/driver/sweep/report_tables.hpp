// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/driver/sweep/cell_template.hpp"
#include "sim/driver/sweep/sweep_config.hpp"

namespace vitcod {

/// Makes the report tables of a sweep (ReportTable) out of its rows, all of which it keeps.
class ReportTables {
 public:
  /// Throws ConfigError with the pointer of a formula that is wrong.
  explicit ReportTables(const SweepConfig& config);

  /// A row of the sweep's table, in the order of table_columns, and the result that it is from
  /// (null if the point failed).
  void add(const std::vector<Json>& cells, const Json& result);

  /// Writes NAME.md and NAME.csv of each table into the folder. Throws FileError.
  void write(const std::filesystem::path& folder) const;

 private:
  using Row = CellTemplate::Row;
  using Group = std::vector<const Row*>;

  struct Column {
    CellTemplate text;
    RowFilter where;
    std::optional<MeanKind> mean;
    CellTemplate otherwise;
  };
  struct Lines {
    const ReportLines* spec;
    std::vector<std::size_t> apart;  ///< columns whose values give lines of their own
    std::vector<Column> columns;
    std::vector<Column> order;  ///< one, or none
  };
  struct Table {
    const ReportTable* spec;
    std::vector<Lines> lines;
    std::vector<Row> rows;
  };

  Lines compiled(const ReportTable& table, const ReportLines& lines, const std::string& at) const;
  std::vector<Column> columns_of(const ReportCell& cell, const TableNames& names,
                                 const std::string& at) const;
  std::vector<Group> groups_of(const Table& table, const Lines& lines) const;
  std::string text_of(const Column& column, const Lines& lines, const Group& group) const;
  std::vector<std::string> cells_of(const Lines& lines, const Group& group) const;

  const SweepConfig& config_;
  std::vector<Table> tables_;
};

/// The columns that formulas of a report table may use: the sweep's, "member" and parts.
std::vector<std::string> report_columns(const SweepConfig& config, const ReportTable& table);

/// How many cells a line has.
std::size_t num_cells(const SweepConfig& config, const ReportLines& lines);

}  // namespace vitcod
