// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "sim/baseline/baseline_file.hpp"
#include "test/driver/command_line.hpp"
#include "test/driver/schema/schema_validator.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::compare_command_test {
namespace {

using Catch::Contains;

const std::string kSource = source_dir();

/// Two machines, two workloads of one layer, and a baseline file.
class Bench {
 public:
  Bench() {
    const std::string machine = "{\"preset\": \"" + kSource + "/configs/machines/vitcod.json\"";
    write("fast.json", "{\"machine\": " + machine + "}, \"workload\": \"a.json\"}");
    write("slow.json", "{\"machine\": " + machine +
                           ", \"mac_lines\": {\"lines\": 32}}, \"workload\": \"a.json\"}");
    write("a.json", workload("a", 2));
    write("b.json", workload("b", 4));
    write("cpu.json", R"({"schema": "vitcod-baseline/1", "name": "CPU", "kind": "measured",
      "platform": {"name": "Example 9000", "device": "cpu"}, "source": "me", "conditions": "batch 1",
      "times": [{"model": "a", "scope": "attention", "precision": "float32", "unit": "ms",
                 "time": 2, "p5": 1, "p95": 3, "repetitions": 30}]})");
  }

  std::string path(const std::string& name) const { return quoted((folder_ / name).string()); }
  Json json(const std::string& name) const { return read_json_file(folder_ / name); }
  std::string text(const std::string& name) const { return read_file(folder_ / name); }
  void write(const std::string& name, const std::string& text) const {
    write_file_atomically(folder_ / name, text);
  }

 private:
  static std::string workload(const std::string& name, int heads) {
    return R"({"scope": "attention", "maps": {"kind": "generated", "sparsity": 0.5, "seed": 1},
      "polarization": {"theta_d": 20}, "model": {"name": ")" +
           name + R"(", "prefix_tokens": 1, "groups": [{"name": "g", "num_blocks": 1, "heads": )" +
           std::to_string(heads) + R"(, "query_grid": [6, 6], "key_grid": [6, 6],
        "key_dim": 32, "value_dim": 32}]}})";
  }

  TempFolder folder_;
};

double time_of_run(const Bench& bench, const std::string& config, const std::string& workload) {
  REQUIRE(run_program("run " + bench.path(config) + " --no-values --set /workload=" +
                      bench.path(workload) + " --out " + bench.path("run"))
              .status == 0);
  return bench.json("run/result.json")["time_us"].get<double>();
}

void check_refused(const std::string& arguments, const std::string& part) {
  const Outcome outcome = run_program("compare " + arguments);
  INFO(arguments);
  INFO(outcome.err);
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK_THAT(outcome.err, Contains(part));
}

}  // namespace

TEST_CASE("compare's times are those of run, on every machine and workload") {
  const Bench bench;
  const Outcome outcome = run_program(
      "compare " + bench.path("fast.json") + " " + bench.path("slow.json") + " --workload " +
      bench.path("a.json") + " --workload " + bench.path("b.json") + " --baselines " +
      bench.path("cpu.json") + " --out " + bench.path("out") + " --jobs 2");
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const Json rows = bench.json("out/compare.json")["rows"];
  REQUIRE(rows.size() == 2 + 2 + 1);
  const double own = time_of_run(bench, "fast.json", "a.json");
  CHECK(rows[0]["time_us"] == own);
  CHECK(rows[0]["sparsity"] == 0.5);
  CHECK(rows[3]["baseline"] == "slow");
  CHECK(rows[3]["model"] == "b");
  CHECK(rows[3]["time_us"] == time_of_run(bench, "slow.json", "b.json"));
  CHECK(rows[3]["terms"] == "published");  // 32 lines are not 64
  CHECK(rows[4]["speedup"].get<double>() == Approx(2000 / own));
  CHECK_THAT(outcome.out,
             Contains("Example 9000") && Contains("measured") && Contains("simulated"));
  CHECK_THAT(bench.text("out/compare.svg"), Contains("<svg"));
  REQUIRE(run_program("compare " + bench.path("fast.json") + " " + bench.path("slow.json") +
                      " --workload " + bench.path("a.json") + " --workload " +
                      bench.path("b.json") + " --baselines " + bench.path("cpu.json") + " --out " +
                      bench.path("again") + " --jobs 1")
              .status == 0);
  CHECK(bench.text("out/compare.csv") == bench.text("again/compare.csv"));
}

TEST_CASE("masks that a config's machine predicts are those of each workload") {
  const Bench bench;
  bench.write("sanger.json", "{\"machine\": \"" + kSource +
                                 "/configs/machines/sanger-512.json\", \"workload\": {\"preset\": "
                                 "\"a.json\", \"dynamic_masks\": {\"kind\": \"sanger\", "
                                 "\"seed\": 1}}}");
  const Outcome outcome =
      run_program("compare " + bench.path("fast.json") + " " + bench.path("sanger.json") +
                  " --workload " + bench.path("b.json") + " --baselines " + bench.path("cpu.json") +
                  " --out " + bench.path("out"));
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  bench.write("predicted.json",
              "{\"preset\": \"b.json\", \"dynamic_masks\": {\"kind\": \"sanger\", \"seed\": 1}}");
  const Json rows = bench.json("out/compare.json")["rows"];
  CHECK(rows[1]["baseline"] == "sanger");
  CHECK(rows[1]["time_us"] == time_of_run(bench, "sanger.json", "predicted.json"));
}

TEST_CASE("without --baselines compare reads the files that come with the program") {
  const Outcome outcome = run_program("compare " + quoted(kSource + "/configs/vitcod.json"));
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("ratios that others state of such a machine") &&
                              Contains("CPU (Xeon Gold 6230R)") && Contains("NVIDIA V100"));
}

TEST_CASE("compare runs whole models beside their attention where it is asked to") {
  const Bench bench;
  bench.write("whole.json", R"({"scope": "attention", "maps": {"kind": "dense"}, "model": {
    "name": "whole", "prefix_tokens": 1, "image_size": 12, "activation": "gelu", "classes": 10,
    "stem": [{"in_channels": 3, "out_channels": 16, "kernel": 4, "stride": 4}],
    "groups": [{"name": "g", "num_blocks": 1, "heads": 2, "query_grid": [3, 3],
      "key_grid": [3, 3], "key_dim": 8, "value_dim": 8, "width_in": 16, "width_out": 16,
      "mlp_hidden": 32, "residual": true}]}})");
  const Outcome outcome =
      run_program("compare " + bench.path("fast.json") + " --workload " + bench.path("whole.json") +
                  " --scope attention --scope model --baselines " + bench.path("cpu.json") +
                  " --out " + bench.path("out"));
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const Json rows = bench.json("out/compare.json")["rows"];
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["scope"] == "attention");
  CHECK(rows[0]["time_us"] == time_of_run(bench, "fast.json", "whole.json"));
  CHECK(rows[1]["scope"] == "model");
  CHECK(rows[1]["time_us"].get<double>() > rows[0]["time_us"].get<double>());
  check_refused(bench.path("fast.json") + " --scope mlp", "mlp");
}

TEST_CASE("what is wrong with a comparison is one line, before anything is printed") {
  const Bench bench;
  const std::string fast = bench.path("fast.json");
  check_refused("", "config");
  check_refused("nowhere.json", "nowhere.json");
  check_refused(fast + " --baselines nowhere.json", "nowhere.json");
  check_refused(fast + " " + fast, "a second config named \"fast\"; rows are named for the file");
  check_refused(fast + " --workload nowhere.json", "nowhere.json");
  const std::string a = " --workload " + bench.path("a.json");
  check_refused(fast + a + a, "a.json: named twice");
  const std::string cpu = " --baselines " + bench.path("cpu.json");
  check_refused(fast + cpu + cpu, "cpu.json: named twice");
  bench.write("bad.json", R"({"schema": "vitcod-baseline/1", "name": "x"})");
  check_refused(fast + " --baselines " + bench.path("bad.json"), "bad.json: /kind: required key");
  bench.write("other.json", R"({"machine": ")" + kSource +
                                R"(/configs/machines/vitcod.json", "workload": "b.json"})");
  check_refused(fast + " " + bench.path("other.json"), "runs model \"b\"");
}

TEST_CASE("every shipped baseline file is read, fits the schema and names no host or path") {
  std::array<char, 256> host{};
  REQUIRE(gethostname(host.data(), host.size() - 1) == 0);
  std::size_t num_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kSource + "/results/baselines")) {
    if (entry.path().extension() != ".json") continue;
    ++num_files;
    INFO(entry.path());
    CHECK_NOTHROW(read_baseline_file(entry.path()));
    CHECK(validator_of("baseline").errors(read_json_file(entry.path())).empty());
    const std::string text = read_file(entry.path());
    CHECK_THAT(text, !Contains("\"/") && !Contains("/home/"));
    if (std::string(host.data()).size() > 4) CHECK_THAT(text, !Contains(host.data()));
  }
  CHECK(num_files > 10);
}

}  // namespace vitcod::test::compare_command_test
