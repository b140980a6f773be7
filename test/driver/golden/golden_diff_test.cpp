// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "test/driver/command_line.hpp"
#include "test/driver/golden/golden_bench.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::golden_diff_test {
namespace {

using Catch::Contains;

/// Two results as runs write them, as far as a comparison looks at them.
class DiffBench {
 public:
  DiffBench() : before(result(64, 100)), after(before) {}

  static Json result(int lines, int cycles) {
    return {{"schema", "vitcod-result/1"},
            {"config", {{"machine", {{"lines", lines}}}}},
            {"cycles", {{"total", cycles}, {"by_phase", {{"sddmm", cycles - 10}}}}}};
  }
  Outcome diff(const std::string& more = "") const {
    std::filesystem::create_directories(folder / "b");
    write_file_atomically(folder / "a.json", before.dump());
    write_file_atomically(folder / "b/result.json", after.dump());
    return run_program("golden diff " + quoted((folder / "a.json").string()) + " " +
                       quoted((folder / "b").string()) + " " + more);
  }

  TempFolder folder;
  Json before;
  Json after;
};

}  // namespace

TEST_CASE("equal results are the same, and exit status 0") {
  const DiffBench bench;
  const Outcome outcome = bench.diff();
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "golden: the same\n");
}

TEST_CASE("what was run differs first, then what came out, with the share") {
  DiffBench bench;
  bench.after = DiffBench::result(128, 50);
  const Outcome outcome = bench.diff();
  CHECK(outcome.status == 1);
  CHECK(outcome.out ==
        "/config/machine/lines: 64 -> 128 (+100 %)\n"
        "/cycles/total: 100 -> 50 (-50 %)\n"
        "/cycles/by_phase/sddmm: 90 -> 40 (-55.6 %)\n"
        "golden: 1 difference of the configuration, 2 differences of the results\n");
  CHECK_THAT(bench.diff("--limit 1").out, Contains("\n1 more difference\n"));
  CHECK(bench.diff("--limit -1").status == 2);
  const Json json = parse_json(bench.diff("--json").out, "stdout");
  CHECK(json["config"][0] ==
        Json({{"pointer", "/config/machine/lines"}, {"old", 64}, {"new", 128}}));
  CHECK(json["results"].size() == 2);
}

TEST_CASE("a result that keeps the hash of its configuration alone is compared by the rest") {
  DiffBench bench;
  bench.after.erase("config");
  CHECK(bench.diff().status == 0);
  bench.after["cycles"]["total"] = 101;
  CHECK(bench.diff().out ==
        "/cycles/total: 100 -> 101 (+1 %)\n"
        "golden: 0 differences of the configuration, 1 difference of the results\n");
}

TEST_CASE("what is no result is refused with its name") {
  DiffBench bench;
  for (const Json& wrong : {Json(), Json::array(), Json::object(), Json{{"schema", 7}},
                            Json{{"schema", "vitcod-sweep/1"}}}) {
    bench.after = wrong;
    const Outcome outcome = bench.diff();
    INFO(outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains("b/result.json: /schema: expected the result.json of a run"));
    CHECK(num_lines(outcome.err) == 1);
  }
}

TEST_CASE("a tolerance for a number that no result has is refused before anything runs") {
  const GoldenBench bench;
  bench.update();
  Json one = GoldenBench::case_of("one");
  one["tolerance"] = {{"/cycles/by_phase", 0.5}, {"/cycels", 0.1}};
  bench.write_cases({one});
  const Outcome outcome = bench.check();
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Contains("cases.json: /cases/0/tolerance: the result has no number at "
                                   "/cycels or below it"));
  std::filesystem::remove(bench.expected());
  const Outcome fresh = bench.golden("update", "");
  CHECK(fresh.status == 2);
  CHECK_FALSE(std::filesystem::exists(bench.expected()));
}

}  // namespace vitcod::test::golden_diff_test
