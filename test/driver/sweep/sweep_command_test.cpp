// SPDX-License-Identifier: Apache-2.0
// `vitcod-sim sweep` as a user meets it: the table, the kinds of failure, and that it does not
// matter who ran which point.
#include <sys/file.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "sim/driver/sweep/sweep_folder.hpp"
#include "test/driver/sweep/sweep_bench.hpp"

namespace vitcod::test::sweep_command_test {
namespace {

std::size_t num_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// Exit status 2 and one line on stderr with `part`.
void check_refused(const Outcome& outcome, const std::string& part) {
  CHECK(outcome.status == 2);
  CHECK(num_lines(outcome.err) == 1);
  CHECK_THAT(outcome.err, Catch::Contains(part));
}

Json row(const SweepBench& bench, const std::string& out, std::size_t number) {
  const std::string text = read_file(bench / out / "sweep.jsonl");
  std::size_t start = 0;
  for (std::size_t i = 0; i < number; ++i) start = text.find('\n', start) + 1;
  return parse_json(text.substr(start, text.find('\n', start) - start), "row");
}

}  // namespace

TEST_CASE("a sweep runs each point once and writes its table") {
  const SweepBench bench(small_axes(2));
  const Outcome outcome = bench.run("out", "--jobs 2");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, Catch::StartsWith("50 points\n50 points: 50 done, 0 failed"));
  CHECK(num_lines(outcome.out) == 3);
  CHECK(num_lines(bench.table("out")) == 51);
  CHECK(files_below(bench / "out/points").size() == 50);
  // The same run by itself: point 37 is lines 48, theta_d 60, packets of 576 bytes.
  const Outcome single = run_program(
      "run " + quoted((bench / "run.json").string()) + " --out " +
      quoted((bench / "one").string()) +
      " --no-values --set /machine/mac_lines/lines=48 --set /workload/polarization/theta_d=60"
      " --set /machine/dma/packet_bytes=576");
  CHECK(single.status == 0);
  const Json alone = read_json_file(bench / "one/result.json");
  const Json point = row(bench, "out", 37);
  CHECK(point["lines"] == 48);
  CHECK(point["theta_d"] == 60);
  CHECK(point["cycles"] == alone["cycles"]["total"]);
  CHECK(point["config_sha256"] == alone["config_sha256"]);
}

TEST_CASE("results do not depend on jobs, shards, the cache or the folder") {
  const SweepBench bench(small_axes(2));
  REQUIRE(bench.run("one", "--jobs 1").status == 0);
  REQUIRE(bench.run("three", "--jobs 3").status == 0);
  for (const char* shard : {"3/3", "1/3", "2/3"}) {
    const Outcome outcome = bench.run("shards", std::string("--jobs 1 --shard ") + shard);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.out, Catch::Contains(shard[0] == '3' ? "16 points: 16 done" : "17 points"));
  }
  CHECK(!std::filesystem::exists(bench / "shards/sweep.csv"));
  CHECK_THAT(bench.run("shards", "--resume").out, Catch::Contains("50 of these reused"));
  const std::string cache = " --cache " + quoted((bench / "cache").string());
  REQUIRE(bench.run("cached", "--jobs 2" + cache).status == 0);
  CHECK_THAT(bench.run("cached2", "--jobs 2" + cache).out, Catch::Contains("50 of these reused"));
  for (const char* out : {"three", "shards", "cached", "cached2"}) {
    INFO(out);
    CHECK(bench.table(out) == bench.table("one"));
    CHECK(read_file(bench / out / "sweep.jsonl") == read_file(bench / "one/sweep.jsonl"));
    CHECK(read_file(bench / out / "sweep.json") == read_file(bench / "one/sweep.json"));
  }
  CHECK(files_below(bench / "three/points") == files_below(bench / "one/points"));
  CHECK(files_below(bench / "cache") == files_below(bench / "one/points"));
  // Another folder with the same configuration.
  const SweepBench elsewhere(small_axes(2));
  REQUIRE(elsewhere.run("one", "--jobs 2").status == 0);
  CHECK(files_below(elsewhere / "one/points") == files_below(bench / "one/points"));
}

TEST_CASE("a folder with results is gone on with only if asked to, and an edited sweep says so") {
  const SweepBench bench(small_axes(1));
  REQUIRE(bench.run("out").status == 0);
  check_refused(bench.run("out"),
                "out: holds results of a sweep; --resume goes on with it, or choose another");
  bench.write_sweep(small_axes(2));
  const Outcome outcome = bench.run("out", "--resume");
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Catch::Contains("the sweep has changed at /sweep/axes/2/values"));
  CHECK_THAT(outcome.out, Catch::Contains("50 done, 0 failed, 25 of these reused"));
  REQUIRE(bench.run("new").status == 0);
  CHECK(bench.table("out") == bench.table("new"));
  bench.write_sweep(small_axes(1));
  check_refused(bench.run("out", "--shard 1/2"), "shards must be of one sweep");
}

TEST_CASE("points that fail are recorded with the reason, and the others run") {
  const SweepBench bench(R"("axes": [
    {"name": "lines", "pointer": "/machine/mac_lines/lines", "values": [0, 1, 64]},
    {"name": "model", "pointer": "/workload/model", "values": ["deit-tiny", "vit-giant"]},
    {"name": "dram", "variants": {"as is": {}, "lost": {"/machine/dram/preset": "lost.json"}}}])");
  const Outcome outcome = bench.run("out", "--jobs 2");
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, Catch::Contains("12 points: 1 done, 11 failed"));
  CHECK(row(bench, "out", 8)["status"] == "done");  // 64 lines, deit-tiny, as is
  CHECK_THAT(row(bench, "out", 0)["error"].get<std::string>(),
             Catch::StartsWith("input: ") && Catch::Contains("/machine/mac_lines/lines: 0"));
  CHECK_THAT(row(bench, "out", 10)["error"].get<std::string>(), Catch::Contains("vit-giant"));
  CHECK_THAT(row(bench, "out", 9)["error"].get<std::string>(), Catch::Contains("lost.json"));
  // No error tells where the configuration lies.
  CHECK(bench.table("out").find((bench / "").string()) == std::string::npos);
  const Outcome again = bench.run("out", "--resume");
  CHECK_THAT(again.out, Catch::Contains("12 points: 1 done, 11 failed, 12 of these reused"));
}

TEST_CASE("a point that takes too long is recorded, and is tried again with more time") {
  const SweepBench bench(R"("axes": [{"name": "size", "variants": {"small": {}, "large": )" +
                         large_workload() + R"(}}], "limits": {"seconds": 0.5})");
  const Outcome outcome = bench.run("out");
  CHECK_THAT(outcome.out, Catch::Contains("2 points: 1 done, 1 failed"));
  CHECK(row(bench, "out", 1)["error"] == "time: took longer than the 0.5 s that a point may take");
  CHECK_THAT(bench.run("out", "--resume").out, Catch::Contains("1 failed, 1 of these reused"));
}

TEST_CASE("a result file that was altered or cut off is named and its point run again") {
  const SweepBench bench(small_axes(1));
  REQUIRE(bench.run("out").status == 0);
  const std::string table = bench.table("out");
  const auto files = files_below(bench / "out/points");
  const auto altered = bench / "out/points" / files.begin()->first;
  const auto cut = bench / "out/points" / files.rbegin()->first;
  std::string text = files.begin()->second;
  text[text.size() / 2] = '#';
  write_file_atomically(altered, text);
  write_file_atomically(cut, files.rbegin()->second.substr(0, 50));
  const Outcome outcome = bench.run("out", "--resume");
  CHECK(outcome.status == 0);
  CHECK(num_lines(outcome.err) == 2);
  CHECK_THAT(outcome.err,
             Catch::Contains(altered.string() + ": was altered or cut off: its hash is not its "
                                                "content's") &&
                 Catch::Contains(cut.string() + ": not a whole result file"));
  CHECK_THAT(outcome.out, Catch::Contains("25 done, 0 failed, 23 of these reused"));
  CHECK(bench.table("out") == table);
  CHECK(files_below(bench / "out/points") == files);
}

TEST_CASE("two sweeps in one folder: the second is refused, whatever it is") {
  const SweepBench bench(small_axes(1));
  std::filesystem::create_directories(bench / "out");
  const FileLock sweep(bench / "out/lock", FileLock::Kind::kAlone, "");
  check_refused(bench.run("out", "--resume"), "another sweep is running in this folder");
  check_refused(bench.run("out", "--shard 1/2"), "without --shard is running");
}

TEST_CASE("shards work side by side, but not with a whole sweep nor twice") {
  const SweepBench bench(small_axes(1));
  std::filesystem::create_directories(bench / "out");
  const FileLock sweep(bench / "out/lock", FileLock::Kind::kShared, "");
  const FileLock shard(bench / "out/lock.1-of-2", FileLock::Kind::kAlone, "");
  check_refused(bench.run("out", "--resume"), "another sweep is running in this folder");
  check_refused(bench.run("out", "--shard 1/2"), "another process is running this shard");
  CHECK(bench.run("out", "--shard 2/2").status == 0);
}

TEST_CASE("a search by shards, generation by generation, finds what a search alone finds") {
  const SweepBench bench(small_axes(4) +
                         R"(, "search": {"initial": 8, "evaluations": 60, "seed": 1})");
  REQUIRE(bench.run("alone", "--jobs 2").status == 0);
  for (int round = 0; round < 20; ++round) {
    CHECK(bench.run("shards", "--shard 1/2").status == 0);
    CHECK(bench.run("shards", "--shard 2/2").status == 0);
  }
  const std::string alone = bench.table("alone");
  const auto points = std::count(alone.begin(), alone.end(), '\n') - 1;  // without the header
  CHECK_THAT(bench.run("shards", "--resume").out,
             Catch::Contains(std::to_string(points) + " of these reused"));
  CHECK(bench.table("shards") == alone);
}

TEST_CASE("a dry run lists the points and leaves nothing") {
  const SweepBench bench(small_axes(1));
  const Outcome outcome = bench.run("out", "--dry-run");
  CHECK(outcome.status == 0);
  CHECK(num_lines(outcome.out) == 26);
  CHECK_THAT(outcome.out,
             Catch::StartsWith("point,lines,theta_d,packet\n0,16,30,512\n1,16,40,512\n"));
  CHECK(!std::filesystem::exists(bench / "out"));
}

TEST_CASE("a wrong sweep command is one line and exit status 2") {
  const SweepBench bench(small_axes(1));
  for (const char* shard : {"0/2", "3/2", "1", "1/", "/2", "a/b", "1/2/3", "-1/2"}) {
    check_refused(bench.run("out", std::string("--shard=") + shard), "expected I/N");
  }
  check_refused(bench.run("out", "--jobs 0"), "--jobs");
  const std::string sweep = "sweep " + quoted((bench / "sweep.json").string());
  check_refused(run_program(sweep), "sweep: --out DIR is required");
  check_refused(bench.run("out", "--executor slurm"), "sweep: --executor slurm needs --slurm FILE");
  check_refused(bench.run("out", "--executor slurm --slurm how.json --shard 1/2"),
                "sweep: --executor slurm makes the shards itself");
  std::filesystem::create_directories(bench / "taken/lock");
  check_refused(bench.run("taken"), "taken/lock: cannot open: Is a directory");
  const SweepBench search(small_axes(4) +
                          R"(, "search": {"initial": 8, "evaluations": 60, "seed": 1})");
  check_refused(search.run("out", "--dry-run"), "the points of a search are found while it runs");
  check_refused(run_program("sweep nowhere.json --out x"), "nowhere.json");
}

// More lines are faster and larger: the largest machine is on the front, unless a bound excludes
// it.
TEST_CASE("area and power are figures of a sweep, and bounds on them decide who is on the front") {
  const std::string members = R"("axes": [
      {"name": "lines", "pointer": "/machine/mac_lines/lines", "values": [16, 32, 64]}],
      "figures": {"mm2": "/area_mm2/total", "lines_mm2": "/area_mm2/mac_lines",
                  "mw": "/power_mw/on_chip"},
      "objectives": [{"figure": "cycles", "goal": "minimize"}])";
  const SweepBench bench(members);
  REQUIRE(bench.run("free").status == 0);
  const auto number = [&](std::size_t point, const char* column) {
    return row(bench, "free", point)[column].get<double>();
  };
  for (std::size_t point = 1; point < 3; ++point) {
    CHECK(number(point, "mm2") > number(point - 1, "mm2"));
    CHECK(number(point, "lines_mm2") == Approx(2 * number(point - 1, "lines_mm2")).epsilon(1e-3));
    CHECK(number(point, "mw") > 0);
  }
  CHECK(row(bench, "free", 2)["pareto"] == true);
  const double between = (number(1, "mm2") + number(2, "mm2")) / 2;
  bench.write_sweep(members + R"(, "bounds": [{"figure": "mm2", "at_most": )" +
                    std::to_string(between) + "}]");
  REQUIRE(bench.run("bound").status == 0);
  CHECK(row(bench, "bound", 0)["pareto"] == false);
  CHECK(row(bench, "bound", 1)["pareto"] == true);
  CHECK(row(bench, "bound", 2)["pareto"] == false);
  bench.write_sweep(members + R"(, "bounds": [{"figure": "mm2"}])");
  check_refused(bench.run("wrong"), "/bounds/0/at_most: expected a number here or at at_least");
  bench.write_sweep(members + R"(, "bounds": [{"figure": "/area_mm2/sum", "at_most": 1}])");
  check_refused(bench.run("wrong"), "/bounds/0/figure: no result has a number at /area_mm2/sum");
}

TEST_CASE("objectives and bounds may be pointers that are no column, figures point anywhere") {
  const SweepBench bench(R"("axes": [
      {"name": "lines", "pointer": "/machine/mac_lines/lines", "values": [16, 64]}],
    "objectives": [{"figure": "/cycles/by_phase/sddmm", "goal": "minimize"}],
    "bounds": [{"figure": "/area_mm2/total", "at_least": 0.1},
               {"figure": "/sram/bytes", "at_least": 1}],
    "figures": {"set_lines": "/config/machine/mac_lines/lines",
                "kept": "/layers/0/nnz"})");
  const Outcome outcome = bench.run("out", "--jobs 2");
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  for (std::size_t i = 0; i < 2; ++i) {
    const Json point = row(bench, "out", i);
    CHECK(point["set_lines"] == point["lines"]);
    CHECK(point["kept"].get<int>() > 0);
    CHECK(point["pareto"].is_boolean());
  }
  // More lines take fewer cycles, and nothing else is asked of the front.
  CHECK(row(bench, "out", 0)["pareto"] == false);
  CHECK(row(bench, "out", 1)["pareto"] == true);
}

TEST_CASE("a point without the figure of an objective is a row, on no front") {
  const SweepBench bench(R"("axes": [
      {"name": "channels", "pointer": "/machine/dram/organization/channels", "values": [1, 8]}],
      "objectives": [{"figure": "/blocks/dram7/dram_clocks/data_bus", "goal": "minimize"}])");
  const Outcome outcome = bench.run("out");
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(row(bench, "out", 0)["status"] == "done");
  CHECK(row(bench, "out", 0)["pareto"] == false);
  CHECK(row(bench, "out", 1)["pareto"] == true);
}

}  // namespace vitcod::test::sweep_command_test
