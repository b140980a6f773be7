// SPDX-License-Identifier: Apache-2.0
// `vitcod-sim golden` as a user meets it.
#include <fmt/format.h>

#include "test/driver/golden/golden_bench.hpp"

namespace vitcod::test::golden_command_test {

using Catch::Contains;

TEST_CASE("golden update keeps the results, and golden check then finds them as expected") {
  const GoldenBench bench;
  CHECK(bench.update() == fmt::format("one: new\ngolden: 1 of 1 case written to {}\n",
                                      bench.folder().path().string()));
  const Json expected = read_json_file(bench.expected());
  CHECK_FALSE(expected.contains("config"));
  CHECK(expected["config_sha256"].get<std::string>().size() == 64);
  CHECK(expected["cycles"]["total"] > 0);
  const Outcome outcome = bench.check();
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "golden: 1 case, all as expected\n");
  CHECK_THAT(bench.update(), Contains("0 of 1 case written"));
}

TEST_CASE(
    "golden check names the case, the pointer, both numbers and the change, and ends with 1") {
  const GoldenBench bench;
  bench.update();
  const auto total = read_json_file(bench.expected())["cycles"]["total"].get<std::int64_t>();
  bench.add_to_expected("/cycles/total", 1);
  bench.add_to_expected("/blocks/encoder/tokens", -100);  // 2 encodings x 50 tokens
  const Outcome outcome = bench.check();
  CHECK(outcome.status == 1);
  CHECK(outcome.out ==
        fmt::format("one: /cycles/total: {} -> {} ({:+.3g} %)\n", total + 1, total,
                    -100.0 / static_cast<double>(total + 1)) +
            "one: /blocks/encoder/tokens: 0 -> 100\n" +
            fmt::format("golden: 1 of 1 case differs; if that is meant: vitcod-sim golden update "
                        "{}\n",
                        bench.folder().path().string()));
}

TEST_CASE("golden check shows the first differences of a case and counts the others") {
  const GoldenBench bench;
  bench.update();
  for (const char* phase : {"sddmm", "spmm", "merge"}) {
    bench.add_to_expected(std::string("/cycles/by_phase/") + phase, 1);
  }
  CHECK(num_lines(bench.check().out) == 4);
  const Outcome limited = bench.check("--limit 2");
  CHECK(num_lines(limited.out) == 4);
  CHECK_THAT(limited.out, Contains("one: 1 more difference\n"));
}

TEST_CASE("golden check as JSON holds the same differences") {
  const GoldenBench bench;
  bench.update();
  const auto total = read_json_file(bench.expected())["cycles"]["total"].get<std::int64_t>();
  bench.add_to_expected("/cycles/total", 1);
  const Outcome outcome = bench.check("--json");
  CHECK(outcome.status == 1);
  CHECK(parse_json(outcome.out, "stdout") ==
        Json{{"cases", 1},
             {"differences", Json::array({Json{{"case", "one"},
                                               {"pointer", "/cycles/total"},
                                               {"old", total + 1},
                                               {"new", total}}})},
             {"without_expectation", Json::array()},
             {"without_case", Json::array()}});
}

TEST_CASE("a tolerance of a case lets its numbers move so far and no further") {
  const GoldenBench bench;
  bench.update();
  bench.add_to_expected("/cycles/total", 5);  // of about a thousand
  Json one = GoldenBench::case_of("one");
  one["tolerance"] = {{"/cycles/total", 0.01}};
  bench.write_cases({one});
  CHECK(bench.check().status == 0);
  one["tolerance"] = {{"/cycles/total", 0.001}};
  bench.write_cases({one});
  CHECK(bench.check().status == 1);
}

TEST_CASE("a case without expectation and an expectation without case fail the check, named") {
  const GoldenBench bench;
  bench.update();
  bench.write_cases({GoldenBench::case_of("two")});
  const Outcome outcome = bench.check();
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.out, Contains("two: no expectation: run update\n"));
  CHECK_THAT(outcome.out, Contains("one: an expectation without a case: run update\n"));
  CHECK_THAT(bench.update(), Contains("two: new\none: removed, no such case\n"));
  CHECK_FALSE(std::filesystem::exists(bench.expected("one")));
  CHECK(bench.check().status == 0);
}

TEST_CASE("golden update says what moved and writes that alone") {
  const GoldenBench bench;
  bench.write_cases({GoldenBench::case_of("one"), GoldenBench::case_of("two")});
  bench.update();
  const auto written = std::filesystem::last_write_time(bench.expected("two"));
  bench.add_to_expected("/cycles/total", 1);
  const std::string out = bench.update();
  CHECK(out.starts_with("one: /cycles/total: "));
  CHECK_THAT(out, Contains("golden: 1 of 2 cases written"));
  CHECK(std::filesystem::last_write_time(bench.expected("two")) == written);
  CHECK(bench.check().status == 0);
}

TEST_CASE("golden results are the same bytes, however many run at a time") {
  const GoldenBench bench;
  std::vector<Json> cases;
  for (int lines = 1; lines <= 6; ++lines) {
    cases.push_back(GoldenBench::case_of("lines-" + std::to_string(lines),
                                         {{"/machine/encoder/lines", lines}}));
  }
  bench.write_cases(cases);
  CHECK(bench.golden("update", "--jobs 1").status == 0);
  CHECK_THAT(bench.golden("update", "--jobs 5").out, Contains("golden: 0 of 6 cases written"));
}

TEST_CASE("wrong golden folders are one line with file and place, and exit status 2") {
  const GoldenBench bench;
  const auto refused = [&bench](const std::vector<Json>& cases, const std::string& part) {
    bench.write_cases(cases);
    for (const char* action : {"check", "update"}) {
      const Outcome outcome = bench.golden(action, "");
      CHECK(outcome.status == 2);
      CHECK(num_lines(outcome.err) == 1);
      CHECK_THAT(outcome.err, Contains(part));
    }
  };
  const Json one = GoldenBench::case_of("one");
  const auto with = [&one](const char* key, const Json& value) {
    Json changed = one;
    changed[key] = value;
    return changed;
  };
  refused({one, one}, "cases.json: /cases: two cases are named \"one\"");
  refused({}, "cases.json: /cases: expected at least 1 element, found 0");
  refused({with("name", "../one")},
          "/cases/0/name: expected letters, digits, \"-\", \"_\" and \".\", not first");
  refused({with("speed", 1)}, "cases.json: /cases/0/speed: unknown key");
  refused({with("tolerance", {{"/cycles", -1}})}, "/cases/0/tolerance/~1cycles: -1 is out of");
  refused({with("tolerance", {{"cycles", 1}})},
          "/cases/0/tolerance: \"cycles\" is not a JSON pointer: it does not begin with \"/\"");
  refused({with("run", "nowhere.json")}, "case one: ");
  refused({with("set", {{"/machine/nothing/x", 1}})}, "case one: set /machine/nothing/x: there is");
  refused({with("set", {{"/engine", 1}})}, "case one: set /engine: expected a pointer below");
  refused({with("set", {{"/machine/mac_lines/lines", 0}})}, "/machine/mac_lines/lines: 0 is out");
  // Staging of 8192 bytes, two engines with 16 partial rows of 4 x 32 + 4 bytes.
  refused({with("set", {{"/machine/output_buffer/capacity_bytes", 12416}})},
          "encoded.json: /machine/output_buffer/capacity_bytes: 12416 leaves nothing");
  // What was refused left no folder of expectations behind.
  CHECK_FALSE(std::filesystem::exists(bench.folder() / "expected"));
  CHECK(run_program("golden check /nowhere").status == 2);
  CHECK_THAT(run_program("golden check /nowhere").err, Contains("/nowhere/cases.json: cannot"));
}

TEST_CASE("a case that fails leaves every expectation as it was") {
  const GoldenBench bench;
  bench.update();
  const std::string before = read_file(bench.expected());
  bench.write_cases({GoldenBench::case_of("one", {{"/machine/mac_lines/lines", 32}}),
                     GoldenBench::case_of("two", {{"/machine/mac_lines/lines", 0}})});
  CHECK(bench.golden("update", "").status == 2);
  CHECK(read_file(bench.expected()) == before);
}

TEST_CASE("an expectation that is no JSON fails the check with its name, and update replaces it") {
  const GoldenBench bench;
  bench.update();
  write_file_atomically(bench.expected(), "<<<<<<< HEAD\n{}");
  const Outcome outcome = bench.check();
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Contains("expected/one.json: byte 0"));
  bench.update();
  CHECK(bench.check().status == 0);
}

TEST_CASE("golden update on a full disk or a folder it cannot write is one line, nothing lost") {
  const GoldenBench bench;
  bench.update();
  bench.add_to_expected("/cycles/total", 1);
  const std::string before = read_file(bench.expected());
  const Outcome full = bench.golden("update", "", "trap '' XFSZ; ulimit -f 1;");
  CHECK(full.status == 2);
  CHECK_THAT(full.err, Contains("one.json: cannot write"));
  CHECK(num_lines(full.err) == 1);
  CHECK(read_file(bench.expected()) == before);
  std::filesystem::remove_all(bench.folder() / "expected");
  write_file_atomically(bench.folder() / "expected", "in the way");
  const Outcome blocked = bench.golden("update", "");
  CHECK(blocked.status == 2);
  CHECK_THAT(blocked.err, Contains("expected: cannot create the folder"));
  CHECK(read_file(bench.folder() / "expected") == "in the way");
}

}  // namespace vitcod::test::golden_command_test
