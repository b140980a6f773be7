// SPDX-License-Identifier: Apache-2.0
#include "sim/baseline/baseline_file.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::baseline_file_test {
namespace {

using Catch::Contains;

Json good() {
  return Json::parse(R"({
    "schema": "vitcod-baseline/1", "name": "a CPU", "kind": "measured",
    "platform": {"name": "Example 9000", "device": "cpu", "library": "oneDNN 2.6.3"},
    "source": "vitcod-baseline 0.1.0", "conditions": "batch 1",
    "peaks": [{"precision": "float32", "threads": 1, "gflops": 60.5}],
    "times": [{"model": "deit-tiny", "scope": "attention", "precision": "float32", "unit": "ms",
               "time": 5.5, "p5": 5.25, "p95": 6.5, "spread": 0.2, "repetitions": 30, "attempts": 2, "threads": 1,
               "gflops": 65.0, "share_of_peak": 0.9}]})");
}

/// The one line with which `document` is refused.
std::string refusal(const Json& document) {
  const TempFolder folder;
  write_file_atomically(folder / "cpu.json", document.dump());
  try {
    read_baseline_file(folder / "cpu.json");
  } catch (const InputError& error) {
    std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK_THAT(text, Contains("cpu.json: "));
    return text;
  }
  return "not refused";
}

std::string refusal_with(const char* pointer, const Json& value) {
  Json document = good();
  document[Json::json_pointer(pointer)] = value;
  return refusal(document);
}

std::string refusal_without(const char* parent, const char* key) {
  Json document = good();
  document[Json::json_pointer(parent)].erase(key);
  return refusal(document);
}

}  // namespace

TEST_CASE("a baseline file is read, and written as it was") {
  const TempFolder folder;
  write_file_atomically(folder / "cpu.json", good().dump());
  const BaselineFile file = read_baseline_file(folder / "cpu.json");
  CHECK(file.kind == BaselineKind::kMeasured);
  CHECK(file.platform.name == "Example 9000");
  REQUIRE(file.times.size() == 1);
  CHECK(file.times[0].scope == BaselineScope::kAttention);
  CHECK(file.times[0].time_us() == 5500);
  CHECK(to_json(file) == good());
}

TEST_CASE("units of time are microseconds, milliseconds and seconds") {
  BaselineTime time;
  time.time = 2.5;
  time.unit = "us";
  CHECK(time.time_us() == 2.5);
  time.unit = "ms";
  CHECK(time.time_us() == 2500);
  time.unit = "s";
  CHECK(time.time_us() == 2.5e6);
}

TEST_CASE("what is missing in a baseline file is one line with its place") {
  CHECK_THAT(refusal_without("", "platform"), Contains("/platform: required key is missing"));
  CHECK_THAT(refusal_without("/platform", "name"), Contains("/platform/name: required"));
  CHECK_THAT(refusal_without("", "source"), Contains("/source: required key is missing"));
  CHECK_THAT(refusal_without("", "conditions"), Contains("/conditions: required key"));
  CHECK_THAT(refusal_without("/times/0", "unit"), Contains("/times/0/unit: required key"));
  CHECK_THAT(refusal_without("/times/0", "model"), Contains("/times/0/model: required key"));
  CHECK_THAT(refusal_without("/times/0", "p95"),
             Contains("/times: element 0 is measured") && Contains("p5, p95 and repetitions"));
  CHECK_THAT(refusal_without("", "times"),
             Contains("/times: expected times, speedups or figures, found none"));
}

TEST_CASE("what is wrong in a baseline file is one line with its place") {
  CHECK_THAT(refusal_with("/times/0/time", -5.5), Contains("/times/0/time: -5.5 is out of range"));
  CHECK_THAT(refusal_with("/times/0/time", 0),
             Contains("/times/0/time: expected a number above 0"));
  CHECK_THAT(refusal_with("/times/0/time", "fast"), Contains("/times/0/time"));
  CHECK_THAT(refusal_with("/times/0/unit", "minutes"),
             Contains("/times/0/unit") && Contains("\"ms\""));
  CHECK_THAT(refusal_with("/times/0/model", ""), Contains("/times/0/model: expected a text"));
  CHECK_THAT(refusal_with("/times/0/scope", "mlp"),
             Contains("/times/0/scope") && Contains("\"attention\""));
  CHECK_THAT(refusal_with("/times/0/p5", 5.75),
             Contains("/times/0/p5: expected p5 <= time <= p95"));
  CHECK_THAT(refusal_with("/times/0/tiem", 1), Contains("/times/0/tiem: unknown key"));
  CHECK_THAT(refusal_with("/times/0/attempts", 0), Contains("/times/0/attempts: 0 is out of"));
  CHECK_THAT(refusal_with("/host", "mine"), Contains("/host: unknown key"));
  CHECK_THAT(refusal_with("/kind", "guessed"), Contains("/kind") && Contains("\"published\""));
  CHECK_THAT(refusal_with("/platform/device", "tpu"), Contains("/platform/device"));
  CHECK_THAT(refusal_with("/schema", "vitcod-result/1"),
             Contains("/schema: expected \"vitcod-baseline/1\""));
  CHECK_THAT(refusal_with("/peaks/0/gflops", -1), Contains("/peaks/0/gflops"));
  CHECK_THAT(refusal(Json::array()), Contains("expected an object"));
}

TEST_CASE("a published ratio says of what, and one of time or energy") {
  Json document = good();
  document["kind"] = "published";
  document["speedups"] = Json::parse(R"([{"faster": "ViTCoD", "slower": "Sanger",
    "model": "mean of six", "scope": "attention", "sparsity": 0.9, "speedup": 6.8}])");
  CHECK(refusal(document) == "not refused");
  document["speedups"][0].erase("speedup");
  CHECK_THAT(refusal(document), Contains("/speedups/0/speedup: expected a speedup or an energy"));
  document["speedups"][0]["speedup"] = -6.8;
  CHECK_THAT(refusal(document), Contains("/speedups/0/speedup: -6.8 is out of range"));
}

}  // namespace vitcod::test::baseline_file_test
