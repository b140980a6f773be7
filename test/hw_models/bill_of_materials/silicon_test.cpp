// SPDX-License-Identifier: Apache-2.0
#include "hw_models/bill_of_materials/silicon.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "test/hw_models/bill_of_materials/area_tables.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test::silicon_test {
namespace {

double sum_of(const Json& json) {
  if (json.is_number()) return json.get<double>();
  double sum = 0;
  if (!json.is_object()) return sum;
  for (const auto& [key, value] : json.items()) {
    if (key != "total") sum += sum_of(value);
  }
  return sum;
}

std::string reading_error(const Json& json) {
  try {
    read_config<AreaConfig>(json);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

Json shipped_json() { return read_json_file(source_dir() + "/configs/area/28nm.json"); }

}  // namespace

TEST_CASE("parts are counted in bits and 2:1 multiplexers") {
  PartList parts;
  parts.add_multipliers(3, 8, 8).add_accumulators(2, 32).add_network(4, 5, 16).add_queue(3, 10);
  CHECK(parts.count(PartKind::kMultiplier) == 3 * 64);
  CHECK(parts.count(PartKind::kAdder) == 64);
  CHECK(parts.count(PartKind::kRegister) == 64);
  // 5 destinations of 16 bits with 3 multiplexers a bit; a queue of 3 words with 2 a bit.
  CHECK(parts.count(PartKind::kMultiplexer) == 5 * 16 * 3 + 10 * 2);
  CHECK(parts.count(PartKind::kLatch) == 30);
  parts.add_dividers(2, 33, 9).add_tables(2, 256, 8).add_shifters(2, 8, 4).add_comparators(3, 9);
  CHECK(parts.count(PartKind::kDivider) == 2 * 33 * 9);
  CHECK(parts.count(PartKind::kTable) == 4096);
  CHECK(parts.count(PartKind::kMultiplexer) == 260 + 64);
  CHECK(parts.count(PartKind::kComparator) == 27);
}

TEST_CASE("areas and leakage of a small bill are those counted by hand") {
  BillOfMaterials bill;
  PartList lines;
  lines.add_multipliers(2, 8, 8).add_registers(1, 100);
  bill.add("/lines", lines);
  PartList buffer;
  buffer.memory = MemoryNeed{8192, 1, 16, 2};
  buffer.add_adders(1, 50);
  bill.add("/engine/buffer", buffer);
  const Silicon silicon(bill, plain_area_table());
  // 128 + 100 um2; a macro of 512 x 128 with two ports, and 50 um2.
  CHECK(silicon.blocks()[0].mm2() == Approx(228e-6));
  CHECK(silicon.blocks()[0].leakage_mw == Approx(2 * 228e-6));
  CHECK(silicon.blocks()[1].mm2() == Approx(2 * 0.016 + 50e-6));
  CHECK(silicon.blocks()[1].leakage_mw == Approx(2 * 0.115 + 2 * 50e-6).epsilon(1e-3));
  CHECK(silicon.total_mm2() == Approx(228e-6 + 0.032 + 50e-6));
  CHECK(silicon.memory_bytes() == 8192);
  CHECK(silicon.memory("/lines") == nullptr);
  CHECK(silicon.memory("/engine") == nullptr);
  REQUIRE(silicon.memory("/engine/buffer") != nullptr);
  Json area;
  silicon.write_area(area);
  CHECK(area["lines"].size() == 2);
  CHECK(area["lines"]["multipliers"].get<double>() == Approx(128e-6));
  CHECK(area["lines"]["registers"].get<double>() == Approx(100e-6));
  CHECK(area["engine"]["buffer"]["sram"].get<double>() == Approx(0.032));
  CHECK(sum_of(area) == Approx(area["total"].get<double>()));
  Json memories;
  silicon.write_memories(memories);
  CHECK(memories["bytes"] == 8192);
  CHECK(memories["built_bytes"] == 8192);
  CHECK(memories["memories"][0]["block"] == "/engine/buffer");
  CHECK(memories["memories"][0]["is_fitted"] == false);
}

TEST_CASE("cells with gaps between them take more") {
  BillOfMaterials bill;
  PartList parts;
  bill.add("/a", parts.add_network(2, 1, 100));
  AreaConfig config = plain_area_table();
  for (PartCost& cost : config.logic) cost.utilisation = 0.25;
  CHECK(Silicon(bill, config).total_mm2() == Approx(400e-6));
}

TEST_CASE("a wrong area table says where and what") {
  CHECK(reading_error(shipped_json()) == "no error");
  Json json = shipped_json();
  json["logic"].erase("comparators");
  CHECK(reading_error(json) == "/logic/comparators: required key is missing");
  json = shipped_json();
  json["logic"]["adder"] = json["logic"]["adders"];
  CHECK(reading_error(json).starts_with("/logic/adder: unknown key"));
  json = shipped_json();
  json["logic"]["adders"]["utilisation"] = 0;
  CHECK(reading_error(json).starts_with("/logic/adders/utilisation: "));
  json = shipped_json();
  json["macros"] = Json::array();
  CHECK(reading_error(json).starts_with("/macros: "));
  json = shipped_json();
  json["macros"][1]["mm2"] = 0;
  CHECK(reading_error(json).starts_with("/macros/1/mm2: "));
}

// Relative to 45 nm: 32 nm 0.46, 20 nm 0.21; 40 nm and 28 nm lie between.
TEST_CASE("the shipped areas follow from those published for 40 nm") {
  const double at_40 = 0.46 + (1 - 0.46) * (40 - 32) / (45 - 32);
  const double at_28 = 0.21 + (0.46 - 0.21) * (28 - 20) / (32 - 20);
  const double scale = at_28 / at_40;
  const AreaConfig config = shipped_area_table();
  const auto um2 = [&config](PartKind kind) {
    for (const PartCost& cost : config.logic) {
      if (cost.part == kind) return cost.um2;
    }
    return 0.0;
  };
  const auto is = [](double value) { return Approx(value).epsilon(0.002); };
  CHECK(um2(PartKind::kMultiplier) == is(6350.0 / 1024 * scale));
  CHECK(um2(PartKind::kAdder) == is(278.0 / 32 * scale));
  CHECK(um2(PartKind::kComparator) == is(71.0 / 32 * scale));
  CHECK(um2(PartKind::kRegister) == is(5.98 * scale));
  CHECK(um2(PartKind::kMultiplexer) == is(2 * 0.49));
  CHECK(um2(PartKind::kDivider) == is(um2(PartKind::kAdder) + um2(PartKind::kMultiplexer)));
  CHECK(config.logic_leakage_mw_per_mm2 == is(0.251 * 0.81 / 0.0276));
}

}  // namespace vitcod::test::silicon_test
