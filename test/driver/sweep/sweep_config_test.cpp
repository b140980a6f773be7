// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_config.hpp"

#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "sim/base/files.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"
#include "test/driver/sweep/sweep_fixtures.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::sweep_config_test {
namespace {

const std::string kLines = axis("lines", R"("values": [16, 32])");

/// The message for a sweep with the axis `lines` and the members in `text`.
std::string refusal(const std::string& text) {
  try {
    sweep(R"("axes": [)" + kLines + "], " + text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

std::string axis_refusal(const std::string& text) {
  try {
    sweep(R"("axes": [)" + text + "]");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

/// All keys that a schema and the schemas in it have.
void collect_keys(const Json& schema, std::set<std::string>& keys) {
  if (!schema.is_structured()) return;
  if (schema.contains("properties")) {
    for (const auto& [key, value] : schema["properties"].items()) keys.insert(key);
  }
  for (const Json& part : schema) collect_keys(part, keys);
}

}  // namespace

TEST_CASE("a sweep with every key is read") {
  const SweepConfig config = sweep(R"(
    "description": "all", "axes": [)" +
                                   kLines + R"(,
      {"zip": [{"name": "a", "pointers": ["/machine/a", "/workload/a"], "values": [true, false]},
               {"name": "b", "pointer": "/machine/b", "range": {"from": 1, "to": 2, "step": 1}}]},
      {"name": "m", "variants": {"base": {}, "wide": {"/machine/w": {"x": [1]}}}}],
    "derived": [{"name": "half", "expression": "lines / 2", "pointer": "/machine/half"},
                {"name": "double", "expression": "half * 4"}],
    "constraints": ["half > 1", "m == 'base' || lines > 1"],
    "sampling": {"kind": "random", "count": 5, "seed": 3},
    "objectives": [{"figure": "/cycles/total", "goal": "minimize"},
                   {"figure": "half", "goal": "maximize"}],
    "front_per": ["m", "half"],
    "figures": {"sddmm": "/cycles/by_phase/sddmm"},
    "limits": {"seconds": 2.5, "memory_mb": 100}, "values": true)");
  CHECK(config.dimensions.size() == 3);
  CHECK(config.dimensions[1].axes[0].pointers ==
        std::vector<std::string>{"/machine/a", "/workload/a"});
  CHECK(coordinate_columns(config) ==
        std::vector<std::string>{"lines", "a", "b", "m", "half", "double"});
  CHECK(config.sampling.kind == SamplingKind::kRandom);
  CHECK(config.sampling.count == 5);
  CHECK(config.objectives[1].goal == Goal::kMaximize);
  CHECK(config.front_per == std::vector<std::string>{"m", "half"});
  CHECK(config.figures[0].pointer == "/cycles/by_phase/sddmm");
  CHECK(config.limits.seconds == 2.5);
  CHECK(config.limits.memory_mb == 100U);
  CHECK(config.with_values);
}

TEST_CASE("what a short sweep leaves out is off") {
  const SweepConfig config = sweep(R"("axes": [])");
  CHECK(config.sampling.kind == SamplingKind::kGrid);
  CHECK(config.constraints.empty());
  CHECK_FALSE(config.search.has_value());
  CHECK_FALSE(config.limits.seconds.has_value());
  CHECK_FALSE(config.with_values);
}

TEST_CASE("a wrong axis is refused with its pointer") {
  using Catch::Contains;
  CHECK_THAT(axis_refusal(R"({"nam": "a"})"), Contains("/axes/0/nam: unknown key"));
  CHECK(axis_refusal(R"({"pointer": "/machine/a", "values": [1]})") ==
        "/axes/0/name: required key is missing");
  CHECK(axis_refusal(R"({"name": "a", "values": [1]})") ==
        "/axes/0/pointer: required key is missing: no expression uses a either");
  CHECK(axis_refusal(kLines + R"(, {"name": "a", "pointer": "/machine/a"})") ==
        "/axes/1/values: expected one of values, range, log_range and variants");
  CHECK(axis_refusal(axis("a", R"("values": [1], "range": {"from": 1, "to": 2, "step": 1})")) ==
        "/axes/0/values: expected one of values, range, log_range and variants");
  CHECK(axis_refusal(axis("a", R"("values": [])")) == "/axes/0/values: expected a list of values");
  CHECK(axis_refusal(axis("a", R"("values": [1, null])")) ==
        "/axes/0/values/1: expected a number, a text, true or false, found null; other values are "
        "set by variants");
  CHECK(axis_refusal(axis("a", R"("values": [1, "2"])")) ==
        R"(/axes/0/values/1: expected values of one type, found 1 and "2")");
  CHECK(axis_refusal(axis("a", R"("values": [1, 2, 1])")) == "/axes/0/values/2: 1 stands twice");
  CHECK(
      axis_refusal(R"({"name": "a", "pointer": "/engine/a", "values": [1]})") ==
      R"(/axes/0/pointer: expected a JSON pointer below /machine or /workload, found "/engine/a")");
  CHECK_THAT(axis_refusal(R"({"name": "a", "pointers": ["/machine/~2"], "values": [1]})"),
             Contains("/axes/0/pointers: expected a JSON pointer"));
  CHECK(
      axis_refusal(R"({"name": "m", "variants": {"x": {"/other": 1}}})") ==
      R"(/axes/0/variants/x: expected a JSON pointer below /machine or /workload, found "/other")");
  CHECK(axis_refusal(R"({"name": "a", "pointer": "/machine/a", "pointers": ["/machine/b"],
                         "values": [1]})") ==
        "/axes/0/pointers: pointer and pointers exclude each other");
  CHECK(axis_refusal(R"({"name": "m", "variants": {}})") ==
        "/axes/0/variants: expected an object of labels and their settings");
  CHECK(axis_refusal(axis("m", R"("variants": {"x": {}})")) ==
        "/axes/0/pointer: expected none: variants name their own pointers");
  CHECK(axis_refusal(R"({"zip": [)" + kLines + "," + axis("b", R"("values": [1])") + "]}") ==
        "/axes/0/zip: expected axes of equal length: lines has 2 values, b has 1");
  CHECK(axis_refusal(axis("a", R"("range": {"from": 2, "to": 1, "step": 1})")) ==
        "/axes/0/range/to: expected at least 2, found 1");
  CHECK(axis_refusal(axis("a", R"("log_range": {"from": -2, "to": 1, "factor": 2})")) ==
        "/axes/0/log_range/from: -2 is out of range [1e-15, 9007199254740992]");
}

TEST_CASE("a wrong name is refused where it stands") {
  CHECK(axis_refusal(axis("a b", R"("values": [1])")) ==
        R"(/axes/0/name: expected letters, digits and _, a letter first, found "a b")");
  CHECK(axis_refusal(kLines + ",{\"zip\": [" + axis("x", R"("values": [1])") + "," +
                     axis("lines", R"("values": [1])") + "]}") ==
        "/axes/1/zip/1/name: there is another column of the table called lines");
  CHECK(axis_refusal(axis("cycles", R"("values": [1])")) ==
        "/axes/0/name: there is another column of the table called cycles");
  CHECK(refusal(R"("figures": {"lines": "/time_us"})") ==
        "/figures/lines: there is another column of the table called lines");
  CHECK(axis_refusal(kLines + R"(, {"name": "b", "pointer": "/machine/lines", "values": [1]})") ==
        "/axes/1: /machine/lines is set by another axis or derived value");
}

TEST_CASE("a wrong expression is refused with its pointer") {
  using Catch::StartsWith;
  CHECK_THAT(refusal(R"("constraints": ["lines > 1", "linez > 1"])"),
             StartsWith(R"(/constraints/1: "linez > 1": Unexpected token "linez")"));
  CHECK_THAT(refusal(R"("derived": [{"name": "a", "expression": "b"},
                                    {"name": "b", "expression": "1"}])"),
             StartsWith(R"(/derived/0/expression: "b": )"));
  CHECK_THAT(refusal(R"("constraints": ["lines == 'x'"])"),
             StartsWith(R"(/constraints/0: "lines == 'x'": position 9)"));
}

TEST_CASE("keys that contradict each other are refused") {
  using Catch::Contains;
  const std::string search = R"("search": {"initial": 4, "evaluations": 8, "seed": 1})";
  const std::string objectives = R"("objectives": [{"figure": "/time_us", "goal": "minimize"}])";
  CHECK(refusal(search + "," + objectives) == "no error");
  CHECK(refusal(search) == "/objectives: a search needs at least one objective");
  const std::string bounds = R"("bounds": [{"figure": "/area_mm2/total", "at_most": 3}])";
  CHECK(refusal(bounds) == "/objectives: bounds need at least one objective");
  CHECK(refusal(bounds + "," + objectives) == "no error");
  CHECK(refusal(search + "," + objectives + R"(, "sampling": {"kind": "grid"})") ==
        "/sampling: sampling and search exclude each other");
  CHECK(refusal(R"("sampling": {"kind": "random", "seed": 1})") ==
        "/sampling/count: required key is missing");
  CHECK(refusal(R"("sampling": {"kind": "latin_hypercube", "count": 1})") ==
        "/sampling/seed: required key is missing");
  CHECK(refusal(R"("sampling": {"kind": "grid", "count": 1})") ==
        "/sampling/count: expected none with grid");
  CHECK_THAT(refusal(R"("sampling": {"kind": "sobol"})"), Contains("latin_hypercube"));
  CHECK_THAT(refusal(R"("objectives": [{"figure": "cycle", "goal": "minimize"}])"),
             Contains("/objectives/0/figure: expected a pointer into the result or one of") &&
                 Contains("\"lines\"") && Contains("\"cycles\""));
  CHECK(refusal(R"("front_per": ["cycles"])") ==
        R"(/front_per/0: expected one of ["lines"], found "cycles")");
  CHECK_THAT(refusal(R"("figures": {"x": "cycles"})"),
             Contains("/figures/x: expected a JSON pointer into the result, found \"cycles\""));
  CHECK_THAT(refusal(R"("limits": {"seconds": 0})"), Contains("/limits/seconds"));
  CHECK_THAT(refusal(R"("axis": [])"), Contains("/axis: unknown key"));
}

TEST_CASE("a sweep needs a run, and its axes must make at most 2^62 points") {
  CHECK_THROWS_WITH(read_config<SweepConfig>(Json::parse(R"({"axes": []})")),
                    "/run: required key is missing");
  CHECK_THROWS_WITH(read_config<SweepConfig>(Json::parse(R"({"run": 1, "axes": []})")),
                    "/run: expected an object or a file name, found number");
  // 1000^6 = 10^18 < 2^62 = 4.6 * 10^18
  std::string axes;
  for (int i = 0; i < 6; ++i) {
    axes += (i == 0 ? "" : ",") +
            axis("x" + std::to_string(i), R"("range": {"from": 1, "to": 1000, "step": 1})");
  }
  CHECK(axis_refusal(axes) == "no error");
  CHECK(axis_refusal(axes + "," + axis("y", R"("range": {"from": 1, "to": 5, "step": 1})")) ==
        "/axes: expected at most 2^62 points in the grid");
}

TEST_CASE("a sweep file that is wrong is named") {
  const TempFolder folder;
  const auto file = folder / "sweep.json";
  write_file_atomically(file, R"({"run": "x.json"})");
  CHECK_THROWS_WITH(load_sweep_config(file), file.string() + ": /axes: required key is missing");
  write_file_atomically(file, R"({"run": "x.json", "axes": []})");
  CHECK(load_sweep_config(file).file == file.string());
}

TEST_CASE("the sweep file describes itself as a JSON schema") {
  Json schema;
  describe_config<SweepConfig>(schema);
  const Json& properties = schema["properties"];
  for (const char* key : {"run", "axes", "derived", "constraints", "sampling", "objectives",
                          "front_per", "figures", "search", "limits", "values", "description"}) {
    INFO(key);
    CHECK(properties.contains(key));
  }
  CHECK(schema["required"] == Json::parse(R"(["axes"])"));
  const Json& axis = properties["axes"]["items"]["properties"];
  for (const char* key :
       {"name", "pointer", "pointers", "values", "range", "log_range", "variants", "zip"}) {
    INFO(key);
    CHECK(axis.contains(key));
  }
  CHECK(axis["zip"]["items"]["required"] == Json::parse(R"(["name"])"));
}

TEST_CASE("the page of sweeps has each key of the sweep file and each column of the table") {
  Json schema;
  describe_config<SweepConfig>(schema);
  std::set<std::string> keys;
  collect_keys(schema, keys);
  keys.erase("$schema");
  const std::string page = read_file(source_dir() + "/sim/driver/sweep/README.md");
  for (const std::string& key : keys) {
    INFO(key);
    const bool is_there = std::regex_search(page, std::regex("[`/\"]" + key + "[`/\"]"));
    CHECK(is_there);
  }
  for (const std::string& column : table_columns(SweepConfig{})) {
    INFO(column);
    CHECK(page.find("`" + column + "`") != std::string::npos);
  }
}

TEST_CASE("an axis that sets nothing may be a label of those it is zipped with") {
  CHECK(axis_refusal(R"({"zip": [)" + axis("x", R"("values": [1, 2])") +
                     R"(, {"name": "why", "values": ["same", "same"]}]})") == "no error");
  CHECK(axis_refusal(R"({"zip": [)" + axis("x", R"("values": [1, 2, 1])") +
                     R"(, {"name": "why", "values": ["a", "b", "a"]}]})") ==
        R"(/axes/0/zip/0/values/2: 1, "a" stands twice)");
}

}  // namespace vitcod::test::sweep_config_test
