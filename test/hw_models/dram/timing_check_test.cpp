// SPDX-License-Identifier: Apache-2.0
// Presets that contradict themselves are refused with the name of the rule; derived rules follow
// the parameters.
#include "hw_models/dram/timing_check.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "test/hw_models/dram/dram_bench.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test::timing_check_test {
namespace {

using Settings = std::vector<std::pair<const char*, Json>>;

Json document(const std::string& name) {
  return read_json_file(std::filesystem::path(source_dir()) / "configs" / "dram" /
                        (name + ".json"));
}

DramConfig config_with(const std::string& name, const Settings& settings) {
  Json json = document(name);
  for (const auto& [pointer, value] : settings) json[Json::json_pointer(pointer)] = value;
  return read_config<DramConfig>(json);
}

std::string refusal(const std::string& name, const Settings& settings) {
  try {
    config_with(name, settings);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

std::uint32_t clocks_of(const DramConfig& config, const std::string& rule) {
  for (const DramTimingRule& row : config.timing) {
    if (row.rule == rule) return row.clocks;
  }
  FAIL("no rule " << rule);
  return 0;
}

}  // namespace

TEST_CASE("the rules of a preset follow its parameters") {
  // DDR4-2400R, 16-16-16: CL - CWL + 4 + 2, tRAS + tRP.
  const DramConfig config = config_with(
      "ddr4-2400", {{"/parameters/nCL", 16}, {"/parameters/nRCD", 16}, {"/parameters/nRP", 16}});
  CHECK(config.commands.read_data_clocks == 16);
  CHECK(clocks_of(config, "read to write") == 16 - 12 + 4 + 2);
  CHECK(clocks_of(config, "tRC") == 39 + 16);
  CHECK(clocks_of(config, "tRCD") == 16);
  CHECK(config.currents.activate_precharge_clocks == 16);
  // With a write latency as long as the read's the strobe is handed over between ranks.
  const DramConfig late = config_with("ddr4-2400", {{"/parameters/nCWL", 17}});
  CHECK(clocks_of(late, "tRTRS, write to read") == 17 + 4 + 2 - 17);
  // A burst of 16 beats holds the bus for 8 clocks.
  const DramConfig longer = config_with(
      "ddr4-2400",
      {{"/organization/burst_length", 16}, {"/parameters/nCCD_S", 8}, {"/parameters/nCCD_L", 8}});
  CHECK(longer.commands.burst_clocks == 8);
  CHECK(clocks_of(longer, "read to write") == 17 - 12 + 8 + 2);
}

TEST_CASE("the speed bins of one standard differ in numbers alone") {
  Json slow = document("ddr4-2400");
  Json fast = document("ddr4-3200");
  for (Json* json : {&slow, &fast}) {
    for (const char* key : {"source", "clock_khz"}) json->erase(key);
    for (auto& [name, number] : (*json)["parameters"].items()) number = 0;
    (*json)["currents"]["supplies"] = 0;
  }
  CHECK(slow == fast);
}

TEST_CASE("bursts that would meet on the data bus are refused with the rule") {
  const std::string meet = " in a rank: their bursts would meet on the data bus";
  CHECK(refusal("ddr4-2400", {{"/commands/read_data_clocks", 25}}) ==
        "/timing/16/clocks: read to write is 11, expected at least 17 from RD to WR" + meet);
  CHECK(refusal("ddr4-2400", {{"/commands/write_data_clocks", 6}}) ==
        "/timing/16/clocks: read to write is 11, expected at least 15 from RD to WR" + meet);
  CHECK(refusal("ddr4-2400", {{"/commands/burst_clocks", 16}}) ==
        "/timing/14/clocks: tCCD_S, reads is 4, expected at least 16 from RD to RD" + meet);
  CHECK(refusal("ddr4-2400", {{"/organization/burst_length", 16}}) ==
        "/timing/14/clocks: tCCD_S, reads is 4, expected at least 8 from RD to RD" + meet);
  CHECK(refusal("lpddr4-3200", {{"/parameters/nCCD", 7}}) ==
        "/timing/12/clocks: tCCD, reads is 7, expected at least 8 from RD to RD" + meet);
  CHECK(refusal("ddr4-2400", {{"/commands/burst_span_clocks", 3}}) ==
        "/commands/burst_span_clocks: expected at least burst_clocks");
}

TEST_CASE("two ranks need rules that keep their bursts apart, in every preset") {
  for (const std::string& name : preset_names()) {
    INFO(name);
    CHECK(refusal(name, {{"/organization/ranks", 2}}) == "no error");
    Json json = document(name);
    json["organization"]["ranks"] = 2;
    std::erase_if(json["timing"].get_ref<Json::array_t&>(),
                  [](const Json& rule) { return rule["level"] == "other_rank"; });
    const auto read = [&json] { read_config<DramConfig>(json); };
    CHECK_THROWS_WITH(read(), Catch::StartsWith("/timing: no rule; expected at least ") &&
                                  Catch::EndsWith(" from RD to RD in two ranks: their bursts would "
                                                  "meet on the data bus"));
  }
}

TEST_CASE("refreshes that leave no time to use a row are refused with the rules") {
  const std::string rest = " + tRAS, all banks (39) + tRP before a refresh (17) and the commands";
  CHECK(refusal("ddr4-2400", {{"/refresh/all_bank_interval_clocks", 490}}) ==
        "/refresh/all_bank_interval_clocks: 490 between two refreshes, expected at least 497, to "
        "use a row: tRFC (420) + tRCD (17)" +
            rest);
  CHECK(refusal("ddr4-2400", {{"/timing/0/clocks", 1U << 14U}}) ==
        "/refresh/all_bank_interval_clocks: 9360 between two refreshes, expected at least 16864, "
        "to use a row: tRFC (420) + tRCD (16384)" +
            rest);
  CHECK(refusal("ddr4-2400", {{"/parameters/nRFC", 10'000}}) ==
        "/refresh/all_bank_interval_clocks: 9360 between two refreshes, expected at least 10077, "
        "to use a row: tRFC (10000) + tRCD (17)" +
            rest);
  CHECK(refusal("ddr4-2400", {{"/timing/26/clocks", 10'000}}) ==
        "/refresh/all_bank_clocks: 420 is not the 10000 of the rule tRFC");
  CHECK(refusal("ddr4-2400", {{"/refresh/all_bank_clocks", 1}}) ==
        "/refresh/all_bank_clocks: 1 is not the 420 of the rule tRFC");
  CHECK_THAT(refusal("lpddr5-6400", {{"/refresh/mode", "per_bank"}, {"/parameters/nREFIpb", 24}}),
             Catch::Equals("/refresh/per_bank_interval_clocks: 24 is less than the rule tpbR2pbR, "
                           "72"));
  CHECK_THAT(refusal("lpddr4-3200", {{"/refresh/mode", "per_bank"}, {"/parameters/nRCD", 6000}}),
             Catch::StartsWith("/refresh/per_bank_interval_clocks: 6240 between two refreshes, "
                               "expected at least 6333, to use a row: tRFCpb (224) + tRCD (6000) + "
                               "tRAS (68) + tRPpb (29) and the commands"));
}

TEST_CASE("the closest refreshes that are accepted let every request through") {
  const DramConfig config = config_with("ddr4-2400", {{"/refresh/all_bank_interval_clocks", 497}});
  DramTrace trace;
  for (std::uint64_t i = 0; i < 200; ++i) trace.entries.emplace_back(i << 17U, i % 3 == 0);
  const DramActivity did = replay(config, trace, {}).activity;
  CHECK(did.bytes_read + did.bytes_written == 200U * 64);
}

TEST_CASE("a parameter has a name that a formula can use, and one home") {
  CHECK(refusal("ddr4-2400", {{"/parameters/nBL", 8}}) ==
        "/parameters/nBL: is /organization/burst_length");
  CHECK(refusal("ddr4-2400", {{"/parameters/n-CL", 8}}) ==
        "/parameters/n-CL: expected a name of letters, digits and _, not max or min");
  Json json = document("ddr4-2400");
  json["parameters"].erase("nCL");
  const auto read = [&json] { read_config<DramConfig>(json); };
  CHECK_THROWS_WITH(read(),
                    "/commands/read_data_clocks: formula \"nCL\" names nCL, which no "
                    "parameter is called");
  CHECK(refusal("ddr4-2400", {{"/parameters/nCL", 3}}) ==
        "/timing/16/clocks: formula \"nCL - nCWL + nBL/2 + 2\" is -3, expected 1 to 16384");
}

TEST_CASE("a current below standby, which would give negative energy, is refused") {
  CHECK(refusal("ddr4-2400", {{"/currents/supplies/0/idd3n", 200}}) ==
        "/currents/supplies/0/idd0: 48 mA is below the standby of its loop (idd3n for tRAS, idd2n "
        "for tRP), 149.60714285714286 mA");
  CHECK(refusal("ddr4-2400", {{"/currents/supplies/0/idd4r", 42}}) ==
        "/currents/supplies/0/idd4r: 42 mA is below idd3n, 43 mA");
  CHECK(refusal("ddr4-2400", {{"/currents/supplies/0/idd4w", 42.5}}) ==
        "/currents/supplies/0/idd4w: 42.5 mA is below idd3n, 43 mA");
  CHECK(refusal("ddr4-2400", {{"/currents/supplies/0/idd5", 0}}) ==
        "/currents/supplies/0/idd5: 0 mA is below idd3n, 43 mA");
}

TEST_CASE("sizes whose product would not fit are refused") {
  CHECK(refusal("ddr4-2400", {{"/organization/columns", 1U << 20U},
                              {"/organization/burst_length", 1U << 16U},
                              {"/organization/bus_width_bits", 1U << 16U}}) ==
        "/organization: expected a burst of at most 65536 bytes (burst_length x bus_width_bits / "
        "8)");
  CHECK(refusal("ddr4-2400", {{"/organization/bank_groups", 1U << 16U},
                              {"/organization/banks_per_group", 1U << 16U}}) ==
        "/organization: expected at most 64 banks a channel, over all ranks");
  CHECK(refusal("ddr4-2400", {{"/organization/channels", 1024},
                              {"/organization/rows", 1U << 20U},
                              {"/organization/columns", 1U << 20U},
                              {"/organization/bus_width_bits", 1U << 16U}}) ==
        "/organization: expected at most 2^60 bytes in all channels");
  CHECK(refusal("ddr4-2400", {{"/organization/channels", 2048}}) ==
        "/organization/channels: 2048 is out of range [1, 1024]");
}

}  // namespace vitcod::test::timing_check_test
