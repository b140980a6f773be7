// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/pareto.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "sim/base/random.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"
#include "test/driver/sweep/sweep_fixtures.hpp"

namespace vitcod::test::pareto_test {
namespace {

using Points = std::vector<std::vector<double>>;

/// By definition: no other point is at most as large everywhere and different.
std::set<std::uint64_t> front_by_pairs(const Points& points) {
  std::set<std::uint64_t> front;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool is_dominated = std::any_of(points.begin(), points.end(), [&](const auto& other) {
      return other != points[i] && std::equal(other.begin(), other.end(), points[i].begin(),
                                              [](double a, double b) { return a <= b; });
    });
    if (!is_dominated) front.insert(i);
  }
  return front;
}

std::set<std::uint64_t> front_of(const Points& points) {
  ParetoFront front;
  for (std::size_t i = 0; i < points.size(); ++i) front.offer(i, {"", points[i]});
  std::set<std::uint64_t> ids;
  for (const ParetoFront::Member& member : front.members()) ids.insert(member.id);
  return ids;
}

}  // namespace

TEST_CASE("the front of a stream is the front of all pairs, for any number of objectives") {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    const std::uint64_t num_objectives = 1 + random.uniform_below(4);
    Points points(1 + random.uniform_below(60));
    for (auto& point : points) {
      // Few different numbers, so that there are ties.
      for (std::uint64_t i = 0; i < num_objectives; ++i) {
        point.push_back(double(random.uniform_below(6)) - 3);
      }
    }
    REQUIRE(front_of(points) == front_by_pairs(points));
  }
}

TEST_CASE("equal points stay on the front together") {
  CHECK(front_of({{1, 2}, {2, 1}, {1, 2}, {1, 3}}) == std::set<std::uint64_t>{0, 1, 2});
}

TEST_CASE("points of different groups are not compared") {
  ParetoFront front;
  front.offer(0, {"tiny", {1, 1}});
  front.offer(1, {"base", {9, 9}});
  front.offer(2, {"base", {9, 8}});
  front.offer(3, {"tiny", {2, 2}});
  REQUIRE(front.members().size() == 2);
  CHECK(front.members()[0].id == 0);
  CHECK(front.members()[1].id == 2);
}

TEST_CASE("a point's group is its values of the columns that there is a front for each of") {
  const SweepConfig config = sweep(R"("axes": [)" + axis("model", R"("values": ["a", "b"])") + "," +
                                   axis("lines", R"("values": [1, 2])") + "," +
                                   axis("sparsity", R"("values": [0.5, 0.9])") + R"(],
      "objectives": [{"figure": "lines", "goal": "minimize"}],
      "front_per": ["model", "sparsity"])");
  const ScoreReader scores(config);
  const auto group = [&](const char* model, int lines, double sparsity) {
    SweepPoint point;
    point.coordinates = {model, lines, sparsity};
    return scores.read(point, Json()).group;
  };
  CHECK(group("a", 1, 0.5) == group("a", 2, 0.5));
  CHECK(group("a", 1, 0.5) != group("b", 1, 0.5));
  CHECK(group("a", 1, 0.5) != group("a", 1, 0.9));
}

TEST_CASE("objectives come from results, figures and coordinates, turned so that less is better") {
  const SweepConfig config = sweep(R"("axes": [)" + axis("lines", R"("values": [8])") + R"(],
      "derived": [{"name": "area", "expression": "lines * 3"}],
      "figures": {"hits": "/dram/hits"},
      "objectives": [{"figure": "/cycles/total", "goal": "minimize"},
                     {"figure": "hits", "goal": "maximize"},
                     {"figure": "area", "goal": "minimize"},
                     {"figure": "lines", "goal": "maximize"},
                     {"figure": "dram_energy_pj", "goal": "minimize"},
                     {"figure": "mac_utilization", "goal": "maximize"}])");
  SweepPoint point;
  point.coordinates = {8, 24};
  Json result = Json::parse(R"({"cycles": {"total": 7}, "dram": {"hits": 5},
      "energy_pj": {"dram": {"read": 1.5, "write": 2, "source": "table"}},
      "utilization": {"done": 0.5}})");
  const ScoreReader scores(config);
  CHECK(scores.read(point, result).objectives == std::vector<double>{7, -5, 24, -8, 3.5, -0.5});
  result["dram"]["hits"] = "many";
  CHECK_THROWS_WITH(scores.read(point, result),
                    "sweep.json: /objectives/1/figure: expected a number at /dram/hits, found "
                    "\"many\"");
}

TEST_CASE("a point whose result lacks a figure is worse than any that has it, and keeps no bound") {
  const SweepConfig config = sweep(R"("axes": [)" + axis("lines", R"("values": [8])") + R"(],
      "objectives": [{"figure": "/blocks/dram7/busy", "goal": "maximize"}],
      "bounds": [{"figure": "/area_mm2/total", "at_most": 4}])");
  SweepPoint point;
  point.coordinates = {8};
  const ScoreReader scores(config);
  const auto score = [&](const char* result) { return scores.read(point, Json::parse(result)); };
  const Score whole = score(R"({"blocks": {"dram7": {"busy": 1}}, "area_mm2": {"total": 400}})");
  CHECK(std::isfinite(whole.excess));
  for (const char* lacking : {R"({"area_mm2": {"total": 1}})", "{}",
                              R"({"blocks": {"dram7": {"busy": 9}}, "area_mm2": {}})"}) {
    INFO(lacking);
    CHECK(std::isinf(score(lacking).excess));
    CHECK(whole.dominates(score(lacking)));
    CHECK_FALSE(score(lacking).dominates(whole));
  }
}

TEST_CASE("beyond the bounds less excess is better, and anything within is better than that") {
  const SweepConfig config = sweep(R"("axes": [)" + axis("lines", R"("values": [8])") + R"(],
      "objectives": [{"figure": "cycles", "goal": "minimize"}],
      "bounds": [{"figure": "/area_mm2/total", "at_most": 4},
                 {"figure": "/power_mw/on_chip", "at_least": 10, "at_most": 100}])");
  SweepPoint point;
  point.coordinates = {8};
  const ScoreReader scores(config);
  const auto score = [&](int cycles, double mm2, double mw) {
    return scores.read(point, Json({{"cycles", {{"total", cycles}}},
                                    {"area_mm2", {{"total", mm2}}},
                                    {"power_mw", {{"on_chip", mw}}}}));
  };
  CHECK(score(9, 4, 100).excess == 0);
  CHECK(score(9, 4, 10).excess == 0);
  // A quarter of 4, a half of 100, a fifth of 10.
  CHECK(score(9, 5, 50).excess == Approx(0.25));
  CHECK(score(9, 5, 150).excess == Approx(0.75));
  CHECK(score(9, 4, 8).excess == Approx(0.2));
  CHECK(score(9, 4, 50).dominates(score(1, 5, 50)));
  CHECK_FALSE(score(1, 5, 50).dominates(score(9, 4, 50)));
  CHECK(score(9, 5, 50).dominates(score(1, 5, 150)));
  CHECK(score(1, 5, 50).dominates(score(9, 5, 50)));
}

TEST_CASE("a figure that is an object is the sum of its numbers at any depth") {
  const Json result = {{"area", {{"a", 1.5}, {"b", {{"c", 2}, {"text", "x"}}}}}};
  CHECK(figure_value({"area", "/area"}, result) == 3.5);
}

}  // namespace vitcod::test::pareto_test
