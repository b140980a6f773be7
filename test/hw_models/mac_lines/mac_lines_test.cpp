// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <vector>

#include "hw_models/mac_lines/dot_product.hpp"
#include "hw_models/mac_lines/line_statistics.hpp"
#include "hw_models/mac_lines/row_groups.hpp"
#include "test/support/sim_bench.hpp"

namespace vitcod::mac_lines_test {
namespace {

constexpr std::uint32_t kNoLimit = 1000;

MacLinesConfig lines_of(std::uint32_t macs) {
  MacLinesConfig config;
  config.macs_per_line = macs;
  return config;
}

std::vector<std::uint32_t> shape(const RowGroups& groups) {
  return {groups.num_groups, groups.lines_per_group, groups.cycles_per_entry};
}

}  // namespace

TEST_CASE("a dot product takes a pass for each macs_per_line features") {
  CHECK(line_passes(1, lines_of(8)) == 1);
  CHECK(line_passes(8, lines_of(8)) == 1);
  CHECK(line_passes(9, lines_of(8)) == 2);
  CHECK(line_passes(64, lines_of(8)) == 8);
  CHECK(line_passes(65, lines_of(8)) == 9);
  CHECK(line_passes(64, lines_of(64)) == 1);
}

TEST_CASE("lines form groups that hold a row, one feature a MAC") {
  using Shape = std::vector<std::uint32_t>;  // groups, lines a group, cycles an entry
  // 64 features on 8 MACs: 8 slices.
  CHECK(shape(form_row_groups(64, 64, lines_of(8), kNoLimit)) == Shape{8, 8, 1});
  CHECK(shape(form_row_groups(63, 64, lines_of(8), kNoLimit)) == Shape{7, 8, 1});
  CHECK(shape(form_row_groups(8, 64, lines_of(8), kNoLimit)) == Shape{1, 8, 1});
  // Fewer lines than slices: one group, several cycles an entry.
  CHECK(shape(form_row_groups(7, 64, lines_of(8), kNoLimit)) == Shape{1, 7, 2});
  CHECK(shape(form_row_groups(4, 64, lines_of(8), kNoLimit)) == Shape{1, 4, 2});
  CHECK(shape(form_row_groups(3, 64, lines_of(8), kNoLimit)) == Shape{1, 3, 3});
  CHECK(shape(form_row_groups(1, 64, lines_of(8), kNoLimit)) == Shape{1, 1, 8});
  // 12 features: two slices, the second half used.
  CHECK(shape(form_row_groups(7, 12, lines_of(8), kNoLimit)) == Shape{3, 2, 1});
  // No more groups than rows that can be held apart.
  CHECK(shape(form_row_groups(64, 64, lines_of(8), 3)) == Shape{3, 8, 1});
  CHECK(shape(form_row_groups(7, 64, lines_of(8), 1)) == Shape{1, 7, 2});
}

TEST_CASE("a line accumulates int8 products exactly") {
  const std::vector<std::int8_t> a = {1, -2, 127, -128};
  const std::vector<std::int8_t> b = {3, 5, -128, -128};
  CHECK(dot_product(a.data(), b.data(), 4) == 3 - 10 - 16256 + 16384);
  CHECK(dot_product(a.data(), b.data(), 0) == 0);
  // 2^17 - 1 of the largest products still fit.
  const std::vector<std::int8_t> low(131071, -128);
  CHECK(dot_product(low.data(), low.data(), 131071) == 131071 * 16384);
}

TEST_CASE("a weight multiplies a whole V row") {
  std::vector<std::int32_t> sum = {10, -20, 0};
  const std::vector<std::int8_t> row = {1, -128, 127};
  accumulate(sum.data(), 255, row.data(), 3);
  CHECK(sum == std::vector<std::int32_t>{265, -32660, 32385});
  accumulate(sum.data(), 0, row.data(), 3);
  CHECK(sum == std::vector<std::int32_t>{265, -32660, 32385});
}

TEST_CASE("how many lines multiply is counted cycle by cycle, in eighths of all lines") {
  test::SimBench bench;
  LineStatistics lines("lines", bench.clock, 12, bench.stats);
  // 3 lines in 0-7, 6 more in 2-9: 3, 9, 6; then all in 10-11, none, and one in 14.
  lines.multiply(0, 3, 8);
  lines.multiply(2, 5, 8);
  lines.multiply(2, 1, 8);
  lines.multiply(10, 12, 2);
  lines.multiply(14, 1, 1);
  lines.finish(16);
  Json json;
  bench.stats.write(json);
  CHECK(json["lines"]["cycles"] ==
        Json::parse(R"({"none": 3, "to_1_8": 1, "to_2_8": 2, "to_3_8": 0, "to_4_8": 2, "to_5_8": 0,
                        "to_6_8": 6, "to_7_8": 0, "to_8_8": 2})"));
  CHECK(lines.busy.value() == 3 * 8 + 6 * 8 + 12 * 2 + 1);
  lines.multiply(16, 12, 4);
  CHECK_THROWS_WITH(lines.multiply(19, 1, 4), "more lines multiply than there are");
}

}  // namespace vitcod::mac_lines_test
