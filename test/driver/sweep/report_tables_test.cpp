// SPDX-License-Identifier: Apache-2.0
// Tables for pages: lines for several rows, formulas in cells, members of a result, lines through
// figures.
#include <catch2/catch.hpp>
#include <filesystem>

#include "sim/base/files.hpp"
#include "sim/driver/sweep/cell_template.hpp"
#include "sim/driver/sweep/sampling.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"
#include "sim/driver/sweep/sweep_table.hpp"
#include "test/driver/sweep/sweep_fixtures.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::report_tables_test {
namespace {

/// Points 0 to 5: 100, 200, 400; 10, 20, 30 cycles; point 5 fails.
const std::string kPageAxes = R"("axes": [
    {"name": "model", "variants": {"small": {}, "large|x": {}}},
    {"name": "lines", "pointer": "/machine/lines", "values": [1, 2, 4]}])";

std::optional<PointOutcome> page_outcome(const SweepPoint& point) {
  constexpr int kCycles[] = {100, 200, 400, 10, 20, 0};
  PointOutcome outcome;
  outcome.done = point.index != 5;
  if (!outcome.done) outcome.error = "no";
  if (!outcome.done) return outcome;
  outcome.result = Json::parse(R"({"time_us": 2.5, "area_mm2": {"total": 3.5, "source": "a",
      "dma": {"sram": 0.5, "adders": 0.25}, "engine": {"note": "b",
      "buffer": {"sram": 2, "adders": 0.5, "fifo": {"sram": 0.25}}}},
      "power": {"dma": {"clock": 7}}, "list": [{"kind": "x", "size": 1}, {"kind": "y", "size": 2}]})");
  outcome.result["cycles"]["total"] = kCycles[point.index];
  return outcome;
}

struct Page {
  std::string markdown;
  std::string csv;
};

/// The table "t" of a sweep with these members.
Page write_page(const std::string& text) {
  const TempFolder folder;
  const SweepConfig config = sweep(kPageAxes + text);
  write_sweep_table(
      config, [&config] { return make_point_source(config); }, page_outcome, folder.path());
  return {read_file(folder / "t.md"), read_file(folder / "t.csv")};
}

/// Its lines without the heading.
std::string page_body(const std::string& text) {
  const std::string markdown = write_page(text).markdown;
  return markdown.substr(markdown.find("---|\n") + 5);
}

std::string page_table(const std::string& titles, const std::string& lines) {
  return R"(, "tables": [{"name": "t", "titles": [)" + titles + R"(], "lines": [)" + lines + "]}]";
}

std::string page_refusal(const std::string& text) {
  try {
    sweep(kPageAxes + text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

const std::string kFit = R"(, "fits": [{"name": "fit", "figure": "cycles", "against": "lines",
    "over": ["lines"]}])";

}  // namespace

TEST_CASE("a table for a page has a line a row, and the same cells as CSV") {
  const Page written = write_page(page_table(R"("model", "cycles", "ms")", R"({"cells": [
      {"text": "`{model}`"}, {"text": "{cycles}, {100 * cycles / 400:.0f} %"},
      {"text": "{time_us / 1000:.4f}"}], "where": {"lines": [1, 4]}})"));
  CHECK(written.markdown ==
        "| model | cycles | ms |\n"
        "|---|---|---|\n"
        "| `small` | 100, 25 % | 0.0025 |\n"
        "| `small` | 400, 100 % | 0.0025 |\n"
        "| `large\\|x` | 10, 2 % | 0.0025 |\n"
        "| `large\\|x` |  |  |\n");
  CHECK(written.csv ==
        "model,cycles,ms\n"
        "`small`,\"100, 25 %\",0.0025\n"
        "`small`,\"400, 100 %\",0.0025\n"
        "`large|x`,\"10, 2 %\",0.0025\n"
        "`large|x`,,\n");
}

TEST_CASE("rows that differ in some axes alone share a line, with a cell for each value") {
  CHECK(page_body(page_table(R"("model", "1", "2", "4", "at 2")", R"({"over": ["lines"], "cells": [
      {"text": "{model}"}, {"text": "{cycles}", "across": "lines"},
      {"text": "{cycles}", "where": {"lines": 2}}]})")) ==
        "| small | 100 | 200 | 400 | 200 |\n"
        "| large\\|x | 10 | 20 |  | 20 |\n");
}

TEST_CASE("a cell for several rows has what is asked for of them") {
  CHECK(page_body(
            page_table(R"("mean", "geometric", "harmonic", "sum", "least", "greatest", "first")",
                       R"({"over": ["lines"], "mean": "arithmetic", "cells": [
      {"text": "{cycles:.2f}"}, {"text": "{cycles:.2f}", "mean": "geometric"},
      {"text": "{cycles:.2f}", "mean": "harmonic"}, {"text": "{cycles:.0f}", "mean": "sum"},
      {"text": "{cycles:.0f}", "mean": "least"}, {"text": "{cycles:.0f}", "mean": "greatest"},
      {"text": "{cycles:.0f}", "mean": "first"}]})")) ==
        "| 233.33 | 200.00 | 171.43 | 700 | 100 | 400 | 100 |\n"
        "| 15.00 | 14.14 | 13.33 | 30 | 10 | 20 | 10 |\n");
  // Of the ratios, not a ratio of means: (1/4 + 2/4 + 4/4) / 3.
  CHECK(page_body(page_table(R"("a")", R"({"over": ["model", "lines"], "where": {"model": "small"},
      "mean": "arithmetic", "cells": [{"text": "{cycles / 400:.4f}"}]})")) == "| 0.5833 |\n");
}

TEST_CASE(
    "a cell may say something else where it has no value, and lines may go up with a number") {
  CHECK(page_body(
            page_table(R"("model", "cycles")", R"({"order": {"text": "{cycles / 7:.1f}"}, "cells": [
      {"text": "{model} {lines}"}, {"text": "{cycles}", "otherwise": "{status}: {error}"}]})")) ==
        "| large\\|x 1 | 10 |\n"
        "| large\\|x 2 | 20 |\n"
        "| small 1 | 100 |\n"
        "| small 2 | 200 |\n"
        "| small 4 | 400 |\n"
        "| large\\|x 4 | failed: : no |\n");
}

TEST_CASE("a line may be text alone") {
  CHECK(page_body(page_table(R"("a", "b")", R"({"over": ["model", "lines"],
      "cells": [{"text": "published"}, {"text": ""}]})")) == "| published |  |\n");
}

TEST_CASE("a number that is shown as zero has no sign, and a format may ask for one") {
  CHECK(page_body(page_table(R"("a", "b", "c")", R"({"over": ["model", "lines"], "cells": [
      {"text": "{0.0005 - cycles / 1e5:+.2f}"}, {"text": "{cycles - 99:+.1f}"},
      {"text": "{cycles > 99 ? 1 : 2}"}]})")) == "| 0.00 | +1.0 | 1 |\n");
}

TEST_CASE("rows of a table may be members of the result that have numbers of their own") {
  const std::string text =
      R"(, "tables": [{"name": "t", "titles": ["block", "mm2", "sram", "clock"],
      "members": {"of": "/area_mm2", "parts": {"mm2": "/area_mm2/*", "sram": "/area_mm2/*/sram",
                                               "clock": "/power/*/clock"}}, "lines": [
      {"where": {"model": "small", "lines": 1}, "cells": [{"text": "{member}"},
       {"text": "{mm2:.2f}"}, {"text": "{sram:.2f}"}, {"text": "{clock}"}]},
      {"where": {"model": "small", "lines": 1}, "over": ["member"], "mean": "sum", "cells": [
       {"text": "all"}, {"text": "{mm2:.2f}"}, {"text": "{100 * sram / mm2:.0f}"},
       {"text": "{clock:.0f}"}]}]}])";
  CHECK(page_body(text) ==
        "| dma | 0.75 | 0.50 | 7 |\n"
        "| engine/buffer | 2.50 | 2.00 | 0 |\n"
        "| engine/buffer/fifo | 0.25 | 0.25 | 0 |\n"
        "| all | 3.50 | 247 | 7 |\n");
  CHECK(page_body(R"(, "tables": [{"name": "t", "titles": ["a", "b", "c"],
      "members": {"of": "/list", "parts": {"kind": "/list/*/kind", "size": "/list/*/size"}},
      "lines": [{"where": {"model": "small", "lines": 1}, "cells": [
        {"text": "{member}"}, {"text": "{kind}"}, {"text": "{size}"}]}]}])") ==
        "| 0 | x | 1 |\n| 1 | y | 2 |\n");
}

TEST_CASE("a fit is the line through the points that differ in some axes alone") {
  // 100 a line of the small model exactly, 10 of the large one.
  CHECK(page_body(kFit + page_table(R"("a", "b", "c")", R"({"cells": [{"text": "{fit_slope:.3f}"},
      {"text": "{fit_offset:.3f}"}, {"text": "{fit_r2:.3f}"}], "where": {"lines": 1}})")) ==
        "| 100.000 | 0.000 | 1.000 |\n| 10.000 | 0.000 | 1.000 |\n");
  // Over both models: (1, 100), (2, 200), (4, 400), (1, 10), (2, 20): by hand.
  CHECK(page_body(R"(, "fits": [{"name": "fit", "figure": "/cycles/total", "against": "lines",
      "over": ["model", "lines"]}])" +
                  page_table(R"("a", "b", "c")", R"({"over": ["model", "lines"],
      "cells": [{"text": "{fit_slope:.4f}"}, {"text": "{fit_offset:.4f}"},
                {"text": "{fit_r2:.4f}"}]})")) == "| 115.0000 | -84.0000 | 0.7636 |\n");
  // One point is no line.
  CHECK(page_body(
            R"(, "fits": [{"name": "fit", "figure": "cycles", "against": "lines",
      "over": ["lines"], "where": {"lines": [4]}}])" +
            page_table(R"("a")",
                       R"({"over": ["model", "lines"], "cells": [{"text": "{fit_slope}"}]})")) ==
        "|  |\n");
}

TEST_CASE("columns of fits stand behind the ratios in the table of points") {
  const std::vector<std::string> columns = table_columns(sweep(kPageAxes + kFit));
  const auto slope = std::find(columns.begin(), columns.end(), "fit_slope");
  REQUIRE(columns.end() - slope > 3);
  CHECK(std::vector<std::string>(slope, slope + 4) ==
        std::vector<std::string>{"fit_slope", "fit_offset", "fit_r2", "pareto"});
}

TEST_CASE("tables and fits that name what there is not are refused where they stand") {
  using Catch::Contains;
  CHECK_THAT(page_refusal(page_table(R"("a")", R"({"cells": [{"text": "{cycle}"}]})")),
             Contains("/tables/0/lines/0/cells/0/text: \"cycle\": Unexpected token"));
  CHECK(page_refusal(page_table(R"("a")", R"({"cells": [{"text": "{cycles"}]})")) ==
        R"(/tables/0/lines/0/cells/0/text: "{cycles": brace at position 0 is not closed)");
  CHECK_THAT(page_refusal(page_table(R"("a")", R"({"cells": [{"text": "{cycles:.f}"}]})")),
             Contains(R"(/tables/0/lines/0/cells/0/text: "cycles:.f": )"));
  CHECK(page_refusal(
            page_table(R"("a", "b")", R"({"cells": [{"text": "{cycles}", "across": "lines"}]})")) ==
        "/tables/0/lines/0/cells: expected 2 cells, as there are titles, found 3");
  CHECK(page_refusal(page_table(R"("a")", R"({"over": ["line"], "cells": [{"text": ""}]})")) ==
        R"(/tables/0/lines/0/over/0: expected one of ["model","lines"], found "line")");
  CHECK(page_refusal(page_table(R"("a")", R"({"cells": [{"text": "", "where": {"lines": 3}}]})")) ==
        "/tables/0/lines/0/cells/0/where/lines: expected one of [1,2,4], found 3");
  CHECK(page_refusal(page_table(R"("a")", R"({"cells": [{"text": "", "across": "line"}]})")) ==
        R"(/tables/0/lines/0/cells/0/across: expected one of ["model","lines"], found "line")");
  CHECK_THAT(page_refusal(page_table(R"("a")", R"({"cells": [{"text": "", "otherwise": "{x}"}]})")),
             Contains("/tables/0/lines/0/cells/0/otherwise: "));
  CHECK(page_refusal(page_table(R"("a")", R"({"order": {"text": "{cycles}", "across": "lines"},
      "cells": [{"text": ""}]})")) ==
        "/tables/0/lines/0/order/across: expected one cell, without across");
  CHECK(page_refusal(R"(, "tables": [{"name": "sweep", "titles": ["a"], "lines": [
      {"cells": [{"text": ""}]}]}])") ==
        "/tables/0/name: expected a name of its own, not sweep: letters, digits and _, found "
        "\"sweep\"");
  CHECK(page_refusal(
            R"(, "fits": [{"name": "f", "figure": "model", "against": "lines", "over": []}])") ==
        "/fits/0/figure: expected a column of numbers, found model");
  CHECK_THAT(
      page_refusal(R"(, "fits": [{"name": "f", "figure": "cycles", "against": "x", "over": []}])"),
      Contains("/fits/0/against: expected a pointer into the result or one of "));
  CHECK(page_refusal(R"(, "fits": [{"name": "f", "figure": "cycles", "against": "lines",
      "over": ["x"]}])") == R"(/fits/0/over/0: expected one of ["model","lines"], found "x")");
  CHECK(page_refusal(R"(, "formula": ["main"])") ==
        R"(/formula: expected HEAD or 0b4031a, found "main")");
}

TEST_CASE("members that no pointer can name are refused where they stand") {
  const auto members = [](const std::string& text) {
    return page_refusal(R"(, "tables": [{"name": "t", "titles": ["a"], "members": )" + text +
                        R"(, "lines": [{"cells": [{"text": ""}]}]}])");
  };
  CHECK(members(R"({"of": "area"})") ==
        R"(/tables/0/members/of: expected a JSON pointer into the result, found "area")");
  CHECK(members(R"({"of": "/area", "parts": {"a": "b"}})") ==
        R"(/tables/0/members/parts/a: expected a JSON pointer into the result, found "b")");
  CHECK(members(R"({"of": "/area", "parts": {"cycles": "/b"}})") ==
        "/tables/0/members/parts/cycles: expected a name of its own: letters, digits and _");
  CHECK(members(R"({"of": "/area", "parts": {"a": 1}})") ==
        "/tables/0/members/parts: expected a JSON pointer into the result, found 1");
}

}  // namespace vitcod::test::report_tables_test
