// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_table.hpp"

#include <malloc.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "sim/base/files.hpp"
#include "sim/driver/sweep/sampling.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"
#include "test/driver/sweep/sweep_fixtures.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::sweep_table_test {
namespace {

/// Rows of an RFC 4180 text; a cell that was quoted begins with a `"`.
std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1);
  std::string cell;
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      cell += '"';
      ++i;
    } else if (c == '"') {
      if (!is_quoted) cell += '"';
      is_quoted = !is_quoted;
    } else if (!is_quoted && (c == ',' || c == '\n')) {
      rows.back().push_back(cell);
      cell.clear();
      if (c == '\n') rows.emplace_back();
    } else {
      cell += c;
    }
  }
  rows.pop_back();
  return rows;
}

std::vector<Json> parse_lines(const std::string& text) {
  std::vector<Json> rows;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) rows.push_back(Json::parse(line));
  return rows;
}

/// What a cell of the CSV should hold for a value of the JSON Lines.
std::string cell_for(const Json& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) return value.dump();
  const auto text = value.get<std::string>();
  const bool is_plain = !text.empty() && text.find_first_of(",\"\n") == std::string::npos;
  return (is_plain ? "" : "\"") + text;
}

const std::string kSweep = R"(
  "axes": [{"name": "lines", "pointer": "/machine/l", "values": [16, 32, 64]},
           {"name": "label", "variants": {"a, \"b\"": {}, "plain": {}, "": {}}}],
  "derived": [{"name": "half", "expression": "lines / 32"}],
  "figures": {"sddmm": "/cycles/by_phase/sddmm", "nothing": "/not/there"},
  "constraints": ["lines != 32 || label != 'plain'"])";
const std::string kObjectives = R"(, "objectives": [
    {"figure": "cycles", "goal": "minimize"}, {"figure": "lines", "goal": "minimize"}])";

/// Cycles fall with lines; point 4 is excluded, 1 fails, 2 is no better than 0, 6 has not run.
std::optional<PointOutcome> outcome_of(const SweepPoint& point) {
  if (point.index == 6) return std::nullopt;
  PointOutcome outcome;
  outcome.key = "key" + std::to_string(point.index);
  if (point.index == 1) {
    outcome.kind = "crash";
    outcome.error = "ended by \"signal 11\",\nthat is all";
    return outcome;
  }
  outcome.done = true;
  const int cycles = 6400 / point.coordinates[0].get<int>() + (point.index == 2 ? 1 : 0);
  outcome.result = Json::parse(R"({"config_sha256": "cafe", "time_us": 2.0, "workload":
      {"name": "deit-tiny", "nnz": 5}, "energy_pj": {"dram": {"read": 1, "source": "table"}}})");
  outcome.result["cycles"]["total"] = cycles;
  outcome.result["cycles"]["by_phase"]["sddmm"] = cycles / 2;
  return outcome;
}

TableTotals write_table(const std::string& text, const TempFolder& folder) {
  const SweepConfig config = sweep(text);
  return write_sweep_table(
      config, [&config] { return make_point_source(config); }, outcome_of, folder.path());
}

}  // namespace

TEST_CASE("the table has a row for each point that has run, and the front is marked") {
  const TempFolder folder;
  const TableTotals totals = write_table(kSweep + kObjectives, folder);
  // 9 points, of which one is excluded, one fails and one has not run.
  CHECK(totals.done == 6);
  CHECK(totals.failed == 1);
  CHECK(totals.missing == 1);
  const std::vector<Json> rows = parse_lines(read_file(folder / "sweep.jsonl"));
  std::string marks;
  for (const Json& row : rows) {
    marks += std::to_string(row["point"].get<int>()) +
             (row["status"] == "done" ? (row["pareto"] == true ? "+" : "-") : "x") + " ";
  }
  CHECK(marks == "0+ 1x 2- 3+ 5+ 7+ 8+ ");
  CHECK(totals.on_front == 5);
  CHECK(rows[1]["pareto"] == false);
  CHECK(rows[1]["cycles"].is_null());
  CHECK(rows[1]["error"] == "crash: ended by \"signal 11\",\\nthat is all");
  CHECK(rows[0]["label"] == "a, \"b\"");
  CHECK(rows[0]["half"] == 0.5);
  CHECK(rows[0]["cycles"] == 400);
  CHECK(rows[0]["sddmm"] == 200);
  CHECK(rows[0]["dram_energy_pj"] == 1);
  CHECK(rows[0]["config_sha256"] == "cafe");
  CHECK(rows[0]["key"] == "key0");
  CHECK(rows[0]["nothing"].is_null());
  CHECK(rows[0]["error"].is_null());
}

TEST_CASE("both files have the same rows, and the CSV has one header and quotes what it must") {
  const TempFolder folder;
  write_table(kSweep + kObjectives, folder);
  const auto csv = parse_csv(read_file(folder / "sweep.csv"));
  const std::vector<Json> rows = parse_lines(read_file(folder / "sweep.jsonl"));
  REQUIRE(csv.size() == rows.size() + 1);
  CHECK(csv[0] == table_columns(sweep(kSweep)));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    REQUIRE(csv[i + 1].size() == csv[0].size());
    REQUIRE(rows[i].size() == csv[0].size());
    for (std::size_t k = 0; k < csv[0].size(); ++k) {
      CHECK(csv[i + 1][k] == cell_for(rows[i][csv[0][k]]));
    }
  }
}

TEST_CASE("without objectives no point is marked, on or off a front") {
  const TempFolder folder;
  CHECK(write_table(kSweep, folder).on_front == 0);
  for (const Json& row : parse_lines(read_file(folder / "sweep.jsonl"))) {
    CHECK(row["pareto"].is_null());
  }
}

TEST_CASE("a table that cannot be completed leaves the old one") {
  const TempFolder folder;
  write_table(kSweep, folder);
  const std::string old = read_file(folder / "sweep.csv");
  CHECK_THROWS_WITH(write_table(kSweep + R"(, "objectives": [
                        {"figure": "/workload/name", "goal": "minimize"}])",
                                folder),
                    "sweep.json: /objectives/0/figure: expected a number at /workload/name, found "
                    "\"deit-tiny\"");
  CHECK(read_file(folder / "sweep.csv") == old);
  CHECK_THROWS_WITH(write_sweep_table(
                        sweep(kSweep), [] { return make_point_source(sweep(kSweep)); }, outcome_of,
                        folder / "none"),
                    Catch::Contains("sweep.csv: cannot write"));
}

TEST_CASE("an error that is no text does not spoil the table") {
  const TempFolder folder;
  const SweepConfig config = sweep(R"("axes": [])");
  write_sweep_table(
      config, [&config] { return make_point_source(config); },
      [](const SweepPoint&) {
        return PointOutcome{false, "input", "\xff", Json(), "k"};
      },
      folder.path());
  CHECK(parse_lines(read_file(folder / "sweep.jsonl")).size() == 1);
}

TEST_CASE("a table of many points is written without keeping them") {
  const TempFolder folder;
  const SweepConfig config =
      sweep(R"("axes": [)" + axis("a", R"("range": {"from": 1, "to": 200, "step": 1})") + "," +
            axis("b", R"("range": {"from": 1, "to": 100, "step": 1})") + R"(],
      "objectives": [{"figure": "a", "goal": "minimize"}, {"figure": "b", "goal": "minimize"}])");
  const std::size_t before = ::mallinfo2().uordblks;
  std::size_t most = 0;
  write_sweep_table(
      config, [&config] { return make_point_source(config); },
      [&most](const SweepPoint&) {
        most = std::max(most, ::mallinfo2().uordblks);
        PointOutcome outcome;
        outcome.done = true;
        return outcome;
      },
      folder.path());
  CHECK(most - before < 200'000);
}

}  // namespace vitcod::test::sweep_table_test
