// SPDX-License-Identifier: Apache-2.0
// Sigmoid attention on the machine: no row state, so nothing to merge and no row table to update.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/system/runs.hpp"

namespace vitcod::sigmoid_test {
namespace {

/// Layer 2 of DeiT-Tiny: one head with 70 global columns, heads with one.
Json run_with(const std::vector<std::string>& overrides) {
  std::vector<std::string> all{"/workload/layers=[2]"};
  all.insert(all.end(), overrides.begin(), overrides.end());
  return test::default_result(all);
}

}  // namespace

TEST_CASE("sigmoid attention merges nothing and keeps no largest exponents") {
  const Json softmax = run_with({});
  const Json sigmoid = run_with({"/workload/score_function=sigmoid"});
  CHECK(softmax["values"]["mismatches"] == 0);
  CHECK(sigmoid["values"]["mismatches"] == 0);
  CHECK(softmax["values"]["output_sha256"] != sigmoid["values"]["output_sha256"]);
  CHECK(softmax["cycles"]["by_phase"]["merge"] > 0);
  CHECK(sigmoid["cycles"]["by_phase"]["merge"] == 0);
  CHECK(sigmoid["cycles"]["total"] < softmax["cycles"]["total"]);
  for (const Json* result : {&softmax, &sigmoid}) {
    const Json& denser = (*result)["blocks"]["denser_engine"]["score_buffer"];
    const Json& sparser = (*result)["blocks"]["sparser_engine"]["score_buffer"];
    const bool is_softmax = result == &softmax;
    CHECK(denser["table_updates"] == (is_softmax ? denser["words_written"] : Json(0)));
    // The sparser engine's table counts the entries of a row: that gives each its place.
    CHECK(sparser["table_updates"] == sparser["words_written"]);
  }
  // What is computed is the same: S is stored either way.
  for (const char* pointer : {"/macs", "/traffic", "/blocks/denser_engine/score_unit/scores",
                              "/blocks/sparser_engine/score_buffer/words_read"}) {
    CHECK(softmax[Json::json_pointer(pointer)] == sigmoid[Json::json_pointer(pointer)]);
  }
}

TEST_CASE("a dense machine runs sigmoid attention") {
  const Json result =
      run_with({"/machine=machines/dense.json", "/workload/score_function=sigmoid"});
  CHECK(result["values"]["mismatches"] == 0);
  CHECK(result["cycles"]["by_phase"]["merge"] == 0);
}

TEST_CASE("the bias of sigmoid attention changes values, not cycles") {
  const Json low = run_with({"/workload/score_function=sigmoid", "/workload/sigmoid_bias=-6"});
  const Json high = run_with({"/workload/score_function=sigmoid", "/workload/sigmoid_bias=2"});
  CHECK(low["values"]["mismatches"] == 0);
  CHECK(high["values"]["mismatches"] == 0);
  CHECK(low["values"]["output_sha256"] != high["values"]["output_sha256"]);
  CHECK(low["cycles"] == high["cycles"]);
}

}  // namespace vitcod::sigmoid_test
