// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "test/driver/command_line.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::formula_command_test {
namespace {

using Catch::Contains;

const std::string kConfig = quoted(source_dir() + "/configs/vitcod.json");

Json formula(const std::string& arguments) {
  const Outcome outcome = run_program("formula " + arguments + " --json");
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  return parse_json(outcome.out, "stdout");
}

void check_refused(const std::string& arguments, const std::string& part) {
  const Outcome outcome = run_program("formula " + arguments);
  INFO(arguments);
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK_THAT(outcome.err, Contains(part));
}

}  // namespace

TEST_CASE("formula's layers add up, and its simulated cycles are those of run") {
  const std::string arguments = kConfig + " --set '/workload/layers=[0,2]'";
  const Json json = formula(arguments + " --revision 0b4031a");
  CHECK(json["revision"] == "0b4031a");
  CHECK(json["multipliers"] == 512);
  REQUIRE(json["layers"].size() == 2);
  const auto sum = [&json](const char* key) {
    return json["layers"][0][key].get<double>() + json["layers"][1][key].get<double>();
  };
  const Json& totals = json["totals"];
  CHECK(totals["preload"].get<double>() == sum("preload"));
  CHECK(totals["decoder"].get<double>() == sum("decoder"));
  CHECK(totals["linear"].get<double>() == sum("linear"));
  CHECK(totals["mlp"].get<double>() == sum("mlp"));
  const double computing = totals["decoder"].get<double>() + totals["computation"].get<double>();
  CHECK(totals["attention"].get<double>() == std::max(totals["preload"].get<double>(), computing));
  const TempFolder folder;
  REQUIRE(run_program("run " + arguments + " --no-values --out " + quoted(folder.path().string()))
              .status == 0);
  const Json result = read_json_file(folder / "result.json");
  CHECK(json["simulated"]["attention"] == result["cycles"]["total"]);
  CHECK(json["layers"][1]["simulated"] == result["layers"][1]["cycles"]);
}

TEST_CASE("formula takes any model, and says where it does not know the widths") {
  const Json levit =
      formula(kConfig + " --set /workload=" + source_dir() + "/configs/workloads/levit-128.json");
  CHECK(levit["revision"] == "HEAD");
  CHECK(levit["layers"].size() == 14);
  CHECK(levit["totals"]["linear"].is_number());
  const TempFolder folder;
  write_file_atomically(folder / "run.json",
                        R"({"machine": ")" + source_dir() + R"(/configs/machines/vitcod.json",
      "workload": {"scope": "attention", "maps": {"kind": "dense"}, "model": {"name": "own",
        "prefix_tokens": 1, "groups": [{"name": "a", "num_blocks": 1, "heads": 2,
          "query_grid": [3, 3], "key_grid": [3, 3], "key_dim": 8, "value_dim": 8}]}}})");
  const std::string own = quoted((folder / "run.json").string());
  CHECK(formula(own)["totals"]["linear"].is_null());
  CHECK(formula(own)["totals"]["end_to_end"].is_null());
  CHECK_THAT(run_program("formula " + own).out, Contains("linear, MLP: not known"));
}

TEST_CASE("formula of a whole model sets its end against the script's, and attention as before") {
  const TempFolder folder;
  const std::string own = quoted((folder / "run.json").string());
  write_file_atomically(folder / "run.json",
                        R"({"machine": ")" + source_dir() + R"(/configs/machines/vitcod.json",
      "workload": {"scope": "model", "maps": {"kind": "dense"}, "model": {"name": "own",
        "prefix_tokens": 1, "image_size": 12, "activation": "gelu", "classes": 10,
        "stem": [{"in_channels": 3, "out_channels": 16, "kernel": 4, "stride": 4}],
        "groups": [{"name": "a", "num_blocks": 2, "heads": 2, "query_grid": [3, 3],
          "key_grid": [3, 3], "key_dim": 8, "value_dim": 8, "width_in": 16, "width_out": 16,
          "mlp_hidden": 32, "residual": true}]}}})");
  const Json whole = formula(own);
  const Json attention = formula(own + " --set /workload/scope=attention");
  REQUIRE(
      run_program("run " + own + " --no-values --out " + quoted(folder.path().string())).status ==
      0);
  const Json result = read_json_file(folder / "result.json");
  CHECK(whole["simulated"]["end_to_end"] == result["cycles"]["total"]);
  CHECK(attention["simulated"]["end_to_end"].is_null());
  CHECK(whole["simulated"]["attention"] == attention["simulated"]["attention"]);
  CHECK(whole["layers"] == attention["layers"]);
  CHECK(whole["totals"] == attention["totals"]);
  CHECK_THAT(run_program("formula " + own).out, Contains("  end to end ") && Contains("script's"));
  const std::string trace = quoted((folder / "trace").string());
  write_file_atomically(folder / "spec.json",
                        read_json_file(folder / "run.json")["workload"].dump());
  REQUIRE(
      run_program("workload make " + quoted((folder / "spec.json").string()) + " --out " + trace)
          .status == 0);
  write_file_atomically(folder / "traced.json",
                        R"({"machine": ")" + source_dir() + R"(/configs/machines/vitcod.json",
      "workload": "trace"})");
  check_refused(quoted((folder / "traced.json").string()),
                "formula: the workload is the trace of a whole model");
}

TEST_CASE("formula's table names the revision, its multipliers and both totals") {
  const std::string text = run_program("formula " + kConfig).out;
  CHECK_THAT(text, Contains("script at HEAD") && Contains("4096 multipliers"));
  CHECK_THAT(text, Contains("end to end") && Contains("simulated on machine vitcod"));
}

TEST_CASE("what is wrong with formula's command line or config is one line") {
  check_refused("", "config");
  check_refused("nowhere.json", "nowhere.json");
  check_refused(kConfig + " --revision 13d9af1", "13d9af1");
  check_refused(kConfig + " --set /workload/maps/sparsity=2", "/workload/maps/sparsity");
}

}  // namespace vitcod::test::formula_command_test
