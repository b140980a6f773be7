// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/driver/run_config.hpp"
#include "sim/driver/simulation.hpp"

namespace vitcod {
namespace {

Json run_layer_2(const char* mask_denser_block) {
  const RunConfig run =
      load_run_config(VITCOD_SOURCE_DIR "/configs/vitcod.json",
                      {"/workload/layers=[2]",
                       std::string("/machine/controller/mask_denser_block=") + mask_denser_block});
  return simulate(run, SimulationOptions{});
}

}  // namespace

TEST_CASE("letting pruned entries of denser blocks count changes values and nothing else") {
  const Json masked = run_layer_2("true");
  const Json counted = run_layer_2("false");
  REQUIRE(masked["values"]["mismatches"] == 0);
  REQUIRE(counted["values"]["mismatches"] == 0);
  REQUIRE(masked["values"]["output_sha256"] != counted["values"]["output_sha256"]);
  REQUIRE(masked["cycles"] == counted["cycles"]);
  REQUIRE(masked["blocks"] == counted["blocks"]);
  REQUIRE(masked["traffic"] == counted["traffic"]);
}

}  // namespace vitcod
