// SPDX-License-Identifier: Apache-2.0
// Ratios to other points and to other figures, and the table for people to read.
#include <catch2/catch.hpp>
#include <cmath>
#include <sstream>

#include "sim/base/files.hpp"
#include "sim/driver/sweep/sampling.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"
#include "sim/driver/sweep/sweep_table.hpp"
#include "test/driver/sweep/sweep_fixtures.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::sweep_report_test {
namespace {

/// Points 0 to 5: 100, 150, 400; 10, 20, 30 cycles; point 5 fails.
const std::string kAxes = R"("axes": [
    {"name": "model", "variants": {"small": {}, "large|x": {}}},
    {"name": "off", "variants": {"nothing": {}, "a": {}, "b": {}}}])";

std::optional<PointOutcome> outcome_of(const SweepPoint& point) {
  constexpr int kCycles[] = {100, 150, 400, 10, 20, 0};
  PointOutcome outcome;
  outcome.done = point.index != 5;
  if (!outcome.done) outcome.error = "no";
  if (!outcome.done) return outcome;
  const int cycles = kCycles[point.index];
  outcome.result = Json::parse(R"({"config_sha256": "cafe", "time_us": 2.5, "empty": 0})");
  outcome.result["cycles"]["total"] = cycles;
  outcome.result["cycles"]["by_phase"]["sddmm"] = cycles / 4;
  return outcome;
}

struct Written {
  std::vector<Json> rows;
  std::string markdown;  ///< empty: no such file
};

Written write(const std::string& text) {
  const TempFolder folder;
  const SweepConfig config = sweep(kAxes + text);
  write_sweep_table(
      config, [&config] { return make_point_source(config); }, outcome_of, folder.path());
  Written written;
  std::istringstream lines(read_file(folder / "sweep.jsonl"));
  for (std::string line; std::getline(lines, line);) written.rows.push_back(Json::parse(line));
  if (std::filesystem::exists(folder / "sweep.md"))
    written.markdown = read_file(folder / "sweep.md");
  return written;
}

std::vector<Json> column(const std::string& name, const std::string& text) {
  std::vector<Json> cells;
  for (const Json& row : write(text).rows) cells.push_back(row[name]);
  return cells;
}

std::string refusal(const std::string& text) {
  try {
    sweep(kAxes + text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

const std::string kSlower = R"(, "ratios": [
    {"name": "slower", "figure": "cycles", "reference": {"off": "nothing"}}])";

}  // namespace

TEST_CASE("a ratio is a figure over that of the point with the reference's values") {
  CHECK(column("slower", kSlower) == std::vector<Json>{1.0, 1.5, 4.0, 1.0, 2.0, nullptr});
  CHECK(column("faster", R"(, "ratios": [{"name": "faster", "figure": "/cycles/total",
      "reference": {"off": "b"}, "inverse": true}])") ==
        std::vector<Json>{4.0, 2.666667, 1.0, nullptr, nullptr, nullptr});
  CHECK(column("r", R"(, "ratios": [{"name": "r", "figure": "cycles",
      "reference": {"model": "small", "off": "a"}}])") ==
        std::vector<Json>{0.6666667, 1.0, 2.666667, 0.06666667, 0.1333333, nullptr});
}

TEST_CASE("a ratio may be over another figure, and have another unit") {
  CHECK(column("share", R"(, "figures": {"sddmm": "/cycles/by_phase/sddmm"}, "ratios": [
      {"name": "share", "figure": "sddmm", "over": "cycles", "scale": 100}])") ==
        std::vector<Json>{25.0, 24.66667, 25.0, 20.0, 25.0, nullptr});
  CHECK(column("time_ms", R"(, "ratios": [
      {"name": "time_ms", "figure": "time_us", "scale": 0.001}])")[0] == 0.0025);
  CHECK(column("none",
               R"(, "ratios": [{"name": "none", "figure": "cycles", "over": "/empty"}])")[0] ==
        nullptr);
  // Over the reference's sddmm: 25 and 2.
  CHECK(column("r", R"(, "ratios": [{"name": "r", "figure": "cycles",
      "over": "/cycles/by_phase/sddmm", "reference": {"off": "nothing"}}])") ==
        std::vector<Json>{4.0, 6.0, 16.0, 5.0, 10.0, nullptr});
}

TEST_CASE("a derived value does not keep a point from its reference") {
  CHECK(column("slower", R"(, "derived": [{"name": "is_off", "expression": "off != 'nothing'"}])" +
                             kSlower)[2] == 4.0);
}

TEST_CASE("the table for people has the columns that are asked for, with four digits") {
  const std::string table =
      kSlower + R"(, "table": {"columns": ["model", "off", "cycles", "slower"]})";
  CHECK(write(table).markdown ==
        "| `model` | `off` | `cycles` | `slower` |\n"
        "|---|---|---|---|\n"
        "| small | nothing | 100 | 1 |\n"
        "| small | a | 150 | 1.5 |\n"
        "| small | b | 400 | 4 |\n"
        "| large\\|x | nothing | 10 | 1 |\n"
        "| large\\|x | a | 20 | 2 |\n"
        "| large\\|x | b |  |  |\n");
  CHECK(write(kSlower).markdown.empty());
}

TEST_CASE("rows of means are of ratios, over points that differ in the axes of the mean alone") {
  const std::string text =
      write(kSlower + R"(, "table": {"columns": ["model", "off", "cycles", "slower"],
      "means": [{"kind": "geometric", "over": ["model"]},
                {"kind": "arithmetic", "over": ["model", "off"]},
                {"kind": "arithmetic", "over": ["model", "off"], "where": {"off": ["a", "b"]}}]})")
          .markdown;
  const std::string means = text.substr(text.find("| geometric"));
  // The root of 1.5 x 2, and the mean of 1, 1.5, 4, 1, 2, and of 1.5, 4 and 2.
  CHECK(means ==
        "| geometric mean | nothing |  | 1 |\n"
        "| geometric mean | a |  | 1.732 |\n"
        "| geometric mean | b |  | 4 |\n"
        "| mean |  |  | 1.9 |\n"
        "| mean |  |  | 2.5 |\n");
}

TEST_CASE("a table of the front has its rows alone") {
  const std::string text =
      write(kSlower + R"(, "objectives": [{"figure": "cycles", "goal": "minimize"}],
      "front_per": ["model"], "table": {"columns": ["off", "cycles"], "front": true})")
          .markdown;
  CHECK(text == "| `off` | `cycles` |\n|---|---|\n| nothing | 100 |\n| nothing | 10 |\n");
}

TEST_CASE("a table may have the rows of some values alone, and its means are of these") {
  const std::string text = write(kSlower + R"(, "table": {"columns": ["model", "off", "slower"],
      "where": {"off": "a"}, "means": [{"kind": "arithmetic", "over": ["model"]}]})")
                               .markdown;
  CHECK(text.substr(text.find("| small")) ==
        "| small | a | 1.5 |\n| large\\|x | a | 2 |\n| mean | a | 1.75 |\n");
  const std::string listed = write(kSlower + R"(, "table": {"columns": ["model", "off"],
      "where": {"off": ["b", "a"], "model": "small"}})")
                                 .markdown;
  CHECK(listed.substr(listed.find("| small")) == "| small | a |\n| small | b |\n");
  CHECK(refusal(R"(, "table": {"columns": ["off"], "where": {"off": ["a", "c"]}})") ==
        R"(/table/where/off/1: expected one of ["nothing","a","b"], found "c")");
  CHECK(refusal(R"(, "table": {"columns": ["off"], "means": [{"kind": "geometric",
      "over": ["off"], "where": {"model": "tiny"}}]})") ==
        R"(/table/means/0/where/model: expected one of ["small","large|x"], found "tiny")");
  CHECK(refusal(R"(, "table": {"columns": ["off"], "where": {"off": []}})") ==
        "/table/where/off: expected at least one value");
  CHECK(refusal(R"(, "table": {"columns": ["off"], "where": {"off": "c"}})") ==
        R"(/table/where/off: expected one of ["nothing","a","b"], found "c")");
}

TEST_CASE("ratios and tables that name what there is not are refused where they stand") {
  using Catch::Contains;
  CHECK_THAT(refusal(R"(, "ratios": [{"name": "r", "figure": "cycle"}])"),
             Contains("/ratios/0/figure: expected a pointer into the result or one of "));
  CHECK_THAT(refusal(R"(, "ratios": [{"name": "r", "figure": "cycles", "over": "cycle"}])"),
             Contains("/ratios/0/over: expected a pointer into the result or one of "));
  CHECK(refusal(R"(, "ratios": [{"name": "r", "figure": "model"}])") ==
        "/ratios/0/figure: expected a column of numbers, found model");
  CHECK(refusal(R"(, "ratios": [{"name": "cycles", "figure": "cycles"}])") ==
        "/ratios/0/name: there is another column of the table called cycles");
  CHECK(refusal(R"(, "ratios": [{"name": "r", "figure": "cycles", "reference": {"of": "a"}}])") ==
        R"(/ratios/0/reference/of: expected one of ["model","off"], found "of")");
  CHECK(refusal(R"(, "ratios": [{"name": "r", "figure": "cycles", "reference": {"off": "c"}}])") ==
        R"(/ratios/0/reference/off: expected one of ["nothing","a","b"], found "c")");
  CHECK_THAT(refusal(R"(, "table": {"columns": ["cycles", "slow"]})"),
             Contains("/table/columns/1: expected one of "));
  CHECK(refusal(R"(, "table": {"columns": ["cycles"], "means": [{"kind": "geometric",
      "over": ["cycles"]}]})") ==
        R"(/table/means/0/over/0: expected one of ["model","off"], found "cycles")");
  CHECK_THAT(refusal(R"(, "table": {"columns": ["cycles"], "front": true})"),
             Contains("a table of the front needs at least one objective"));
}

}  // namespace vitcod::test::sweep_report_test
