// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "sim/driver/explain/explanation.hpp"
#include "sim/driver/explain/resources.hpp"
#include "sim/driver/run_config.hpp"
#include "test/driver/command_line.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::explain_test {
namespace {

using Catch::Contains;

const std::string kConfigs = source_dir() + "/configs/";
const std::string kConfig = quoted(kConfigs + "vitcod.json");
const std::string kTwoLayers = " --set " +
                               quoted("/workload=" + kConfigs + "workloads/deit-base.json") +
                               " '/workload/layers=[3,4]'";

/// A whole model of one block.
std::string small_model() {
  Json model = read_json_file(kConfigs + "models/deit-tiny.json");
  model["groups"][0]["num_blocks"] = 1;
  return " --set /workload/scope=model " + quoted("/workload/model=" + model.dump());
}

Json explain(const std::string& arguments) {
  const Outcome outcome = run_program("explain " + kConfig + arguments + " --json");
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  return parse_json(outcome.out, "stdout");
}

Json result_of_run(const std::string& arguments) {
  const TempFolder folder;
  const Outcome outcome = run_program("run " + kConfig + arguments + " --no-values --out " +
                                      quoted(folder.path().string()));
  REQUIRE(outcome.status == 0);
  return read_json_file(folder / "result.json");
}

std::uint64_t cycles_of_run(const std::string& arguments) {
  return result_of_run(arguments)["cycles"]["total"].get<std::uint64_t>();
}

}  // namespace

TEST_CASE("what explain says is gained is what a run with the same settings gains") {
  const std::string arguments = kTwoLayers + " --set /machine/decoder/lines=4";
  const Json explained = explain(arguments);
  const Json as_it_is = result_of_run(arguments);
  const auto cycles = as_it_is["cycles"]["total"].get<std::uint64_t>();
  CHECK(explained["cycles"] == cycles);
  CHECK(explained["area_mm2"] == as_it_is["area_mm2"]["total"]);
  REQUIRE(explained["rows"].size() > 10);
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}, explained["rows"].size() - 1}) {
    const Json& row = explained["rows"][i];
    const Json result = result_of_run(arguments + " --set " + row["pointer"].get<std::string>() +
                                      "=" + row["value"].dump());
    const auto ample = result["cycles"]["total"].get<std::uint64_t>();
    INFO(row.dump());
    CHECK(row["cycles"] == ample);
    CHECK(row["area_mm2"] == result["area_mm2"]["total"]);
    CHECK(row["gain"].get<double>() ==
          Approx(1 - static_cast<double>(ample) / static_cast<double>(cycles)).margin(1e-12));
  }
  for (std::size_t i = 1; i < explained["rows"].size(); ++i) {
    CHECK(explained["rows"][i - 1]["gain"] >= explained["rows"][i]["gain"]);
  }
}

TEST_CASE("explain names the decoders where they are few, and the memory where it is slow") {
  const Json decoders = explain(kTwoLayers + " --set /machine/decoder/lines=2");
  CHECK(decoders["rows"][0]["pointer"] == "/machine/decoder/lines");
  CHECK(decoders["rows"][0]["next"] == 4);
  CHECK_THAT(decoders["sentence"].get<std::string>(),
             Contains("decoder lines") && Contains("--set /machine/decoder/lines=4"));
  const Json memory = explain(kTwoLayers + " --set /machine/dram/organization/channels=1");
  CHECK(memory["rows"][0]["pointer"] == "/machine/dram/organization/channels");
}

TEST_CASE("explain prints a table, and refuses what run refuses") {
  const Outcome table = run_program("explain " + kConfig + " --set '/workload/layers=[3]'");
  CHECK(table.status == 0);
  CHECK_THAT(table.out, Contains("resource") && Contains("/machine/mac_lines/lines"));
  // Columns stand under their headings, whatever the names of resources.
  std::istringstream lines(table.out);
  std::string heading;
  while (std::getline(lines, heading) && !heading.starts_with("resource")) {
  }
  const std::size_t column = heading.find("pointer");
  std::size_t num_rows = 0;
  for (std::string line; std::getline(lines, line) && !line.empty(); ++num_rows) {
    INFO(line);
    CHECK(line.find("/machine/") == column);
  }
  CHECK(num_rows > 10);
  const Outcome refused = run_program("explain " + kConfig + " --set /machine/mac_lines/lines=0");
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Contains("/machine/mac_lines/lines: 0 is out of range"));
  CHECK(std::count(refused.err.begin(), refused.err.end(), '\n') == 1);
}

TEST_CASE("of a long workload some layers can be explained") {
  const Json listed = explain(" --layers 3,4");
  CHECK(listed.dump() == explain(" --set '/workload/layers=[3,4]'").dump());
  CHECK(listed["cycles"] == cycles_of_run(" --set '/workload/layers=[3,4]'"));
  CHECK(run_program("explain " + kConfig + " --layers 3,x").status == 2);
}

TEST_CASE("what a run does without is not tried") {
  const auto pointers = [](const Json& explained) {
    std::set<std::string> found;
    for (const Json& row : explained["rows"]) found.insert(row["pointer"].get<std::string>());
    return found;
  };
  const char* const drain = "/machine/gemm_engine/drain_lanes";
  CHECK(pointers(explain(" --layers 3")).count(drain) == 0);
  CHECK(pointers(explain(small_model())).count(drain) == 1);
}

TEST_CASE("as many runs go at a time as there is memory for, and one at least") {
  CHECK(affordable_jobs(4, 1000, 200) == 4);
  CHECK(affordable_jobs(4, 1000, 334) == 2);
  CHECK(affordable_jobs(4, 100, 200) == 1);
  CHECK(affordable_jobs(4, 100, 0) == 4);
}

TEST_CASE("every resource of the table is a place of the shipped machine, and stands once") {
  const RunDocument run =
      resolve_run(read_json_file(kConfigs + "vitcod.json"), kConfigs, "run", {});
  std::set<std::string> pointers;
  for (const Resource& resource : load_resources(run.machine).resources) {
    INFO(resource.pointer);
    CHECK(run.machine.contains(Json::json_pointer(resource.pointer.substr(8))));
    CHECK(pointers.insert(resource.pointer).second);
  }
}

TEST_CASE("a table of resources that is none is refused with its place") {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "resources");
  const auto refusal = [&](const Json& table) {
    write_file_atomically(folder / "resources/vitcod.json", table.dump());
    const Outcome outcome =
        run_program("explain " + kConfig, "VITCOD_CONFIG_DIR=" + quoted(folder.path().string()));
    CHECK(outcome.status == 2);
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    return outcome.err;
  };
  const auto row = [](const char* pointer, const Json& ample) {
    return Json{{"resources", {{{"resource", "r"}, {"pointer", pointer}, {"ample", ample}}}}};
  };
  CHECK_THAT(refusal(row("/workload/layers", 1)),
             Contains("resources/vitcod.json: /resources/0/pointer: expected a place below "
                      "/machine"));
  CHECK_THAT(refusal(row("/machine/clock_khz", "x")),
             Contains("/resources/0/ample: expected an integer, true or false"));
  Json counted = row("/machine/mac_lines/lines", 8);
  counted["resources"][0]["used"] = "/cycles/total";
  CHECK_THAT(refusal(counted), Contains("/resources/0/used: expected a counter below /blocks"));
  CHECK_THROWS_WITH(load_resources({{"kind", "abacus"}}),
                    "explain: there is no table of resources for machines abacus");
}

TEST_CASE("the next value to try is twice as much, half of a latency, and never beyond ample") {
  CHECK(next_value(16, 1024) == 32);
  CHECK(next_value(0, 32) == 1);
  CHECK(next_value(600, 1024) == 1024);
  CHECK(next_value(4, 0) == 2);
  CHECK(next_value(1, 0) == 0);
  CHECK(next_value(false, true) == true);
}

}  // namespace vitcod::test::explain_test
