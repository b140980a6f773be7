// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_config.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "test/hw_models/dram/dram_bench.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test::dram_config_test {
namespace {

Json preset_json() {
  const std::filesystem::path folder(source_dir());
  return read_json_file(folder / "configs" / "dram" / "ddr4-2400.json");
}

/// The error that a preset gives with `value` at `pointer`.
std::string error_with(const char* pointer, const Json& value) {
  Json json = preset_json();
  json[Json::json_pointer(pointer)] = value;
  try {
    read_config<DramConfig>(json);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("every preset is read, names its source and has its standard's peak rate") {
  const std::map<std::string, double> peak_gb_per_s = {
      {"ddr4-2400", 19.2},   {"ddr4-3200", 25.6},        {"lpddr4-3200", 6.4},
      {"lpddr5-6400", 12.8}, {"hbm2-2000-legacy", 32.0}, {"hbm2-2000-pc", 16.0}};
  for (const std::string& name : preset_names()) {
    const DramConfig config = preset(name);
    INFO(name);
    CHECK_FALSE(config.source.empty());
    CHECK(static_cast<double>(config.peak_bytes_per_second()) == peak_gb_per_s.at(name) * 1e9);
  }
  CHECK(preset_names().size() == peak_gb_per_s.size());
}

TEST_CASE("a channel has the capacity of its chips") {
  CHECK(preset("ddr4-2400").organization.capacity_bytes() == std::uint64_t{8} << 30U);
  CHECK(preset("lpddr4-3200").organization.capacity_bytes() == std::uint64_t{1} << 30U);
  CHECK(preset("lpddr5-6400").organization.capacity_bytes() == std::uint64_t{1} << 30U);
  CHECK(preset("hbm2-2000-pc").organization.capacity_bytes() == std::uint64_t{512} << 20U);
}

TEST_CASE("a wrong preset says where and what") {
  CHECK(error_with("/organization/rows", 1000) == "/organization/rows: expected a power of two");
  CHECK(error_with("/timing/0/level", "row").starts_with("/timing/0/level: "));
  CHECK(error_with("/timing/0/after", Json::array({"ACTIVATE"})) ==
        "/timing/0/after/0: expected one of [\"ACT\", \"RD\", \"WR\", \"RDA\", \"WRA\", \"PRE\", "
        "\"PREA\", \"REF\", \"REFPB\"], found \"ACTIVATE\"");
  CHECK(error_with("/timing/0/after", Json::array()) ==
        "/timing/0/after: expected at least 1 element, found 0");
  CHECK(error_with("/timing/0/before", Json::array({"RD"})) ==
        "/timing/0/before: expected RD and RDA together, and WR and WRA");
  CHECK(error_with("/timing/1/before", Json::array({"PREA"})) ==
        "/timing/1/level: PREA and REF have no bank: expected rank, channel or other_rank");
  CHECK(error_with("/timing/0", {{"rule", "x"},
                                 {"level", "other_rank"},
                                 {"after", {"RD"}},
                                 {"before", {"RD", "RDA"}},
                                 {"clocks", 4},
                                 {"window", 2}}) == "/timing/0/window: expected 1 between ranks");
  CHECK(error_with("/refresh/mode", "per_bank") ==
        "/refresh/mode: per_bank: expected a timing rule from REFPB to ACT");
  CHECK(error_with("/timing/0/clocks", 17.5) ==
        "/timing/0/clocks: expected an integer or a formula, found 17.5");
  CHECK(error_with("/timing/0/clocks", 0) == "/timing/0/clocks: 0 is out of range [1, 16384]");
  CHECK(error_with("/timing/14/clocks", 16384) == "no error");
  CHECK(error_with("/timing/14/clocks", 16385) ==
        "/timing/14/clocks: 16385 is out of range [1, 16384]");
  CHECK(error_with("/controller/response_clocks", 65536) == "no error");
  CHECK(error_with("/controller/response_clocks", 65537) ==
        "/controller/response_clocks: 65537 is out of range [0, 65536]");
  CHECK(error_with("/controller/write_high_watermark", 33) ==
        "/controller/write_high_watermark: expected at most write_queue_depth");
  CHECK(error_with("/controller/write_low_watermark", 28) ==
        "/controller/write_low_watermark: expected less than write_high_watermark");
  CHECK(error_with("/organization/ranks", 8) ==
        "/organization: expected at most 64 banks a channel, over all ranks");
  CHECK(error_with("/currents/supplies", Json::array()) ==
        "/currents/supplies: expected at least 1 element, found 0");
}

TEST_CASE("a missing or unknown key of a preset is named") {
  const auto error_without = [](const char* object, const char* key) {
    Json json = preset_json();
    json[Json::json_pointer(object)].erase(key);
    try {
      read_config<DramConfig>(json);
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(error_without("/controller", "write_queue_depth") ==
        "/controller/write_queue_depth: required key is missing");
  CHECK(error_without("/timing/3", "before") == "/timing/3/before: required key is missing");
  CHECK(error_without("", "organization") == "/organization: required key is missing");
  CHECK(error_with("/refresh/tREFI", 9360).starts_with("/refresh/tREFI: unknown key"));
}

TEST_CASE("what is changed in a preset after it was read is checked again") {
  DramConfig config = preset("ddr4-2400");
  config.organization.rows = 3;
  CHECK_THROWS_WITH(validate(config), "/organization: expected powers of two");
}

TEST_CASE("the reader describes every key of a preset") {
  Json schema;
  ConfigReader reader = ConfigReader::describing(schema);
  DramConfig config;
  read(reader, config);
  const Json json = preset_json();
  for (const auto& [key, value] : json.items()) {
    INFO(key);
    CHECK(schema["properties"].contains(key));
  }
}

}  // namespace vitcod::test::dram_config_test
