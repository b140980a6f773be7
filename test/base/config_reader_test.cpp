// SPDX-License-Identifier: Apache-2.0
#include "sim/base/config_reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace vitcod::config_reader_test {
namespace {

enum class Policy { kOpen, kClosed };
constexpr std::pair<std::string_view, Policy> kPolicies[] = {{"open", Policy::kOpen},
                                                             {"closed", Policy::kClosed}};

struct BankConfig {
  std::uint32_t num_rows = 0;
  Policy policy = Policy::kOpen;
};
void read(ConfigReader& reader, BankConfig& config) {
  reader.required("num_rows", config.num_rows, "rows of a bank", at_least(1u));
  reader.required_enum<Policy>("policy", config.policy, kPolicies, "after an access");
}

struct MachineConfig {
  bool forwards_q = false;
  std::string name;
  double clock_mhz = 0;
  std::uint64_t bytes = 0;
  std::int64_t offset = 0;
  std::vector<std::string> files;
  std::vector<double> thetas;
  std::vector<std::uint32_t> sizes;
  BankConfig bank;
  std::vector<BankConfig> banks;
  std::optional<std::uint32_t> theta_d;
  std::optional<BankConfig> spare;
  const Json* tokens = nullptr;
};
void read(ConfigReader& reader, MachineConfig& config) {
  reader.required("forwards_q", config.forwards_q, "Q forwarding");
  reader.required("name", config.name, "for reports");
  reader.required("clock_mhz", config.clock_mhz, "MHz", Range<double>{0.5, 2000});
  reader.required("bytes", config.bytes, "capacity");
  reader.required("offset", config.offset, "signed", Range<std::int64_t>{-5, 5});
  reader.required("files", config.files, "one a stage");
  reader.required("thetas", config.thetas, "cut-offs", Range<double>{0, 1});
  reader.required("sizes", config.sizes, "extents", at_least(2u));
  reader.required_object("bank", config.bank, "the first bank");
  reader.required_list("banks", config.banks, "all banks");
  reader.optional("theta_d", config.theta_d, "global tokens", at_least(1u));
  reader.optional_object("spare", config.spare, "a spare bank");
  config.tokens = reader.raw("tokens", "a schedule of any form");
  reader.finish();
  reader.require(config.sizes.size() <= 3, "sizes", "must have at most 3 extents");
}

const char* const kGood = R"({
  "forwards_q": true, "name": "a", "clock_mhz": 500, "bytes": 18446744073709551615, "offset": -5,
  "files": ["x", "y"], "thetas": [0, 0.5, 1], "sizes": [2, 4294967295],
  "bank": {"num_rows": 7, "policy": "closed"},
  "banks": [{"num_rows": 1, "policy": "open"}, {"num_rows": 2, "policy": "closed"}]})";

/// kGood with one change: `patch` is merged into it (RFC 7396; null takes a key away).
Json with(const char* patch) {
  Json json = Json::parse(kGood);
  json.merge_patch(Json::parse(patch));
  return json;
}

std::string message(const Json& json) {
  try {
    read_config<MachineConfig>(json);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("every kind of value is read") {
  const Json json = with(R"({"spare": {"num_rows": 3, "policy": "open"}, "theta_d": 50,
                             "tokens": [1, {}], "$schema": "run.schema.json"})");
  const auto config = read_config<MachineConfig>(json);
  CHECK(config.forwards_q);
  CHECK(config.name == "a");
  CHECK(config.clock_mhz == 500);
  CHECK(config.bytes == 18446744073709551615u);
  CHECK(config.offset == -5);
  CHECK(config.files == std::vector<std::string>{"x", "y"});
  CHECK(config.thetas == std::vector<double>{0, 0.5, 1});
  CHECK(config.sizes == std::vector<std::uint32_t>{2, 4294967295});
  CHECK(config.bank.num_rows == 7);
  CHECK(config.bank.policy == Policy::kClosed);
  REQUIRE(config.banks.size() == 2);
  CHECK(config.banks[1].num_rows == 2);
  CHECK(config.banks[0].policy == Policy::kOpen);
  CHECK(config.theta_d == 50u);
  REQUIRE(config.spare.has_value());
  CHECK(config.spare->num_rows == 3);
  CHECK(config.tokens == &json["tokens"]);
}

TEST_CASE("an optional key that is absent or null is off") {
  for (const char* patch : {"{}", R"({"x": null})"}) {
    const auto config = read_config<MachineConfig>(with(patch));
    CHECK_FALSE(config.theta_d.has_value());
    CHECK_FALSE(config.spare.has_value());
    CHECK(config.tokens == nullptr);
  }
  Json json = with("{}");
  json["theta_d"] = nullptr;
  json["spare"] = nullptr;
  json["tokens"] = nullptr;
  const auto config = read_config<MachineConfig>(json);
  CHECK_FALSE(config.theta_d.has_value());
  CHECK_FALSE(config.spare.has_value());
  REQUIRE(config.tokens != nullptr);
  CHECK(config.tokens->is_null());
}

TEST_CASE("an unknown key is reported with the known ones, before a missing one") {
  const std::string known =
      R"(["forwards_q", "name", "clock_mhz", "bytes", "offset", "files", "thetas", "sizes", )"
      R"("bank", "banks", "theta_d", "spare", "tokens"])";
  CHECK(message(with(R"({"x": 1})")) == "/x: unknown key; expected one of " + known);
  CHECK(message(with(R"({"x": 1, "name": null})")) == "/x: unknown key; expected one of " + known);
  CHECK(message(with(R"({"bank": {"a/b": 1}})")) ==
        R"(/bank/a~1b: unknown key; expected one of ["num_rows", "policy"])");
}

TEST_CASE("a missing key is reported where it should stand") {
  CHECK(message(with(R"({"bytes": null})")) == "/bytes: required key is missing");
  CHECK(message(with(R"({"name": null, "sizes": null})")) == "/name: required key is missing");
  CHECK(message(with(R"({"bank": null})")) == "/bank: required key is missing");
  CHECK(message(with(R"({"banks": null})")) == "/banks: required key is missing");
  CHECK(message(with(R"({"files": null})")) == "/files: required key is missing");
  CHECK(message(with(R"({"bank": {"policy": null}})")) == "/bank/policy: required key is missing");
  CHECK(message(with(R"({"banks": [{"num_rows": 1, "policy": "open"}, {"num_rows": 1}]})")) ==
        "/banks/1/policy: required key is missing");
  CHECK(message(with(R"({"spare": {"num_rows": 1}})")) == "/spare/policy: required key is missing");
}

TEST_CASE("a value of another type is reported with what was found") {
  CHECK(message(Json::parse("[]")) == "expected an object, found array");
  CHECK(message(Json::parse("3")) == "expected an object, found 3");
  CHECK(message(with(R"({"bank": []})")) == "/bank: expected an object, found array");
  CHECK(message(with(R"({"spare": 1})")) == "/spare: expected an object, found 1");
  CHECK(message(with(R"({"banks": {}})")) == "/banks: expected an array, found object");
  CHECK(message(with(R"({"banks": [1]})")) == "/banks/0: expected an object, found 1");
  CHECK(message(with(R"({"forwards_q": 1})")) == "/forwards_q: expected true or false, found 1");
  CHECK(message(with(R"({"name": 1})")) == "/name: expected a string, found 1");
  CHECK(message(with(R"({"clock_mhz": "5"})")) == "/clock_mhz: expected a number, found \"5\"");
  CHECK(message(with(R"({"clock_mhz": true})")) == "/clock_mhz: expected a number, found true");
  CHECK(message(with(R"({"files": "x"})")) == "/files: expected an array, found \"x\"");
  CHECK(message(with(R"({"files": ["x", 2]})")) == "/files/1: expected a string, found 2");
  CHECK(message(with(R"({"thetas": [0, []]})")) == "/thetas/1: expected a number, found array");
  CHECK(message(with(R"({"$schema": 3})")) == "/$schema: expected a string, found 3");
  Json json = with("{}");
  json["bytes"] = nullptr;
  CHECK(message(json) == "/bytes: expected an integer, found null");
}

TEST_CASE("only an integer is an integer") {
  CHECK(message(with(R"({"bytes": 3.7})")) == "/bytes: expected an integer, found 3.7");
  CHECK(message(with(R"({"bytes": 8.0})")) == "/bytes: expected an integer, found 8.0");
  CHECK(message(with(R"({"bytes": 1e3})")) == "/bytes: expected an integer, found 1000.0");
  CHECK(message(with(R"({"bytes": true})")) == "/bytes: expected an integer, found true");
  CHECK(message(with(R"({"bytes": "8"})")) == "/bytes: expected an integer, found \"8\"");
  CHECK(message(with(R"({"bytes": 18446744073709551616})")) ==
        "/bytes: expected an integer, found 1.8446744073709552e+19");
}

TEST_CASE("a value out of its range is reported with the range") {
  CHECK(message(with(R"({"bank": {"num_rows": -1}})")) ==
        "/bank/num_rows: -1 is out of range [1, 4294967295]");
  CHECK(message(with(R"({"bank": {"num_rows": 0}})")) ==
        "/bank/num_rows: 0 is out of range [1, 4294967295]");
  CHECK(message(with(R"({"bank": {"num_rows": 4294967296}})")) ==
        "/bank/num_rows: 4294967296 is out of range [1, 4294967295]");
  CHECK(message(with(R"({"bytes": -1})")) == "/bytes: -1 is out of range [0, inf)");
  CHECK(message(with(R"({"offset": 6})")) == "/offset: 6 is out of range [-5, 5]");
  CHECK(message(with(R"({"offset": -6})")) == "/offset: -6 is out of range [-5, 5]");
  CHECK(message(with(R"({"offset": 18446744073709551615})")) ==
        "/offset: 18446744073709551615 is out of range [-5, 5]");
  CHECK(message(with(R"({"clock_mhz": 0.25})")) == "/clock_mhz: 0.25 is out of range [0.5, 2000]");
  CHECK(message(with(R"({"clock_mhz": 2001})")) == "/clock_mhz: 2001 is out of range [0.5, 2000]");
  CHECK(message(with(R"({"sizes": [2, 1]})")) == "/sizes/1: 1 is out of range [2, 4294967295]");
  CHECK(message(with(R"({"thetas": [1.5]})")) == "/thetas/0: 1.5 is out of range [0, 1]");
  CHECK(message(with(R"({"theta_d": 0})")) == "/theta_d: 0 is out of range [1, 4294967295]");
}

TEST_CASE("an unknown name of an enum lists the choices") {
  CHECK(message(with(R"({"bank": {"policy": "Open"}})")) ==
        R"(/bank/policy: expected one of ["open", "closed"], found "Open")");
  CHECK(message(with(R"({"bank": {"policy": 0}})")) ==
        R"(/bank/policy: expected one of ["open", "closed"], found 0)");
}

TEST_CASE("a long value is not repeated in a message") {
  Json json = with("{}");
  json["bytes"] = std::string(1000, 'x');
  CHECK(message(json) == "/bytes: expected an integer, found a string of 1000 bytes");
}

TEST_CASE("a rule between values is applied to values that were there") {
  CHECK(message(with(R"({"sizes": [2, 2, 2]})")) == "no error");
  CHECK(message(with(R"({"sizes": [2, 2, 2, 2]})")) == "/sizes: must have at most 3 extents");
  const Json json = Json::parse(R"({"a": 1})");
  ConfigReader reader(json);
  std::uint32_t missing = 0;
  reader.required("b", missing, "");
  CHECK_NOTHROW(reader.require(missing > 0, "b", "must be at least 1"));
}

namespace {
struct Spares {
  std::vector<BankConfig> banks;
};
void read(ConfigReader& reader, Spares& spares) {
  reader.optional_list("banks", spares.banks, "spare banks");
}
}  // namespace

TEST_CASE("an optional list may be absent or null, and is read and described as a required one") {
  const auto read_spares = [](const char* text) { return read_config<Spares>(Json::parse(text)); };
  CHECK(read_spares("{}").banks.empty());
  CHECK(read_spares(R"({"banks": null})").banks.empty());
  CHECK(read_spares(R"({"banks": [{"num_rows": 2, "policy": "open"}]})").banks.size() == 1);
  CHECK_THROWS_WITH(read_spares(R"({"banks": [{"num_rows": 2}]})"),
                    "/banks/0/policy: required key is missing");
  Json schema;
  describe_config<Spares>(schema);
  CHECK(schema["required"].empty());
  CHECK(schema["properties"]["banks"]["type"] == Json::parse(R"(["array", "null"])"));
  CHECK(schema["properties"]["banks"]["items"]["properties"].contains("num_rows"));
}

namespace {
struct Careless {
  std::uint32_t a = 0;
};
void read(ConfigReader& reader, Careless& config) { reader.required("a", config.a, "a number"); }
}  // namespace

TEST_CASE("a read function without finish still rejects unknown and missing keys") {
  CHECK_THROWS_WITH(read_config<Careless>(Json::parse(R"({"a": 1, "b": 2})")),
                    R"(/b: unknown key; expected one of ["a"])");
  CHECK_THROWS_WITH(read_config<Careless>(Json::parse("{}")), "/a: required key is missing");
}

TEST_CASE("the same read function describes the object as a JSON schema") {
  const Json bank_properties = Json::parse(R"({
    "$schema": {"type": "string"},
    "num_rows": {"type": "integer", "description": "rows of a bank",
                 "minimum": 1, "maximum": 4294967295},
    "policy": {"type": "string", "description": "after an access", "enum": ["open", "closed"]}})");
  Json expected = Json::parse(R"({
    "type": "object",
    "properties": {
      "$schema": {"type": "string"},
      "forwards_q": {"type": "boolean", "description": "Q forwarding"},
      "name": {"type": "string", "description": "for reports"},
      "clock_mhz": {"type": "number", "description": "MHz", "minimum": 0.5, "maximum": 2000.0},
      "bytes": {"type": "integer", "description": "capacity", "minimum": 0},
      "offset": {"type": "integer", "description": "signed", "minimum": -5, "maximum": 5},
      "files": {"type": "array", "description": "one a stage", "items": {"type": "string"}},
      "thetas": {"type": "array", "description": "cut-offs",
                 "items": {"type": "number", "minimum": 0.0, "maximum": 1.0}},
      "sizes": {"type": "array", "description": "extents",
                "items": {"type": "integer", "minimum": 2, "maximum": 4294967295}},
      "bank": {"type": "object", "description": "the first bank"},
      "banks": {"type": "array", "description": "all banks", "items": {"type": "object"}},
      "theta_d": {"type": ["integer", "null"], "description": "global tokens",
                  "minimum": 1, "maximum": 4294967295},
      "spare": {"type": ["object", "null"], "description": "a spare bank"},
      "tokens": {"description": "a schedule of any form"}},
    "required": ["forwards_q", "name", "clock_mhz", "bytes", "offset", "files", "thetas", "sizes",
                 "bank", "banks"],
    "additionalProperties": false})");
  for (const char* pointer : {"/properties/bank", "/properties/banks/items", "/properties/spare"}) {
    Json& nested = expected[Json::json_pointer(pointer)];
    nested["properties"] = bank_properties;
    nested["required"] = Json::parse(R"(["num_rows", "policy"])");
    nested["additionalProperties"] = false;
  }
  Json schema;
  describe_config<MachineConfig>(schema);
  CHECK(schema.dump(1) == expected.dump(1));
}

}  // namespace vitcod::config_reader_test
