// SPDX-License-Identifier: Apache-2.0
#include "workloads/info.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/workloads/workload_fixtures.hpp"
#include "workloads/map_files.hpp"
#include "workloads/polarization.hpp"
#include "workloads/workload.hpp"

namespace vitcod::info_test {
namespace {

/// Two heads on 4 queries and 3 keys, theta_d 2. Head 0 keeps column 1 whole and (0, 0); head 1
/// keeps (3, 2) alone.
Trace two_heads() {
  KeptMap first(4, 3), second(4, 3);
  for (std::uint32_t query = 0; query < 4; ++query) first.set(query, 1, true);
  first.set(0, 0, true);
  second.set(3, 2, true);
  Trace trace;
  trace.name = "two heads";
  trace.layers = {{"only"}};
  trace.maps = {polarize_heads({KeptMap(9, 9)}, 2), polarize_heads({first, second}, 2)};
  trace.operations = {{"only/softmax", 0, RowNormalise{MapId{1}}, {}, {}},
                      {"only/spmm", 0, Spmm{MapId{1}, 8}, {}, {}}};
  return trace;
}

TEST_CASE("The figures of a small map are those counted by hand") {
  const auto maps = map_infos(two_heads());
  REQUIRE(maps.size() == 1);  // used twice, listed once; the unused map not at all
  const MapInfo& map = maps[0];
  CHECK(map.layer == "only");
  CHECK(map.nnz == 6);
  CHECK(map.head_imbalance == Approx(5.0 / 3.0));
  const HeadInfo& first = map.heads[0];
  CHECK(first.nnz == 5);
  CHECK(first.density == Approx(5.0 / 12.0));
  CHECK(first.num_denser == 1);
  CHECK(first.denser_nnz == 4);
  CHECK(first.denser_fill == 1.0);
  CHECK(first.rows.min == 1);
  CHECK(first.rows.median == 1.0);
  CHECK(first.rows.max == 2);
  CHECK(first.columns.min == 0);
  CHECK(first.columns.median == 1.0);
  CHECK(first.columns.max == 4);
  const HeadInfo& second = map.heads[1];
  CHECK(second.num_denser == 0);
  CHECK(second.denser_fill == 0.0);
  CHECK(second.rows.median == 0.0);
}

TEST_CASE("The median of an even number of counts is the mean of the middle two") {
  Trace trace = two_heads();
  KeptMap map(2, 3);
  map.set(0, 0, true);
  map.set(0, 1, true);
  map.set(1, 0, true);
  trace.maps[1] = polarize_heads({map}, 5);
  CHECK(map_infos(trace)[0].heads[0].rows.median == 1.5);
}

TEST_CASE("The table has a line a head, a line a layer, and totals") {
  const std::string expected =
      "two heads: 1 layers, 2 operations, 0 tensors, 1 attention maps\n"
      "\n"
      "                      kept           denser              kept a row       kept a column  \n"
      "layer        head  entries  density columns    fill    min median  max    min median  max\n"
      "only            0        5   41.67%       1  100.0%      1      1    2      0      1    4\n"
      "only            1        1    8.33%       0       -      0      0    1      0      0    1\n"
      "only          all        6   25.00%   4 x 3 entries a head, max/mean head 1.67\n"
      "\n"
      "2 heads: 6 of 24 entries kept (25.00%), sparsity 75.00%\n"
      "denser columns: 1 of 6 (16.67%), with 66.7% of the kept entries\n"
      "computed entries, denser blocks in full: 6 (25.00%)\n";
  CHECK(workload_info(two_heads()) == expected);
}

TEST_CASE("The JSON form has the same figures") {
  const Json json = workload_info_json(two_heads());
  CHECK(json["layers"][0]["name"] == "only");
  CHECK(json["layers"][0]["heads"][0]["denser_columns"] == 1);
  CHECK(json["layers"][0]["heads"][1]["rows"]["max"] == 1);
  CHECK(json["totals"]["nnz"] == 6);
  CHECK(json["totals"]["computed_entries"] == 6);
}

TEST_CASE("An empty map has figures and no division by zero") {
  Trace trace = two_heads();
  trace.maps[1] = polarize_heads({KeptMap(4, 3)}, 2);
  const auto maps = map_infos(trace);
  CHECK(maps[0].head_imbalance == 0.0);
  CHECK(workload_info_json(trace)["totals"]["density"] == 0.0);
}

TEST_CASE("The published mask's figures are those of the survey") {
  const auto file = test::real_file("Figures of the published mask", "deit-tiny/mask_95.npy");
  if (!file) return;
  const Json specification = {{"model", "deit-tiny"},
                              {"scope", "attention"},
                              {"maps", {{"kind", "masks"}, {"files", {file->string()}}}},
                              {"polarization", {{"theta_d", 50}}}};
  const auto maps = map_infos(make_trace(specification, "."));
  // vitcod.md 3.3, and seed-systems.md 7.4.
  const std::uint64_t nnz[12] = {8176, 2713, 9672, 6203, 5414, 5396,
                                 4715, 3019, 2329, 3901, 7539, 15322};
  const double imbalance[12] = {1.42, 1.48, 2.40, 2.07, 1.14, 2.00,
                                1.84, 1.74, 1.40, 1.56, 1.24, 1.14};
  REQUIRE(maps.size() == 12);
  for (std::size_t layer = 0; layer < 12; ++layer) {
    CHECK(maps[layer].nnz == nnz[layer]);
    CHECK(maps[layer].head_imbalance == Approx(imbalance[layer]).margin(5e-3));
  }
  CHECK(maps[2].heads[0].num_denser == 70);
  CHECK(maps[2].heads[0].density == Approx(0.200).margin(5e-4));
}

}  // namespace
}  // namespace vitcod::info_test
