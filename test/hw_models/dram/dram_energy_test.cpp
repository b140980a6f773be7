// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_energy.hpp"

#include <catch2/catch.hpp>

#include "test/hw_models/dram/dram_bench.hpp"

namespace vitcod::test::dram_energy_test {
namespace {

DramActivity with(DramCommand command) {
  DramActivity activity;
  activity.commands[index_of(command)] = 1;
  return activity;
}

}  // namespace

// V n (I - I_standby) t by hand: 8 chips at 1.2 V, a clock of 1/1.2 ns.
TEST_CASE("energy per event of a DDR4-2400 channel follows from the currents") {
  const DramConfig config = preset("ddr4-2400");
  constexpr double kPerMaClock = 1.2 * 8 / 1.2;  // pJ per mA and clock
  const auto close = [](double value) { return Approx(value).epsilon(1e-12); };
  CHECK(dram_energy(config, with(DramCommand::kAct)).activate_pj ==
        close(kPerMaClock * (48 * 56 - 43 * 39 - 34 * 17)));
  CHECK(dram_energy(config, with(DramCommand::kRd)).read_pj == close(kPerMaClock * (135 - 43) * 4));
  CHECK(dram_energy(config, with(DramCommand::kWra)).write_pj ==
        close(kPerMaClock * (123 - 43) * 4));
  CHECK(dram_energy(config, with(DramCommand::kRef)).refresh_pj ==
        close(kPerMaClock * (250 - 43) * 420));
}

TEST_CASE("energy agrees with the published figures of the reference") {
  const DramConfig config = preset("ddr4-2400");
  // Reference: ACT+PRE 3.46 nJ, RD 2.94 nJ, WR 2.56 nJ, REF 696 nJ; 413 mW and 326 mW.
  CHECK(dram_energy(config, with(DramCommand::kAct)).total_pj() == Approx(3460).epsilon(0.005));
  CHECK(dram_energy(config, with(DramCommand::kRda)).total_pj() == Approx(2940).epsilon(0.005));
  CHECK(dram_energy(config, with(DramCommand::kWr)).total_pj() == Approx(2560).epsilon(0.005));
  CHECK(dram_energy(config, with(DramCommand::kRef)).total_pj() == Approx(696000).epsilon(0.005));
  DramActivity second;
  second.rank_clocks = config.clock_khz * 1000;
  CHECK(dram_energy(config, second).total_pj() == Approx(326e9).epsilon(0.005));
  second.active_rank_clocks = second.rank_clocks;
  CHECK(dram_energy(config, second).total_pj() == Approx(413e9).epsilon(0.005));
}

TEST_CASE("a replay knows for how long rows were open") {
  DramTrace trace;
  trace.dependent = true;
  trace.entries = {{0, false}};
  const ReplayResult result = replay(preset("ddr4-2400"), trace, {});
  // ACT in clock 0, data until clock 38, nothing closed.
  CHECK(result.clocks == 38);
  CHECK(result.activity.rank_clocks == 38);
  CHECK(result.activity.active_rank_clocks == 38);
}

}  // namespace vitcod::test::dram_energy_test
