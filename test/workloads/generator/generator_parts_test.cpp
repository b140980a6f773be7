// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "sim/base/errors.hpp"
#include "workloads/generator/global_columns.hpp"
#include "workloads/generator/head_library.hpp"
#include "workloads/generator/head_map.hpp"
#include "workloads/generator/noise.hpp"
#include "workloads/generator/row_lengths.hpp"
#include "workloads/generator/smooth_field.hpp"
#include "workloads/generator/top_scores.hpp"

namespace vitcod::generator_parts_test {
namespace {

TEST_CASE("TopScores keeps what a full sort puts first") {
  Random random(11);
  for (int trial = 0; trial < 500; ++trial) {
    const std::size_t num_keys = random.uniform_below(30);
    const std::size_t capacity = random.uniform_below(12);
    TopScores top;
    top.reset(capacity);
    std::vector<std::pair<double, std::uint32_t>> all;
    for (std::uint32_t key = 0; key < num_keys; ++key) {
      const auto score = static_cast<double>(random.uniform_below(5));  // many equal ones
      all.emplace_back(-score, key);
      top.offer(score, key);
    }
    std::sort(all.begin(), all.end());
    all.resize(std::min(all.size(), capacity));
    std::set<std::uint32_t> expected, found;
    for (const auto& entry : all) expected.insert(entry.second);
    top.for_each([&found](std::uint32_t key) { found.insert(key); });
    CAPTURE(trial);
    REQUIRE(found == expected);
    REQUIRE(top.size() == expected.size());
    if (capacity > 0 && top.is_full()) REQUIRE(top.lowest() == -all.back().first);
  }
}

TEST_CASE("Gumbel noise has the mean and deviation of its distribution") {
  Random random(3);
  GumbelNoise noise(random);
  double sum = 0.0, squares = 0.0, most = -100.0;
  constexpr int kDraws = 200000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = noise.next();
    sum += value;
    squares += value * value;
    most = std::max(most, value);
  }
  const double mean = sum / kDraws;
  CHECK(mean == Approx(0.57722).margin(0.01));  // Euler's constant
  CHECK(std::sqrt(squares / kDraws - mean * mean) == Approx(1.28255).margin(0.02));  // pi / sqrt 6
  CHECK(most <= noise.max());
}

TEST_CASE("A smooth field is bilinear between the nodes of its lattice") {
  // On a 5 x 5 grid each node is a patch, so a 3 x 3 lattice has the other patches in the middle.
  Random random(5);
  const auto field = smooth_field(random, {5, 5}, 3);
  const auto at = [&field](std::size_t y, std::size_t x) { return field[5 * y + x]; };
  CHECK(at(0, 1) == Approx(0.5 * (at(0, 0) + at(0, 2))));
  CHECK(at(3, 4) == Approx(0.5 * (at(2, 4) + at(4, 4))));
  CHECK(at(1, 1) == Approx(0.25 * (at(0, 0) + at(0, 2) + at(2, 0) + at(2, 2))));
}

TEST_CASE("A field's order is ascending, and its lowest patches are the first of it") {
  Random random(17);
  for (const TokenGrid grid : {TokenGrid{1, 1}, TokenGrid{1, 9}, TokenGrid{14, 14}}) {
    const auto field = smooth_field(random, grid, 5);
    const auto order = ascending_order(field);
    REQUIRE(order.size() == grid.num_patches());
    REQUIRE(std::set<std::uint32_t>(order.begin(), order.end()).size() == order.size());
    for (std::size_t i = 1; i < order.size(); ++i) {
      REQUIRE(field[order[i]] >= field[order[i - 1]] - 1e-6 * std::abs(field[order[i]]));
    }
    for (std::size_t count = 0; count <= order.size(); count += 3) {
      auto lowest = lowest_patches(field, count);
      std::vector<std::uint32_t> expected(order.begin(),
                                          order.begin() + static_cast<std::ptrdiff_t>(count));
      std::sort(lowest.begin(), lowest.end());
      std::sort(expected.begin(), expected.end());
      REQUIRE(lowest == expected);
    }
  }
  CHECK(ascending_order({0.5, -2.0, 0.5, -0.0, 1e-300, -1e9}) ==
        std::vector<std::uint32_t>{5, 1, 3, 4, 0, 2});
}

TEST_CASE("Normal scores are symmetric and one deviation holds 68% of them") {
  const auto scores = normal_scores(1000);
  for (std::size_t i = 0; i < 500; ++i) REQUIRE(scores[i] == Approx(-scores[999 - i]));
  const auto inside =
      std::count_if(scores.begin(), scores.end(), [](double z) { return std::abs(z) < 1.0; });
  CHECK(inside == 682);  // 1000 x .6827, of even number by symmetry
}

TEST_CASE("Scaled row lengths sum to the total and follow the wanted lengths") {
  Random random(23);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<RowDemand> heads(1 + random.uniform_below(6));
    std::uint64_t least = 0, most = 0;
    for (RowDemand& head : heads) {
      head.min_length = static_cast<std::uint32_t>(random.uniform_below(3));
      head.max_length = head.min_length + static_cast<std::uint32_t>(random.uniform_below(40));
      head.wanted.resize(random.uniform_below(50));
      const double same = 0.5 + 10.0 * random.uniform_real();  // heads of equal rows exist
      const bool is_even = random.uniform_below(2) == 0;
      for (double& wanted : head.wanted) {
        wanted = is_even ? same : 0.5 + 10.0 * random.uniform_real();
      }
      least += head.wanted.size() * head.min_length;
      most += head.wanted.size() * head.max_length;
    }
    const std::uint64_t total = least + random.uniform_below(most - least + 1);
    CAPTURE(trial, total);
    const ScaledRows rows = scale_row_lengths(heads, total, random);
    std::uint64_t sum = 0;
    for (std::size_t h = 0; h < heads.size(); ++h) {
      for (std::size_t r = 0; r < heads[h].wanted.size(); ++r) {
        const std::uint32_t length = rows.lengths[h][r];
        sum += length;
        const double ideal =
            std::clamp(rows.scale * heads[h].wanted[r], double{1.0} * heads[h].min_length,
                       double{1.0} * heads[h].max_length);
        REQUIRE(std::abs(length - ideal) <= 1.0 + 1e-6);
        REQUIRE(length >= heads[h].min_length);
        REQUIRE(length <= heads[h].max_length);
      }
    }
    REQUIRE(sum == total);
  }
  CHECK_THROWS_AS(scale_row_lengths({{{1.0}, 1, 3}}, 4, random), ModelError);
  CHECK_THROWS_AS(scale_row_lengths({{{1.0}, 1, 3}}, 0, random), ModelError);
}

TEST_CASE("Coverage of global columns falls from the largest to the smallest share") {
  const HeadPattern& pattern = head_pattern(5, 0);  // 19 columns, .97 / .43 / .26
  const auto coverage = global_coverage(pattern, pattern.globals, 1.0);
  REQUIRE(coverage.size() == 19);
  CHECK(std::is_sorted(coverage.rbegin(), coverage.rend()));
  CHECK(coverage.front() <= 0.97);
  CHECK(coverage.back() >= 0.26);
  const double mean = std::accumulate(coverage.begin(), coverage.end(), 0.0) / 19.0;
  CHECK(mean == Approx(0.43).margin(0.005));
  // Twice the entries: what both of two independent draws leave out is left out.
  const auto doubled = global_coverage(pattern, pattern.globals, 2.0);
  for (std::size_t i = 0; i < 19; ++i) {
    CHECK(doubled[i] == Approx(1.0 - (1.0 - coverage[i]) * (1.0 - coverage[i])));
  }
  CHECK(global_coverage(head_pattern(11, 0), 1, 0.5)[0] <= 1.0);  // a full column stays full
}

TEST_CASE("Global columns are distinct, and mostly corners and borders") {
  Random random(29);
  GumbelNoise noise(random);
  int corners = 0, border = 0, centre_shallow = 0, centre_deep = 0;
  for (int trial = 0; trial < 300; ++trial) {
    for (const double depth : {0.2, 0.9}) {
      const auto columns = choose_global_columns({14, 14}, depth, 8, noise);
      REQUIRE(std::set<std::uint32_t>(columns.begin(), columns.end()).size() == 8);
      for (const std::uint32_t column : columns) {
        const std::uint32_t y = column / 14, x = column % 14;
        corners += (y == 0 || y == 13) && (x == 0 || x == 13);
        border += y == 0 || y == 13 || x == 0 || x == 13;
        const bool is_centre = y >= 5 && y <= 8 && x >= 5 && x <= 8;
        (depth < 0.7 ? centre_shallow : centre_deep) += is_centre;
      }
    }
  }
  // Of 4800 columns; a uniform choice would put 98 in corners and 1273 on the border, and of the
  // 2400 of each depth 196 in the centre. The prior has next to nothing there in shallow layers,
  // and as much as on a border in deep ones.
  CHECK(corners > 1200);
  CHECK(border > 2400);
  CHECK(centre_shallow < 20);
  CHECK(centre_deep > 100);
}

/// A plan on a 6 x 6 grid; `lengths` is one for all rows.
HeadMapPlan plan_of(const HeadPattern& pattern, const NearOrder& order,
                    const std::vector<double>& scores, std::uint32_t length) {
  HeadMapPlan plan;
  plan.pattern = &pattern;
  plan.near_order = &order;
  plan.key_scores = &scores;
  plan.query_grid = plan.key_grid = {6, 6};
  plan.row_lengths.assign(36, length);
  return plan;
}

TEST_CASE("A head's rows have the lengths that were asked for, whatever the pattern") {
  const auto scores = normal_scores(36);
  Random random(31);
  for (std::uint32_t layer = 0; layer < kLibraryLayers; ++layer) {
    for (std::uint32_t head = 0; head < kLibraryHeads; ++head) {
      const HeadPattern& pattern = head_pattern(layer, head);
      const NearOrder order(pattern, {6, 6});
      for (const std::uint32_t length : {1U, 2U, 7U, 20U, 36U}) {
        HeadMapPlan plan = plan_of(pattern, order, scores, length);
        plan.num_globals = pattern.globals * 36 / kLibraryPatches;
        const KeptMap map = make_head_map(plan, random);
        CAPTURE(layer, head, length);
        for (std::uint32_t query = 0; query < 36; ++query) {
          std::uint32_t kept = 0;
          map.for_each_kept(query, [&kept](std::uint32_t) { ++kept; });
          REQUIRE(kept == length);
        }
      }
    }
  }
}

TEST_CASE("A SELF head of one entry a row is the diagonal") {
  const HeadPattern& pattern = head_pattern(1, 0);
  const NearOrder order(pattern, {6, 6});
  const auto scores = normal_scores(36);
  Random random(37);
  const KeptMap map = make_head_map(plan_of(pattern, order, scores, 1), random);
  for (std::uint32_t query = 0; query < 36; ++query) CHECK(map.kept(query, query));
}

TEST_CASE("A query of a coarser grid looks at its own place among the keys") {
  const HeadPattern& pattern = head_pattern(1, 0);  // SELF
  const NearOrder order(pattern, {7, 7});
  const auto scores = normal_scores(49);
  Random random(41);
  HeadMapPlan plan = plan_of(pattern, order, scores, 1);
  plan.query_grid = {4, 4};
  plan.key_grid = {7, 7};
  plan.row_lengths.assign(16, 1);
  const KeptMap map = make_head_map(plan, random);
  // Every second row and column of the keys: LeViT's subsampling.
  for (std::uint32_t y = 0; y < 4; ++y) {
    for (std::uint32_t x = 0; x < 4; ++x) CHECK(map.kept(4 * y + x, 7 * (2 * y) + 2 * x));
  }
}

}  // namespace
}  // namespace vitcod::generator_parts_test
