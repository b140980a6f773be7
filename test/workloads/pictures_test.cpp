// SPDX-License-Identifier: Apache-2.0
#include "workloads/pictures.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>

#include "sim/base/errors.hpp"
#include "sim/base/svg.hpp"
#include "test/workloads/workload_fixtures.hpp"
#include "workloads/polarization.hpp"
#include "workloads/workload.hpp"

namespace vitcod::pictures_test {
namespace {

using Catch::Contains;

/// The entries that the paths of a picture draw, a map a path, row-major.
std::vector<std::vector<bool>> drawn(const std::string& svg, std::uint32_t queries,
                                     std::uint32_t keys) {
  std::vector<std::vector<bool>> maps;
  const std::regex path("<path d=\"([^\"]*)\"");
  const std::regex run("M(\\d+) (\\d+)\\.5h(\\d+)");
  for (std::sregex_iterator p(svg.begin(), svg.end(), path), end; p != end; ++p) {
    const std::string strokes = (*p)[1];
    auto& map = maps.emplace_back(std::size_t{queries} * keys, false);
    for (std::sregex_iterator r(strokes.begin(), strokes.end(), run); r != end; ++r) {
      const std::size_t first = std::stoul((*r)[1]), row = std::stoul((*r)[2]);
      for (std::size_t i = 0; i < std::stoul((*r)[3]); ++i) map.at(row * keys + first + i) = true;
    }
  }
  return maps;
}

TEST_CASE("A picture draws a map in the model's order and in polarized order") {
  // Column 2 is kept whole, so it comes first; besides (0, 0), (0, 1) and (3, 4).
  KeptMap map(4, 5);
  for (std::uint32_t query = 0; query < 4; ++query) map.set(query, 2, true);
  map.set(0, 0, true);
  map.set(0, 1, true);
  map.set(3, 4, true);
  const PolarizedMap polarized = polarize_heads({map, KeptMap(4, 5)}, 2);
  REQUIRE(polarized.heads[0].num_denser == 1);
  const std::string svg = map_picture(polarized, "a<b");
  CHECK_THAT(svg, Contains("a&lt;b"));
  CHECK_THAT(svg, Contains("head 0: 7 of 20 entries kept") &&
                      Contains("polarized: 1 denser columns with 4 of them") &&
                      Contains("head 1: 0 of 20 entries kept"));
  CHECK_THAT(svg, Contains("M0 0.5h3") && Contains("<rect width=\"1\" height=\"4\" fill="));
  const auto maps = drawn(svg, 4, 5);
  REQUIRE(maps.size() == 4);  // two heads, before and after
  for (std::uint32_t query = 0; query < 4; ++query) {
    for (std::uint32_t key = 0; key < 5; ++key) {
      CHECK(maps[0][query * 5 + key] == map.kept(query, key));
      CHECK(maps[1][query * 5 + key] == map.kept(query, polarized.heads[0].key_order[key]));
    }
  }
  CHECK(std::count(maps[2].begin(), maps[2].end(), true) == 0);
}

TEST_CASE("A map that is too large to draw is refused with its layer") {
  PolarizedMap map;
  map.num_queries = 3;
  map.num_keys = kMaxDrawnTokens + 1;
  CHECK_THROWS_WITH(map_picture(map, "stage0/2"),
                    Contains("the map of layer stage0/2 has 3 x 4097 entries; expected at most "
                             "4096 x 4096 to draw"));
  CHECK_THROWS_AS(map_picture(map, "stage0/2"), InputError);
}

TEST_CASE("A trace has a picture a map, and one of its tokens where some are dropped") {
  const Json specification = {{"model", "deit-tiny"},
                              {"scope", "attention"},
                              {"layers", {0, 1, 2}},
                              {"maps", {{"kind", "generated"}, {"sparsity", 0.9}, {"seed", 1}}},
                              {"polarization", {{"theta_d_fraction", 0.5}}}};
  const auto all = workload_pictures(make_trace(specification, {}));
  REQUIRE(all.size() == 3);
  CHECK(all[0].file_name == "map00-layer0.svg");
  CHECK(all[2].file_name == "map02-layer2.svg");
  Json dropping = specification;
  dropping["tokens"] = {
      {"kind", "dynamicvit"}, {"boundaries", {1}}, {"keep_ratio", 0.7}, {"seed", 1}};
  const Trace trace = make_trace(dropping, {});
  const auto pictures = workload_pictures(trace);
  REQUIRE(pictures.size() == 4);
  CHECK(pictures[3].file_name == "tokens.svg");
  CHECK_THAT(pictures[3].svg, Contains("deit-tiny: tokens by layer") && Contains(">197<") &&
                                  Contains(">138<") && Contains("layer2"));
  // Heights in proportion: 240 pixels for 197 tokens.
  CHECK_THAT(pictures[3].svg, Contains("height=\"240.0\"") && Contains("height=\"168.1\""));
}

TEST_CASE("Names of layers become names of files that stay in the folder") {
  Trace trace;
  trace.layers = {{"../a b/c"}};
  trace.maps = {polarize_heads({KeptMap(2, 2, true)}, 1)};
  trace.operations = {{"spmm", 0, Spmm{MapId{0}, 8}, {}, {}}};
  CHECK(workload_pictures(trace).at(0).file_name == "map00----a-b-c.svg");
  CHECK(svg_escaped("<a & \"b\">") == "&lt;a &amp; &quot;b&quot;>");
}

}  // namespace
}  // namespace vitcod::pictures_test
