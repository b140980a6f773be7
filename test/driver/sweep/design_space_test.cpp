// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/design_space.hpp"

#include <malloc.h>

#include <catch2/catch.hpp>

#include "sim/base/random.hpp"
#include "sim/driver/sweep/sampling.hpp"
#include "test/driver/sweep/sweep_fixtures.hpp"

namespace vitcod::test::design_space_test {
namespace {

std::string settings_text(const SweepPoint& point) {
  std::string text;
  for (const Setting& setting : point.settings) {
    text += setting.pointer + "=" + setting.value.dump() + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("the grid is that of nested loops, with the first axis outermost") {
  const SweepConfig config =
      sweep(R"("axes": [)" + axis("a", R"("values": [1, 2, 3])") + R"(, {"zip": [)" +
            axis("b", R"("values": [5, 7])") + "," + axis("c", R"("values": ["x", "y"])") +
            R"(]}, {"name": "m", "variants":
        {"base": {}, "big": {"/machine/p": null, "/workload/q": {"r": 1}}}}],
        "derived": [{"name": "d", "expression": "a * b", "pointer": "/machine/d"},
                    {"name": "e", "expression": "d / 2"}],
        "constraints": ["d != 10", "m == 'base' || c == 'y'"])");
  const DesignSpace space(config);
  REQUIRE(space.size() == 3U * 2U * 2U);
  std::uint64_t index = 0;
  for (int a = 1; a <= 3; ++a) {
    for (const int b : {5, 7}) {
      for (const std::string m : {"base", "big"}) {
        CAPTURE(a, b, m);
        const auto point = space.point(index);
        const std::string c = b == 5 ? "x" : "y";
        const bool is_kept = a * b != 10 && (m == "base" || b == 7);
        REQUIRE(point.has_value() == is_kept);
        if (point) {
          CHECK(point->index == index);
          const Json half = a * b % 2 == 0 ? Json(a * b / 2) : Json(a * b / 2.0);
          CHECK(point->coordinates == std::vector<Json>{a, b, c, m, a * b, half});
          std::string settings = "/machine/a=" + std::to_string(a) +
                                 " /machine/b=" + std::to_string(b) + " /machine/c=\"" + c + "\" ";
          if (m == "big") settings += R"(/machine/p=null /workload/q={"r":1} )";
          CHECK(settings_text(*point) == settings + "/machine/d=" + std::to_string(a * b) + " ");
        }
        ++index;
      }
    }
  }
  CHECK(count_points(config).num_points == all_points(*make_point_source(config)).size());
}

TEST_CASE("positions count like an odometer, and lead back to the index") {
  Random random(1);
  for (int round = 0; round < 50; ++round) {
    std::string axes;
    std::vector<std::uint64_t> sizes;
    for (std::uint64_t i = 0; i <= random.uniform_below(5); ++i) {
      sizes.push_back(1 + random.uniform_below(4));
      axes += (i == 0 ? "" : ",") +
              axis("x" + std::to_string(i), R"("range": {"from": 1, "step": 1, "to": )" +
                                                std::to_string(sizes.back()) + "}");
    }
    const DesignSpace space(sweep(R"("axes": [)" + axes + "]"));
    std::vector<std::uint64_t> odometer(sizes.size(), 0);
    for (std::uint64_t index = 0; index < space.size(); ++index) {
      REQUIRE(space.positions(index) == odometer);
      REQUIRE(space.grid_index(odometer) == index);
      for (std::size_t i = sizes.size(); i-- > 0;) {
        if (++odometer[i] < sizes[i]) break;
        odometer[i] = 0;
      }
    }
    REQUIRE(odometer == std::vector<std::uint64_t>(sizes.size(), 0));
  }
}

TEST_CASE(
    "a value that is not finite is an error naming the point, unless a constraint excludes it") {
  const std::string axes = R"("axes": [)" + axis("a", R"("values": [1, 2])") + "," +
                           axis("b", R"("values": ["p", "q"])") + R"(],
      "derived": [{"name": "d", "expression": "(a - 2) ^ -1"}])";
  const DesignSpace space(sweep(axes));
  CHECK(space.point(0).has_value());
  CHECK_THROWS_WITH(space.point(3),
                    "sweep.json: /derived/0/expression: \"(a - 2) ^ -1\" is not a finite number "
                    "where a = 2, b = \"q\", d = null");
  const DesignSpace excluded(sweep(axes + R"(, "constraints": ["a != 2"])"));
  CHECK(excluded.point(0).has_value());
  CHECK_FALSE(excluded.point(3).has_value());
  const DesignSpace undecided(sweep(axes + R"(, "constraints": ["a != 2", "(a - 1) ^ -1"])"));
  CHECK_THROWS_WITH(undecided.point(0), Catch::Contains("/constraints/1"));
}

TEST_CASE("a whole derived value is an integer, another a fraction") {
  const DesignSpace space(sweep(R"("axes": [], "derived": [
      {"name": "a", "expression": "2 ^ 53"}, {"name": "b", "expression": "0.5"},
      {"name": "c", "expression": "-3 * 1.0"}, {"name": "d", "expression": "1e300"}])"));
  const auto point = space.point(0);
  REQUIRE(point.has_value());
  CHECK(Json(point->coordinates).dump() == "[9007199254740992,0.5,-3,1e+300]");
}

TEST_CASE("a grid of a billion points starts at once and its points take no memory") {
  std::string axes;
  for (int i = 0; i < 9; ++i) {
    axes += (i == 0 ? "" : ",") +
            axis("x" + std::to_string(i), R"("range": {"from": 0, "to": 9, "step": 1})");
  }
  const std::string kinds[] = {
      R"("sampling": {"kind": "grid"})",

      R"("sampling": {"kind": "random", "count": 900000000, "seed": 1})",
      R"("sampling": {"kind": "latin_hypercube", "count": 1000000000, "seed": 1})"};
  for (const std::string& sampling : kinds) {
    INFO(sampling);
    const std::size_t before = ::mallinfo2().uordblks;
    std::string text = R"("axes": [)" + axes;
    text += R"(], "constraints": ["x8 != 3"], )";
    const SweepConfig config = sweep(text += sampling);
    const PointCount count = count_points(config);
    CHECK_FALSE(count.is_exact);
    CHECK(count.num_points >= 900'000'000);
    const auto points = make_point_source(config);
    for (int i = 0; i < 50'000; ++i) REQUIRE(points->next().has_value());
    CHECK(::mallinfo2().uordblks - before < 200'000);
  }
}

}  // namespace vitcod::test::design_space_test
