// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sampling.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "sim/driver/sweep/index_permutation.hpp"
#include "test/driver/sweep/sweep_fixtures.hpp"

namespace vitcod::test::sampling_test {
namespace {

std::string numbers(const std::string& name, int num) {
  return axis(name, R"("range": {"from": 0, "step": 1, "to": )" + std::to_string(num - 1) + "}");
}

std::string sampling(const std::string& kind, int count, int seed) {
  return R"("sampling": {"kind": ")" + kind + R"(", "count": )" + std::to_string(count) +
         R"(, "seed": )" + std::to_string(seed) + "}";
}

std::vector<SweepPoint> points_of(const std::string& text) {
  return all_points(*make_point_source(sweep(text)));
}

std::string coordinates_text(const std::vector<SweepPoint>& points) {
  std::string text;
  for (const SweepPoint& point : points) {
    text += std::to_string(point.index) + Json(point.coordinates).dump() + " ";
  }
  return text;
}

std::string grid_of(int a, int b) {
  return R"("axes": [)" + numbers("a", a) + "," + numbers("b", b) + "],";
}

const std::string kGrid = grid_of(20, 30);
const std::string kConstrained = kGrid + R"("constraints": ["(a + b) % 2 == 0"],)";

}  // namespace

TEST_CASE("a computed order has each number once") {
  for (const std::uint64_t size : {1U, 2U, 3U, 7U, 1023U, 1024U, 1025U, 5000U}) {
    const IndexPermutation order(size, 1, "test");
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < size; ++i) seen.insert(order.at(i));
    CHECK(seen.size() == size);
    CHECK(*seen.rbegin() == size - 1);
  }
}

TEST_CASE("all orders of four numbers come up equally often over the seeds") {
  std::map<std::vector<std::uint64_t>, int> counts;
  constexpr int kNumSeeds = 24 * 200;
  for (int seed = 0; seed < kNumSeeds; ++seed) {
    const IndexPermutation order(4, std::uint64_t(seed), "test");
    ++counts[{order.at(0), order.at(1), order.at(2), order.at(3)}];
  }
  REQUIRE(counts.size() == 24);
  // 200 each, with a standard deviation of sqrt(4800 * 1/24 * 23/24) = 13.8.
  for (const auto& [order, count] : counts) CHECK(std::abs(count - 200) < 5 * 13.8);
}

TEST_CASE("an order of many numbers spreads its first ones over all of them") {
  const std::uint64_t size = std::uint64_t{1} << 62;
  const IndexPermutation order(size, 7, "test");
  int counts[16] = {};
  for (std::uint64_t i = 0; i < 16'000; ++i) {
    const std::uint64_t number = order.at(i);
    REQUIRE(number < size);
    ++counts[number >> 58];
  }
  // 1000 each, with a standard deviation of sqrt(16000 * 1/16 * 15/16) = 30.6.
  for (const int count : counts) CHECK(std::abs(count - 1000) < 5 * 31);
}

TEST_CASE("random points are different, numbered in the order of drawing, and as many as asked") {
  const auto points = points_of(kGrid + sampling("random", 100, 1));
  REQUIRE(points.size() == 100);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < points.size(); ++i) {
    CHECK(points[i].index == i);
    seen.insert(Json(points[i].coordinates).dump());
  }
  CHECK(seen.size() == 100);
}

TEST_CASE("a sample is the same each time, another with another seed, and grows at its end") {
  const std::string text = coordinates_text(points_of(kGrid + sampling("random", 100, 1)));
  CHECK(coordinates_text(points_of(kGrid + sampling("random", 100, 1))) == text);
  CHECK(coordinates_text(points_of(kGrid + sampling("random", 100, 2))) != text);
  CHECK(coordinates_text(points_of(kGrid + sampling("random", 150, 1))).starts_with(text));
  const std::string cube = coordinates_text(points_of(kGrid + sampling("latin_hypercube", 50, 1)));
  CHECK(coordinates_text(points_of(kGrid + sampling("latin_hypercube", 50, 1))) == cube);
  CHECK(coordinates_text(points_of(kGrid + sampling("latin_hypercube", 50, 2))) != cube);
}

TEST_CASE("a random sample of more points than the grid has is the whole grid") {
  const auto points = points_of(grid_of(5, 3) + sampling("random", 100, 1));
  std::set<std::string> seen;
  for (const SweepPoint& point : points) seen.insert(Json(point.coordinates).dump());
  CHECK(points.size() == 15);
  CHECK(seen.size() == 15);
}

TEST_CASE("a random point that breaks a constraint is replaced") {
  const auto points = points_of(kConstrained + sampling("random", 200, 1));
  REQUIRE(points.size() == 200);
  for (std::size_t i = 0; i < points.size(); ++i) {
    CHECK(points[i].index == i);
    CHECK((points[i].coordinates[0].get<int>() + points[i].coordinates[1].get<int>()) % 2 == 0);
  }
  // Half of 20 * 30 points have an even sum.
  CHECK(points_of(kConstrained + sampling("random", 1000, 1)).size() == 300);
}

TEST_CASE("a constraint that nearly no point keeps ends a random sample with an error") {
  const std::string text = R"("axes": [)" + numbers("a", 1000) + "," + numbers("b", 1000) + "," +
                           numbers("c", 1000) + R"(], "constraints": ["a + b + c < 0"],)";
  const auto points = make_point_source(sweep(text + sampling("random", 2, 1)));
  CHECK_THROWS_WITH(points->next(),
                    "sweep.json: /constraints: 1000000 points drawn in a row break one");
}

TEST_CASE("each value comes up equally often in a Latin hypercube where the list divides count") {
  const auto points = points_of(kGrid + sampling("latin_hypercube", 60, 1));
  REQUIRE(points.size() == 60);
  std::map<int, int> first;
  std::map<int, int> second;
  for (const SweepPoint& point : points) {
    ++first[point.coordinates[0].get<int>()];
    ++second[point.coordinates[1].get<int>()];
  }
  CHECK(first.size() == 20);
  CHECK(second.size() == 30);
  for (const auto& [value, count] : first) CHECK(count == 3);
  for (const auto& [value, count] : second) CHECK(count == 2);
}

TEST_CASE("draws of a Latin hypercube are numbered, and each axis has an order of its own") {
  const auto points = points_of(grid_of(100, 100) + sampling("latin_hypercube", 100, 1));
  int num_equal = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    CHECK(points[i].index == i);
    num_equal += points[i].coordinates[0] == points[i].coordinates[1] ? 1 : 0;
  }
  // Of two independent orders of any length, 1 number is at the same place on average.
  CHECK(num_equal < 6);
}

TEST_CASE("each part of a list gets one draw of a Latin hypercube where count divides the list") {
  const auto points = points_of(grid_of(1000, 40) + sampling("latin_hypercube", 8, 3));
  std::set<int> first;
  std::set<int> second;
  for (const SweepPoint& point : points) {
    first.insert(point.coordinates[0].get<int>() / 125);
    second.insert(point.coordinates[1].get<int>() / 5);
  }
  CHECK(first.size() == 8);
  CHECK(second.size() == 8);
}

TEST_CASE("values come up within two of equally often in any Latin hypercube") {
  for (const auto& [size, count] : {std::pair{7, 30}, std::pair{7, 10}, std::pair{10, 7}}) {
    const auto points = points_of(grid_of(size, size) + sampling("latin_hypercube", count, 5));
    std::vector<int> counts(std::size_t(size), 0);
    for (const SweepPoint& point : points) ++counts[point.coordinates[1].get<std::size_t>()];
    for (const int num : counts) CHECK(std::abs(num - double(count) / size) < 2);
  }
}

TEST_CASE("a draw of a Latin hypercube that breaks a constraint leaves a gap") {
  const auto all = points_of(kGrid + sampling("latin_hypercube", 60, 1));
  const auto kept = points_of(kConstrained + sampling("latin_hypercube", 60, 1));
  std::vector<SweepPoint> expected;
  for (const SweepPoint& point : all) {
    const int sum = point.coordinates[0].get<int>() + point.coordinates[1].get<int>();
    if (sum % 2 == 0) expected.push_back(point);
  }
  CHECK(kept.size() < all.size());
  CHECK(coordinates_text(kept) == coordinates_text(expected));
}

TEST_CASE("the number of points is exact where it can be known quickly") {
  const auto count = [](const std::string& text) { return to_string(count_points(sweep(text))); };
  const std::string objective = R"("objectives": [{"figure": "cycles", "goal": "minimize"}])";
  CHECK(count(R"("axes": [])") == "1 point");
  CHECK(count(kGrid + objective) == "600 points");
  CHECK(count(kConstrained + objective) == "300 points");
  CHECK(count(kConstrained + sampling("random", 500, 1)) == "300 points");
  CHECK(count(kGrid + sampling("random", 1000, 1)) == "600 points");
  CHECK(count(kGrid + sampling("latin_hypercube", 1000, 1)) == "1000 points");
  CHECK(count(kGrid + objective + R"(, "search": {"initial": 9, "evaluations": 99, "seed": 1})") ==
        "at most 99 points");
  CHECK(count(grid_of(1000, 1000) + objective) == "1000000 points");
  CHECK(count(grid_of(1000, 1000) + R"("constraints": ["a < 5"])") == "at most 1000000 points");
}

}  // namespace vitcod::test::sampling_test
