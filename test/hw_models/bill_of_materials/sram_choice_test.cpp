// SPDX-License-Identifier: Apache-2.0
#include "hw_models/bill_of_materials/sram_choice.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/base/random.hpp"
#include "test/hw_models/bill_of_materials/area_tables.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test::sram_choice_test {
namespace {

/// Macros that follow a law exactly: area 100 + 2 words + 3 bits + words x bits, in 10^-6 mm2.
MacroSize lawful(std::uint32_t words, std::uint32_t bits) {
  const double value = 100.0 + 2.0 * words + 3.0 * bits + double(words) * bits;
  return {words, bits, value * 1e-6, value, 2 * value, value * 1e-3, ""};
}

AreaConfig lawful_table() {
  AreaConfig config = plain_area_table();
  config.macros = {lawful(16, 16), lawful(64, 16), lawful(16, 64), lawful(256, 128),
                   lawful(512, 32)};
  return config;
}

/// The rows of the table of residuals on the block's page: by macro, in percent.
std::vector<std::vector<double>> printed_residuals() {
  std::ifstream page(source_dir() + "/hw_models/bill_of_materials/README.md");
  std::vector<std::vector<double>> rows;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.find("| residual") == 0) inside = true;
    if (line.empty()) inside = false;
    if (!inside || line.find(" x ") == std::string::npos) continue;
    std::istringstream cells(line);
    std::string cell;
    std::getline(cells, cell, '|');
    std::getline(cells, cell, '|');
    std::vector<double> row;
    while (std::getline(cells, cell, '|')) row.push_back(std::stod(cell));
    rows.push_back(row);
  }
  return rows;
}

MemoryNeed random_need(Random& random) {
  return {1 + random.uniform_below(300000),
          static_cast<std::uint32_t>(1 + random.uniform_below(20)),
          static_cast<std::uint32_t>(1 + random.uniform_below(300)),
          static_cast<std::uint32_t>(1 + random.uniform_below(4))};
}

}  // namespace

TEST_CASE("a fit to macros that follow its law is exact") {
  const AreaConfig config = lawful_table();
  const SramChooser chooser(config);
  CHECK(chooser.area_fit().at(128, 32) ==
        Approx((100.0 + 2 * 128 + 3 * 32 + 128 * 32) * 1e-6).epsilon(1e-9));
  CHECK(chooser.write_fit().coefficients[3] == Approx(2.0).epsilon(1e-9));
  CHECK(chooser.area_margin() == Approx(1.0).epsilon(1e-8));
}

TEST_CASE("a term that would be negative is left out of a fit") {
  AreaConfig config = lawful_table();
  for (MacroSize& macro : config.macros) macro.read_pj = 50.0 + macro.bits - 0.01 * macro.words;
  const SramChooser chooser(config);
  for (const double coefficient : chooser.read_fit().coefficients) CHECK(coefficient >= 0);
  CHECK(chooser.read_fit().coefficients[1] == 0);
  CHECK(chooser.read_fit().coefficients[2] == Approx(1.0).epsilon(0.05));
}

TEST_CASE("sizes that do not determine a fit are wrong input") {
  AreaConfig config = lawful_table();
  config.macros = {lawful(16, 16), lawful(64, 16), lawful(128, 16), lawful(256, 16)};
  CHECK_THROWS_WITH(SramChooser(config),
                    "/macros: expected sizes that differ in words and in bits, and values of like "
                    "magnitude, to fit others");
  config = lawful_table();
  config.macros.front().mm2 *= 1e-9;
  CHECK_THROWS_WITH(SramChooser(config), Catch::Contains("values of like magnitude"));
}

TEST_CASE("the residuals on the page are those of the fits to the shipped macros") {
  const AreaConfig config = shipped_area_table();
  const SramChooser chooser(config);
  const std::vector<std::vector<double>> printed = printed_residuals();
  REQUIRE(printed.size() == config.macros.size());
  const auto check = [&](std::size_t column, const SramFit& fit,
                         const std::function<double(const MacroSize&)>& value) {
    const std::vector<double> residuals = fit.residuals(config.macros, value);
    for (std::size_t i = 0; i < residuals.size(); ++i) {
      CAPTURE(column, i);
      CHECK(std::abs(100 * residuals[i] - printed[i].at(column)) < 0.0501);
    }
  };
  check(0, chooser.area_fit(), [](const MacroSize& macro) { return macro.mm2; });
  check(1, chooser.read_fit(), [](const MacroSize& macro) { return macro.read_pj; });
  check(2, chooser.write_fit(), [](const MacroSize& macro) { return macro.write_pj; });
  check(3, chooser.leakage_fit(), [](const MacroSize& macro) { return macro.leakage_mw; });
}

TEST_CASE("a memory that a macro of the table fits exactly is built of it") {
  const AreaConfig config = shipped_area_table();
  const SramChooser chooser(config);
  // 16 banks of 16 KB and 16 bytes; then two of 32 x 256 side by side.
  BuiltMemory memory = chooser.choose({16U * 16384U, 16, 16, 1});
  CHECK(memory.words == 1024);
  CHECK(memory.bits == 128);
  CHECK(memory.num_macros() == 16);
  CHECK_FALSE(memory.is_fitted);
  CHECK(memory.mm2 == Approx(16 * 0.0276 / 0.9));
  CHECK(memory.leakage_mw == Approx(16 * 0.2033));
  CHECK(memory.built_bytes() == 16U * 16384U);
  memory = chooser.choose({2048, 1, 64, 2});
  CHECK(memory.words == 32);
  CHECK(memory.num_macros() == 2);
  CHECK(memory.mm2 == Approx(2 * 2 * 0.0057 / 0.9));
  CHECK(memory.macros_of(64) == 2);
  CHECK(memory.macros_of(33) == 2);
  CHECK(memory.macros_of(2) == 1);
}

TEST_CASE("a memory never holds less, nor is it narrower, than asked for") {
  const AreaConfig config = shipped_area_table();
  const SramChooser chooser(config);
  Random random(5);
  for (int i = 0; i < 300; ++i) {
    const MemoryNeed need = random_need(random);
    const BuiltMemory memory = chooser.choose(need);
    CAPTURE(need.bytes, need.banks, need.width_bytes, memory.words, memory.bits);
    CHECK(memory.built_bytes() >= need.bytes);
    CHECK(std::uint64_t{memory.side_by_side} * memory.bits >= 8U * need.width_bytes);
    CHECK(std::isfinite(memory.mm2));
  }
}

TEST_CASE("more bytes, width, ports or twice the banks never take less area") {
  const AreaConfig config = shipped_area_table();
  const SramChooser chooser(config);
  Random random(6);
  for (int i = 0; i < 300; ++i) {
    const MemoryNeed need = random_need(random);
    const double mm2 = chooser.choose(need).mm2 * (1 - 1e-12);
    CAPTURE(need.bytes, need.banks, need.width_bytes, need.ports);
    MemoryNeed more = need;
    more.bytes += 1 + random.uniform_below(5000);
    CHECK(chooser.choose(more).mm2 >= mm2);
    more = need;
    more.width_bytes += static_cast<std::uint32_t>(1 + random.uniform_below(40));
    CHECK(chooser.choose(more).mm2 >= mm2);
    more = need;
    more.ports += 1;
    CHECK(chooser.choose(more).mm2 >= mm2);
    more = need;
    more.banks *= 2;
    CHECK(chooser.choose(more).mm2 >= mm2);
  }
}

}  // namespace vitcod::test::sram_choice_test
