// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/driver/run_config.hpp"
#include "sim/driver/simulation.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::mask_denser_block_test {
namespace {

RunConfig layer_2(const char* mask_denser_block) {
  return load_run_config(
      test::source_dir() + "/configs/vitcod.json",
      {"/workload/layers=[2]",
       std::string("/machine/controller/mask_denser_block=") + mask_denser_block});
}

std::uint64_t denser_entries(const Trace& trace) {
  std::uint64_t entries = 0;
  for (const PolarizedMap& map : trace.maps) {
    for (const PolarizedHead& head : map.heads) {
      entries += std::uint64_t{head.num_denser} * map.num_queries;
    }
  }
  return entries;
}

}  // namespace

TEST_CASE("letting pruned entries of denser blocks count changes values, and saves mask bits") {
  const RunConfig run = layer_2("true");
  const Json masked = simulate(run, SimulationOptions{});
  Json counted = simulate(layer_2("false"), SimulationOptions{});
  REQUIRE(masked["values"]["mismatches"] == 0);
  REQUIRE(counted["values"]["mismatches"] == 0);
  REQUIRE(masked["values"]["output_sha256"] != counted["values"]["output_sha256"]);
  const Json::json_pointer index("/traffic/index/first_load");
  const auto saved = masked[index].get<std::uint64_t>() - counted[index].get<std::uint64_t>();
  // A bit an entry, in whole bytes for each unit.
  const std::uint64_t bits = denser_entries(run.trace);
  const auto units = masked["blocks"]["controller"]["units"].get<std::uint64_t>();
  CHECK(8 * saved >= bits);
  CHECK(8 * saved < bits + 8 * units);
  counted[index] = masked[index];
  REQUIRE(masked["traffic"] == counted["traffic"]);
}

}  // namespace vitcod::mask_denser_block_test
