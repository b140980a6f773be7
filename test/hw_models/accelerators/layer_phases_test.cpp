// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/layer_phases.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/support/sim_bench.hpp"

namespace vitcod::test::layer_phases_test {
namespace {

std::string written(const LayerPhases& phases, std::size_t layer) {
  Json json;
  phases.write(layer, json);
  return json.dump();
}

}  // namespace

TEST_CASE("each cycle of the leading block belongs to the layer that it worked on") {
  // Layer 0 in cycles 0 to 4, of which 0 and 1 idle; then layer 2, idle from 9 on; 12 cycles.
  for (const RunMode& mode : all_run_modes()) {
    SimBench bench(mode);
    ScriptedBlock leader("leader", bench);
    std::size_t layer = 0;
    const LayerPhases phases(leader, 3, [&layer] { return layer; });
    leader.script = [&](Cycle now) -> Cycle {
      if (now == 5) layer = 2;
      leader.cycles.standing(now >= 2 && now < 9 ? TestActivity::kBusy : TestActivity::kIdle);
      if (now == 11) bench.scheduler.stop();
      return now < 2 ? 2 : (now < 5 ? 5 : (now < 9 ? 9 : (now < 11 ? 11 : kOnLink)));
    };
    bench.run();
    CHECK(written(phases, 0) == R"({"idle":2,"busy":3})");
    CHECK(written(phases, 1) == R"({"idle":0,"busy":0})");
    CHECK(written(phases, 2) == R"({"idle":3,"busy":4})");
    CHECK(phases.total(0) == 5);
    CHECK(phases.total(1) == 0);
    CHECK(phases.total(2) == 7);
  }
}

}  // namespace vitcod::test::layer_phases_test
