// SPDX-License-Identifier: Apache-2.0
// Pages of folders as run, sweep and compare leave them, and of folders that hold something else.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "sim/driver/report/html_page.hpp"
#include "test/driver/command_line.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::report_test {
namespace {

using Catch::Matchers::Contains;

std::string file_in(const TempFolder& folder, const char* name) { return (folder / name).string(); }

Outcome report_on(const std::string& folder, const std::string& options = "") {
  return run_program("report " + quoted(folder) + " " + options);
}

/// The page of a folder with one file.
std::string page_of(const char* name, const std::string& text) {
  const TempFolder folder;
  write_file_atomically(folder / name, text);
  const Outcome outcome = report_on(folder.path().string());
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.out == "written: " + file_in(folder, "report.html") + "\n");
  return read_file(folder / "report.html");
}

/// What the program says of a folder with one file, in one line, behind the folder's name; that no
/// page is there is checked.
std::string refusal_of(const char* name, const std::string& text) {
  const TempFolder folder;
  write_file_atomically(folder / name, text);
  const Outcome outcome = report_on(folder.path().string());
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find('\n') == outcome.err.size() - 1);
  CHECK_FALSE(std::filesystem::exists(folder / "report.html"));
  return outcome.err;
}

std::size_t count_in(const std::string& text, const std::string& piece) {
  std::size_t count = 0;
  for (std::size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1)) {
    ++count;
  }
  return count;
}

constexpr const char* kResult = R"({
  "schema": "vitcod-result/1", "config": {"machine": {"kind": "<vitcod>"}},
  "workload": {"name": "deit & co", "nnz": 1234567}, "cycles": {"total": 2000},
  "time_us": 4.0, "utilization": {"useful": 0.125},
  "layers": [{"name": "layer0", "cycles": 1500, "predicted_cycles": 1400, "nnz": 20,
              "by_phase": {"sddmm": 1000, "spmm": 500, "encode": 0}},
             {"name": "layer1", "cycles": 500, "by_phase": {"sddmm": 500}}],
  "blocks": {"dma": {"cycles": {"idle": 500, "issuing": 1500}},
             "encoder": {"cycles": {"idle": 2000, "encoding": 0}},
             "engine": {"buffer": {"cycles": {"busy": 2000}}},
             "dram0": {"dram_clocks": {"data_bus": 4800}}},
  "traffic": {"key": {"first_load": 64, "reload": 32, "write_back": 0}},
  "energy_pj": {"total": 3e6, "dram": {"read": 2e6, "source": "JEDEC"}, "dma": {"bytes": 1e6}},
  "power_mw": {"on_chip": 250.0, "dma": {"dynamic": 200.0, "queue": {"dynamic": 50.0}}},
  "area_mm2": {"total": 1.5, "dma": {"registers": 1.5}},
  "values": {"checked": true, "mismatches": 0}
})";

}  // namespace

TEST_CASE("the page of a run has its figures, layers, blocks, bytes, energy, power and area") {
  const std::string page = page_of("result.json", kResult);
  CHECK_THAT(page, Contains("<h1>Run of deit &amp; co</h1>"));
  CHECK_THAT(page, Contains("<td>cycles</td><td class=\"number\">2 000</td>"));
  CHECK_THAT(page, Contains("<td>kept entries</td><td class=\"number\">1 234 567</td>"));
  CHECK_THAT(page, Contains("<td>MACs useful</td><td class=\"number\">12.5</td><td>%</td>"));
  CHECK_THAT(page, Contains("<td>layer0</td><td class=\"number\">1 500</td><td "
                            "class=\"number\">1 400</td><td class=\"number\">20</td>"));
  CHECK_THAT(page, Contains("<title>sddmm: 1000 (66.7 %)</title>"));
  CHECK_THAT(page, Contains("<title>issuing: 1500 (75.0 %)</title>"));
  CHECK_THAT(page, Contains(">engine/buffer<"));
  CHECK_THAT(page, Contains("<title>data_bus: 4800 (100.0 %)</title>"));
  CHECK_THAT(page, Contains("Idle throughout: encoder."));
  CHECK_THAT(page, Contains("<title>reload: 32 (33.3 %)</title>"));
  CHECK_THAT(page, Contains(">2 uJ<"));
  CHECK_THAT(page, Contains("<title>dynamic: 250 (100.0 %)</title>"));
  CHECK_THAT(page, Contains(">1.5 mm2<"));
  CHECK_THAT(page, Contains("&lt;vitcod>"));
}

TEST_CASE("a result that lacks parts gives a page without them") {
  const std::string page = page_of("result.json", R"({"schema": "vitcod-result/1"})");
  CHECK_THAT(page, Contains("<h1>Run of a workload</h1>"));
  CHECK_THAT(page, !Contains("<svg"));
  CHECK_THAT(page, !Contains("<td>"));
}

TEST_CASE("the page of a real run is the same each time, and --out names its file") {
  const TempFolder folder;
  const std::string config = quoted(source_dir() + "/configs/vitcod.json");
  const std::string name = quoted(folder.path().string());
  REQUIRE(run_program("run " + config + " --no-values --out " + name).status == 0);
  REQUIRE(report_on(folder.path().string()).status == 0);
  const std::string other = file_in(folder, "other.html");
  const Outcome outcome = report_on(folder.path().string(), "--out " + quoted(other));
  CHECK(outcome.out == "written: " + other + "\n");
  const std::string page = read_file(other);
  CHECK(page == read_file(folder / "report.html"));
  const Json result = read_json_file(folder / "result.json");
  CHECK_THAT(page, Contains("<td class=\"number\">" + readable(result["cycles"]["total"])));
  for (const auto& [block, entry] : result["area_mm2"].items()) {
    if (entry.is_object()) CHECK_THAT(page, Contains(">" + block + "<"));
  }
}

TEST_CASE("the page of a sweep shows all points, and the front in a colour of its own") {
  const std::string page = page_of(
      "sweep.jsonl",
      R"({"point":0,"status":"done","lines":32,"workload":"w","cycles":200,"pareto":true,"key":"h0"})"
      "\n"
      R"({"point":1,"status":"done","lines":64,"workload":"w","cycles":100,"pareto":false,"key":"h1"})"
      "\n"
      R"({"point":2,"status":"failed","lines":0,"workload":null,"error":"/lines: found 0","key":"h2"})"
      "\n");
  CHECK_THAT(page, Contains("<p>3 points.</p>"));
  CHECK_THAT(page, Contains(">lines 32<"));
  CHECK_THAT(page, Contains("<title>on the Pareto front: 200 (100.0 %)</title>"));
  CHECK_THAT(page, Contains("<title>not on it: 100 (100.0 %)</title>"));
  CHECK_THAT(page, Contains("<td>/lines: found 0</td>"));
  CHECK_THAT(page, !Contains("h1<"));
}

TEST_CASE("of a long sweep the first thousand points are shown, and it is said of how many") {
  std::string rows;
  for (int point = 0; point < 1500; ++point) {
    rows += R"({"point":)" + std::to_string(point) + R"(,"status":"done","cycles":7})" + "\n";
  }
  const std::string page = page_of("sweep.jsonl", rows);
  CHECK_THAT(page, Contains("<p>The first 1000 of 1500 points.</p>"));
  CHECK(count_in(page, "<tr>") == 1001);
  CHECK(count_in(page, "<title>not on it") == 60);
}

TEST_CASE("the page of a comparison has its chart, its means and its rows") {
  const TempFolder folder;
  const char* json = R"({"machine": "m", "rows": [{"baseline": "GPU <x>", "speedup": 2.5}],
                         "means": [{"baseline": "GPU <x>", "geometric_speedup": 2.25}]})";
  write_file_atomically(folder / "compare.json", json);
  write_file_atomically(folder / "compare.svg", "<svg>the chart</svg>");
  REQUIRE(report_on(folder.path().string()).status == 0);
  const std::string page = read_file(folder / "report.html");
  CHECK_THAT(page, Contains("<svg>the chart</svg>"));
  CHECK_THAT(page, Contains("<td>GPU &lt;x></td><td class=\"number\">2.25</td>"));
  CHECK_THAT(page, Contains("<td>GPU &lt;x></td><td class=\"number\">2.5</td>"));
  CHECK_THAT(page_of("compare.json", json), !Contains("<svg"));
}

TEST_CASE("a folder without results, and files of another form, get one line") {
  CHECK_THAT(refusal_of("other.json", "{}"),
             Contains(": holds no result.json, sweep.jsonl or compare.json; expected the folder of "
                      "a run, a sweep or a comparison"));
  CHECK_THAT(
      refusal_of("result.json", R"({"schema": "vitcod-result/0"})"),
      Contains("result.json: /schema: found \"vitcod-result/0\", expected \"vitcod-result/1\""));
  CHECK_THAT(refusal_of("result.json", "[]"), Contains("/schema: found null, expected"));
  CHECK_THAT(refusal_of("result.json", "{"), Contains("result.json: byte"));
  CHECK_THAT(
      refusal_of("sweep.jsonl", "{\"point\":0,\"status\":\"done\"}\n[1]\n"),
      Contains("sweep.jsonl: line 2: expected a row of a sweep, with \"point\" and \"status\""));
  CHECK_THAT(refusal_of("sweep.jsonl", "{\"point\":0,"), Contains("sweep.jsonl: line 1: byte"));
  CHECK_THAT(refusal_of("compare.json", R"({"means": []})"),
             Contains("compare.json: /rows: expected a list"));
  CHECK_THAT(refusal_of("compare.json", R"({"means": [1], "rows": []})"),
             Contains("compare.json: /means: expected objects"));
  const Outcome outcome = report_on("/dev/null/nowhere");
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Contains("/dev/null/nowhere: expected a folder"));
}

}  // namespace vitcod::test::report_test
