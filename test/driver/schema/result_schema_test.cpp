// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/driver/result_fields.hpp"
#include "sim/driver/simulation.hpp"
#include "test/driver/schema/schema_validator.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test::result_schema_test {
namespace {

/// Results that between them have every key there is: encodings, no values, one engine, HBM, units
/// of all kinds.
std::vector<Json> results() {
  const std::string source = source_dir();
  const auto run = [&](const char* config, const std::vector<std::string>& settings,
                       bool with_values) {
    SimulationOptions options;
    options.with_values = with_values;
    return simulate(load_run_config(source + config, settings), options);
  };
  return {
      run("/test/golden/encoded.json", {}, true),
      run("/test/golden/encoded.json", {"/machine/controller/two_engines=false"}, false),
      run("/configs/vitcod.json",
          {"/workload/layers=[3]", "/machine/dram/preset=../dram/hbm2-2000-pc.json"}, true),
      run("/configs/vitcod.json",
          {"/workload=" + source + "/configs/workloads/iret.json", "/workload/scope=model"}, false),
      run("/configs/vitcod.json",
          {"/workload/layers=[3]", R"(/workload/polarization={"theta_d": "auto"})"}, false),
      run("/configs/vitcod.json",
          {"/workload=" + source + "/configs/workloads/shiftaddvit.json", "/workload/layers=[3]"},
          false),
      run("/configs/vitcod.json",
          {"/machine=" + source + "/configs/machines/vitcod-merging.json", "/workload/scope=model",
           "/workload/layers=[0,1]", R"(/workload/tokens={"kind": "tome", "r": 13, "seed": 1})"},
          false),
      run("/configs/vitcod.json",
          {"/machine=" + source + "/configs/machines/vitcod-adding.json",
           R"(/workload/shift_add={"attention": "add"})", "/workload/layers=[3]"},
          true),
      run("/configs/sanger.json", {"/workload/layers=[3]"}, false)};
}

std::vector<std::string> tokens_of(std::string_view pointer) {
  std::istringstream stream{std::string(pointer)};
  std::vector<std::string> tokens;
  for (std::string token; std::getline(stream, token, '/');) tokens.push_back(token);
  return tokens;
}

/// True if a place is at the field's, or below one that holds whole objects.
bool is_at(const ResultField& field, const std::vector<std::string>& place) {
  const std::vector<std::string> pattern = tokens_of(field.pointer);
  const bool is_whole = field.type == ResultType::kObject ||
                        field.type == ResultType::kStatistics || field.type == ResultType::kNumbers;
  if (is_whole ? place.size() < pattern.size() : place.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != "*" && pattern[i] != "-" && pattern[i] != place[i]) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("every result is valid against the schema of results, and a changed one is not") {
  for (const Json& result : results()) CHECK(validator_of("result").errors(result).empty());
  const Json good = results().front();
  const auto refuses = [&good](const char* pointer, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    return !validator_of("result").accepts(bad);
  };
  CHECK(refuses("/cycles/total", "many"));
  CHECK(refuses("/cycles/total", -1));
  CHECK(refuses("/cycles/mean", 1));
  CHECK(refuses("/layers/0/speed", 1));
  CHECK(refuses("/blocks/dma/cycles/idle", 0.5));
  CHECK(refuses("/blocks/denser_engine/qv_buffer/reads", "x"));
  CHECK(refuses("/energy_pj", Json::object()));
  CHECK(refuses("/energy_pj/mac_lines", "x"));
  CHECK(refuses("/energy_pj/dram/standby", 1.0));
  CHECK(refuses("/values/checked", 1));
}

TEST_CASE("every value of a result stands in the table of fields, and every field occurs") {
  std::map<std::string_view, std::size_t> occurrences;
  for (const Json& result : results()) {
    const Json values = result.flatten();
    for (const auto& [pointer, value] : values.items()) {
      const std::vector<ResultField>& fields = result_fields();
      const auto tokens = tokens_of(pointer);
      const auto field =
          std::find_if(fields.begin(), fields.end(),
                       [&tokens](const ResultField& each) { return is_at(each, tokens); });
      INFO(pointer << ": describe it in report_fields.cpp of hw_models/accelerators");
      REQUIRE(field != fields.end());
      ++occurrences[field->pointer];
    }
  }
  for (const ResultField& field : result_fields()) {
    INFO(field.pointer << " is in no result");
    CHECK(occurrences[field.pointer] > 0);
  }
}

}  // namespace vitcod::test::result_schema_test
