// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_table.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "sim/base/files.hpp"
#include "sim/base/one_line.hpp"
#include "sim/driver/sweep/pareto.hpp"
#include "sim/driver/sweep/report_tables.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"
#include "sim/driver/sweep/sweep_fits.hpp"
#include "sim/driver/sweep/sweep_markdown.hpp"
#include "sim/driver/sweep/sweep_ratios.hpp"

namespace vitcod {
namespace {

std::string csv_cell(const Json& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) return value.dump();
  const std::string& text = value.get_ref<const std::string&>();
  if (!text.empty() && text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + "\"";
}

std::string json_line(const std::vector<std::string>& columns, const std::vector<Json>& cells) {
  Json row = Json::object();
  auto& members = row.get_ref<Json::object_t&>();
  for (std::size_t i = 0; i < cells.size(); ++i) members.emplace_back(columns[i], cells[i]);
  return row.dump() + "\n";
}

/// What a row has of other points.
struct References {
  explicit References(const SweepConfig& config) : ratios(config), fits(config) {}

  RatioReader ratios;
  FitReader fits;
};

/// The cells of a row, in the order of table_columns.
std::vector<Json> cells_of(const SweepConfig& config, const SweepPoint& point,
                           const PointOutcome& outcome, const References& references,
                           const Json& pareto) {
  std::vector<Json> cells = {point.index, outcome.done ? "done" : "failed"};
  cells.insert(cells.end(), point.coordinates.begin(), point.coordinates.end());
  for (const std::vector<Figure>* figures : {&main_figures(), &config.figures}) {
    for (const Figure& figure : *figures) {
      cells.push_back(shortened(figure_value(figure, outcome.result)));
    }
  }
  for (const Json& ratio : references.ratios.read(point, outcome.result)) {
    cells.push_back(shortened(ratio));
  }
  for (const Json& number : references.fits.read(point)) cells.push_back(shortened(number));
  cells.push_back(pareto);
  cells.push_back(outcome.done ? Json() : Json(one_line(outcome.kind + ": " + outcome.error)));
  cells.emplace_back(outcome.key);
  cells.push_back(figure_value(kConfigHash, outcome.result));
  cells.emplace_back(VITCOD_VERSION);
  return cells;
}

/// Goes through the points that are done: indices of those on the Pareto front, and figures that
/// others are set against.
std::set<std::uint64_t> look_ahead(const SweepConfig& config, PointSource& points,
                                   const OutcomeOf& outcome_of, References& references) {
  const ScoreReader scores(config);
  const bool has_objectives = !config.objectives.empty();
  ParetoFront front;
  while (const std::optional<SweepPoint> point = points.next()) {
    const std::optional<PointOutcome> outcome = outcome_of(*point);
    if (!outcome || !outcome->done) continue;
    references.ratios.note(*point, outcome->result);
    references.fits.note(*point, outcome->result);
    if (has_objectives) front.offer(point->index, scores.read(*point, outcome->result));
  }
  std::set<std::uint64_t> indices;
  for (const ParetoFront::Member& member : front.members()) {
    if (member.score.excess == 0) indices.insert(member.id);
  }
  return indices;
}

}  // namespace

std::string csv_line(const std::vector<Json>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : ",") + csv_cell(cells[i]);
  return line + "\n";
}

TableTotals write_sweep_table(const SweepConfig& config, const MakePoints& make_points,
                              const OutcomeOf& outcome_of, const std::filesystem::path& folder) {
  const bool has_objectives = !config.objectives.empty();
  References references(config);
  std::set<std::uint64_t> front;
  if (has_objectives || !config.ratios.empty() || !config.fits.empty()) {
    front = look_ahead(config, *make_points(), outcome_of, references);
  }
  std::optional<SweepMarkdown> table;
  if (config.table) table.emplace(config);
  ReportTables reports(config);
  const std::vector<std::string> columns = table_columns(config);
  AtomicFile csv(folder / "sweep.csv");
  AtomicFile jsonl(folder / "sweep.jsonl");
  csv.write(csv_line({columns.begin(), columns.end()}));
  TableTotals totals;
  totals.on_front = front.size();
  const std::unique_ptr<PointSource> points = make_points();
  while (const std::optional<SweepPoint> point = points->next()) {
    const std::optional<PointOutcome> outcome = outcome_of(*point);
    if (!outcome) {
      ++totals.missing;
      continue;
    }
    ++(outcome->done ? totals.done : totals.failed);
    const bool is_on_front = front.contains(point->index);
    const Json pareto = has_objectives ? Json(is_on_front) : Json();
    const std::vector<Json> cells = cells_of(config, *point, *outcome, references, pareto);
    if (table) table->add(cells, is_on_front);
    reports.add(cells, outcome->result);
    csv.write(csv_line(cells));
    jsonl.write(json_line(columns, cells));
  }
  csv.commit();
  jsonl.commit();
  if (table) write_file_atomically(folder / "sweep.md", table->text());
  reports.write(folder);
  return totals;
}

}  // namespace vitcod
