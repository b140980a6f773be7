// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "sim/driver/schema/schemas.hpp"
#include "test/driver/command_line.hpp"
#include "test/driver/schema/schema_validator.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test::schema_test {
namespace {

namespace fs = std::filesystem;

const fs::path kConfigs = source_dir() + "/configs";

void check_folder(const fs::path& folder, const std::string& kind) {
  std::size_t num_files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    ++num_files;
    INFO(entry.path());
    CHECK(validator_of(kind).errors(read_json_file(entry.path())).empty());
  }
  CHECK(num_files > 0);
}

Json default_run() { return read_json_file(kConfigs / "vitcod.json"); }
Json machine() { return read_json_file(kConfigs / "machines/vitcod.json"); }
Json workload() { return read_json_file(kConfigs / "workloads/deit-tiny.json"); }

/// `document` with the value at `pointer` in place of its own.
Json with(Json document, const char* pointer, const Json& value) {
  document[Json::json_pointer(pointer)] = value;
  return document;
}

Json without(Json document, const char* parent, const char* key) {
  document[Json::json_pointer(parent)].erase(key);
  return document;
}

}  // namespace

TEST_CASE("every shipped config is valid against the schema of its kind") {
  check_folder(kConfigs, "run");
  check_folder(kConfigs / "sweeps", "sweep");
  check_folder(kConfigs / "machines", "machine");
  check_folder(kConfigs / "dram", "dram");
  check_folder(kConfigs / "area", "area");
  check_folder(kConfigs / "energy", "energy");
  check_folder(kConfigs / "models", "model");
  check_folder(kConfigs / "workloads", "workload");
  const fs::path golden = source_dir() + "/test/golden";
  CHECK(validator_of("golden").errors(read_json_file(golden / "cases.json")).empty());
  CHECK(validator_of("run").errors(read_json_file(golden / "encoded.json")).empty());
}

TEST_CASE(
    "each schema says its draft and what it is of, and describes each key that has no parts") {
  for (const SchemaKind& kind : schema_kinds()) {
    const Json schema = make_schema(std::string(kind.name));
    INFO(kind.name);
    CHECK(schema["$schema"] == "http://json-schema.org/draft-07/schema#");
    CHECK(schema["title"].get<std::string>().ends_with(kind.meaning));
    for (const auto& [key, value] : schema["properties"].items()) {
      INFO(key);
      const bool has_parts = value.contains("properties") || value.contains("items") ||
                             value.contains("additionalProperties");
      CHECK((key == "$schema" || value.contains("description") || has_parts));
    }
  }
}

TEST_CASE("the schema command prints one schema, lists the kinds, and refuses others") {
  const Outcome printed = run_program("schema workload");
  CHECK(printed.status == 0);
  CHECK(parse_json(printed.out, "stdout") == make_schema("workload"));
  const Outcome listed = run_program("schema");
  CHECK(listed.status == 0);
  for (const SchemaKind& kind : schema_kinds()) {
    CHECK_THAT(listed.out, Catch::Contains(std::string(kind.name) + " "));
  }
  const Outcome refused = run_program("schema wrokload");
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Catch::Contains("found \"wrokload\", expected one of run, "));
}

TEST_CASE("a config of the wrong type, out of range, incomplete or with unknown keys is invalid") {
  const SchemaValidator& run = validator_of("run");
  CHECK(run.accepts(default_run()));
  CHECK(run.accepts(with(default_run(), "/$schema", "run.schema.json")));
  CHECK_FALSE(run.accepts(with(default_run(), "/$schema", 7)));
  CHECK_FALSE(run.accepts(with(default_run(), "/speed", 7)));
  CHECK_FALSE(run.accepts(without(default_run(), "", "machine")));
  CHECK_FALSE(run.accepts(with(default_run(), "/machine", 7)));
  const Json inlined = {{"machine", machine()}, {"workload", workload()}};
  CHECK(run.errors(inlined).empty());
  CHECK_FALSE(run.accepts(with(inlined, "/machine/mac_lines/lines", 0)));
  CHECK_FALSE(run.accepts(with(inlined, "/machine/mac_lines/lines", "64")));
  CHECK_FALSE(run.accepts(with(inlined, "/machine/mac_lines/linez", 64)));
  CHECK_FALSE(run.accepts(without(inlined, "/machine/mac_lines", "lines")));
  CHECK_FALSE(run.accepts(without(inlined, "/machine", "mac_lines")));
  CHECK_FALSE(run.accepts(with(inlined, "/workload/maps/sparsity", 1.5)));
  CHECK_FALSE(run.accepts(with(inlined, "/workload/scope", "all")));
}

TEST_CASE("a preset makes the keys of its object and below optional, and no others") {
  const SchemaValidator& valid = validator_of("machine");
  const Json dram = {{"preset", "../dram/ddr4-2400.json"}, {"organization", {{"channels", 2}}}};
  CHECK(valid.errors(with(machine(), "/dram", dram)).empty());
  CHECK(valid.accepts({{"preset", "vitcod.json"}, {"mac_lines", {{"lines", 32}}}}));
  CHECK(valid.accepts(with(machine(), "/mac_lines", {{"preset", "wide.json"}})));
  CHECK_FALSE(valid.accepts(without(with(machine(), "/dram", dram), "/dram", "preset")));
  CHECK_FALSE(valid.accepts(without(with(machine(), "/dram", dram), "", "mac_lines")));
  CHECK_FALSE(valid.accepts(with(machine(), "/dram/organization/channel", 2)));
  CHECK_FALSE(valid.accepts(with(machine(), "/dram/organization/channels", "2")));
  CHECK_FALSE(valid.accepts(with(machine(), "/dram/preset", 7)));
}

TEST_CASE("the kind of a machine decides which other keys there are") {
  const SchemaValidator& valid = validator_of("machine");
  CHECK(valid.accepts(machine()));
  CHECK_FALSE(valid.accepts(with(machine(), "/kind", "abacus")));
  CHECK_FALSE(valid.accepts(with(machine(), "/kind", 1)));
  CHECK_FALSE(valid.accepts(without(machine(), "", "kind")));
  CHECK_FALSE(valid.accepts(with(machine(), "/speed", 7)));
}

TEST_CASE("the kind of maps decides which other keys there are") {
  const SchemaValidator& valid = validator_of("workload");
  const auto accepts = [&](const char* maps) {
    return valid.accepts(with(workload(), "/maps", Json::parse(maps)));
  };
  CHECK(accepts(R"({"kind": "generated", "sparsity": 0.5, "seed": 1})"));
  CHECK(accepts(R"({"kind": "masks", "files": ["a.npy"]})"));
  CHECK(accepts(R"({"kind": "attention", "files": ["a.npy"], "theta_p": 0.5})"));
  CHECK(accepts(R"({"kind": "attention", "files": ["a.npy"], "theta_p": [0.5, 2.0]})"));
  CHECK(accepts(R"({"kind": "dense"})"));
  CHECK_FALSE(accepts(R"({"sparsity": 0.5, "seed": 1})"));
  CHECK_FALSE(accepts(R"({"kind": "generated", "sparsity": 0.5})"));
  CHECK_FALSE(accepts(R"({"kind": "dense", "seed": 1})"));
  CHECK_FALSE(accepts(R"({"kind": "masks", "files": "a.npy"})"));
  CHECK_FALSE(accepts(R"({"kind": "attention", "files": ["a.npy"], "theta_p": []})"));
  CHECK_FALSE(accepts(R"({"kind": "attention", "files": ["a.npy"], "theta_p": -1})"));
  CHECK_FALSE(accepts(R"({"kind": "random"})"));
}

TEST_CASE("one cut-off of two is given, and null is none") {
  const SchemaValidator& valid = validator_of("workload");
  const auto accepts = [&](const char* polarization) {
    return valid.accepts(with(workload(), "/polarization", Json::parse(polarization)));
  };
  CHECK(accepts("null"));
  CHECK(accepts(R"({"theta_d": 50})"));
  CHECK(accepts(R"({"theta_d_fraction": 0.5, "theta_d": null})"));
  CHECK_FALSE(accepts("{}"));
  CHECK_FALSE(accepts(R"({"theta_d": null})"));
  CHECK_FALSE(accepts(R"({"theta_d_fraction": 0.5, "theta_d": 50})"));
}

}  // namespace vitcod::test::schema_test
