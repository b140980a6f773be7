// SPDX-License-Identifier: Apache-2.0
#include "hw_models/energy/clock_account.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "test/hw_models/bill_of_materials/area_tables.hpp"

namespace vitcod::test::clock_account_test {
namespace {

enum class Activity { kIdle, kBusy };
enum class Phase { kFirst, kSecond };

/// Three blocks after 100 cycles: one that is busy in 70 of them, one whose account knows no idle
/// cycles, and one that is busy in `engine_busy`, with a part that has no account.
struct Blocks {
  explicit Blocks(Cycle engine_busy = 60) {
    decoder_cycles.pass(Activity::kBusy, 0, 70);
    decoder_cycles.pass(Activity::kIdle, 70, kCycles);
    controller_cycles.pass(Phase::kFirst, 0, kCycles);
    engine_cycles.pass(Activity::kBusy, 0, engine_busy);
    engine_cycles.pass(Activity::kIdle, engine_busy, kCycles);
  }

  static constexpr Cycle kCycles = 100;
  StatGroup all{"blocks"};
  StatGroup decoder{all, "decoder"};
  CycleBreakdown<Activity, 2> decoder_cycles{decoder, {"idle", "busy"}};
  StatGroup controller{all, "controller"};
  CycleBreakdown<Phase, 2> controller_cycles{controller, {"first", "second"}};
  StatGroup engine{all, "engine"};
  CycleBreakdown<Activity, 2> engine_cycles{engine, {"idle", "busy"}};
  StatGroup table{engine, "table"};
};

/// Of 4 lines, that multiply in 240 of 400 line-cycles.
constexpr LineActivity kLines{400, 100, 60};

BillOfMaterials small_bill() {
  BillOfMaterials bill;
  bill.add("/decoder",
           PartList{}.add_registers(2, 32).add_gated_registers(1, 10).add_latches(1, 6));
  bill.add("/controller", PartList{}.add_registers(1, 32));
  bill.add("/engine/table", PartList{}.add_registers(1, 33));
  bill.add("/mac_lines", PartList{}.add_registers(4, 32), kLinesAccount);
  return bill;
}

/// 2 pJ a bit, half a pJ if it is gated; a gate for 32 bits.
ClockAccount account(const Blocks& blocks, std::optional<GatingLevel> level) {
  std::optional<ClockGatingConfig> gating;
  if (level) gating = ClockGatingConfig{*level, 32};
  return {ClockConfig{2, 0.25, "a test"}, gating, blocks.all};
}

/// Of each block of the small bill, pJ.
std::vector<double> energies(const Blocks& blocks, std::optional<GatingLevel> level) {
  const ClockAccount clock = account(blocks, level);
  const Silicon silicon(clock.with_gates(small_bill()), plain_area_table());
  std::vector<double> energies;
  for (const Silicon::Block& block : silicon.blocks()) {
    energies.push_back(clock.energy_pj(block, kLines, Blocks::kCycles));
  }
  return energies;
}

double area_mm2(std::optional<GatingLevel> level) {
  const Blocks blocks;
  return Silicon(account(blocks, level).with_gates(small_bill()), plain_area_table()).total_mm2();
}

std::string reading_error(const char* text) {
  try {
    read_config<ClockGatingConfig>(Json::parse(text));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("without gates all registers are clocked in every cycle") {
  // 64 bits and a quarter of 16 gated ones, 32, 33 and 128 bits, 2 pJ each, in 100 cycles.
  const std::vector<double> expected = {13600, 6400, 6600, 25600};
  CHECK(energies(Blocks(), std::nullopt) == expected);
  CHECK(energies(Blocks(), GatingLevel::kNone) == expected);
}

TEST_CASE("with gates a bit costs the tree alone in cycles in which its block is idle") {
  // Decoder: 64 bits in 70 cycles and a quarter of 30, two gates, a quarter of 16 bits in 100.
  // Controller: no cycle is idle. Table: the engine's 60 cycles and a quarter of 40, for 33 bits
  // two gates. Lines: in a unit's work in three quarters of the time; four gates.
  CHECK(energies(Blocks(), GatingLevel::kBlock) ==
        std::vector<double>{2 * (64 * 77.5 + 200 + 400), 2 * 3200, 2 * (33 * 70 + 200),
                            2 * (128 * (75 + 6.25) + 400)});
}

TEST_CASE("lines that wait are gated one by one") {
  // Multiplying in 60 cycles on average.
  const std::vector<double> blocks = energies(Blocks(), GatingLevel::kBlock);
  const std::vector<double> lines = energies(Blocks(), GatingLevel::kLine);
  CHECK(std::vector(lines.begin(), lines.end() - 1) ==
        std::vector(blocks.begin(), blocks.end() - 1));
  CHECK(lines.back() == 2 * (128 * (60 + 10) + 400));
}

TEST_CASE("where all is idle but one block, the others cost the tree and their gates") {
  const std::vector<double> busy = energies(Blocks(100), GatingLevel::kLine);
  const std::vector<double> idle = energies(Blocks(0), GatingLevel::kLine);
  CHECK(busy[2] == 2 * (3300 + 200));
  CHECK(idle[2] == 2 * (3300 * 0.25 + 200));
}

TEST_CASE("a gate for so many bits of each block that is gated takes area") {
  // 64, 33 and 128 bits: 2, 2 and 4 gates of 1 um2; the controller has none.
  CHECK(area_mm2(GatingLevel::kNone) == area_mm2(std::nullopt));
  CHECK(area_mm2(GatingLevel::kBlock) - area_mm2(GatingLevel::kNone) == Approx(8e-6));
  CHECK(area_mm2(GatingLevel::kLine) == area_mm2(GatingLevel::kBlock));
}

TEST_CASE("gates, registers and the share of cycles that these are clocked in are reported") {
  const Blocks blocks;
  const ClockAccount clock = account(blocks, GatingLevel::kLine);
  const Silicon silicon(clock.with_gates(small_bill()), plain_area_table());
  Json result;
  clock.write(silicon, kLines, Blocks::kCycles, result);
  CHECK(result["clock_gating"]["gates"] == 8);
  CHECK(result["clock_gating"]["register_bits"] == 64 + 32 + 33 + 128);
  CHECK(result["clock_gating"]["clocked"].get<double>() ==
        Approx((64 * 70 + 32 * 100 + 33 * 60 + 128 * 60) / 25700.0));
  Json without;
  account(blocks, std::nullopt).write(silicon, kLines, Blocks::kCycles, without);
  CHECK(without.is_null());
}

TEST_CASE("levels have names, and a gate has a bit at least") {
  CHECK(reading_error(R"({"level": "block", "bits_per_gate": 1})") == "no error");
  CHECK_THAT(reading_error(R"({"level": "blocks", "bits_per_gate": 32})"),
             Catch::Equals(R"(/level: expected one of ["none", "block", "line"], found "blocks")"));
  CHECK_THAT(reading_error(R"({"level": "line", "bits_per_gate": 0})"),
             Catch::Equals("/bits_per_gate: 0 is out of range [1, 1048576]"));
}

}  // namespace vitcod::test::clock_account_test
