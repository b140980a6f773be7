// SPDX-License-Identifier: Apache-2.0
#include "workloads/pruning.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "test/workloads/workload_fixtures.hpp"

namespace vitcod::pruning_test {
namespace {

std::vector<int> pruned(const std::vector<double>& row, double theta_p) {
  std::vector<std::uint8_t> kept(row.size(), 7);
  prune_row(row, theta_p, kept);
  return {kept.begin(), kept.end()};
}

/// The rule as published: a full stable sort, all running sums, a count.
std::vector<int> plainly_pruned(const std::vector<double>& row, double theta_p) {
  std::vector<std::size_t> order(row.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&row](std::size_t a, std::size_t b) { return row[a] > row[b]; });
  std::size_t num_below = 0;
  double sum = 0.0;
  for (const std::size_t i : order) {
    sum += row[i];
    if (sum < theta_p) ++num_below;
  }
  std::vector<int> kept(row.size(), 0);
  const std::size_t n = std::min(row.size(), num_below + 2);
  for (std::size_t i = 0; i < n; ++i) kept[order[i]] = 1;
  return kept;
}

TEST_CASE("A row keeps one entry more than the cut-off needs") {
  // Sorted: .4 .3 .2 .1, sums .4 .7 .9 1. One sum is below .5, so three entries stay.
  CHECK(pruned({0.1, 0.4, 0.2, 0.3}, 0.5) == std::vector<int>{0, 1, 1, 1});
  // No sum is below .3: two stay.
  CHECK(pruned({0.1, 0.4, 0.2, 0.3}, 0.3) == std::vector<int>{0, 1, 0, 1});
}

TEST_CASE("A sum equal to the cut-off has reached it") {
  CHECK(pruned({0.5, 0.25, 0.125, 0.125}, 0.5) == std::vector<int>{1, 1, 0, 0});
}

TEST_CASE("At least two entries stay, and never more than there are") {
  CHECK(pruned({1.0, 0.0, 0.0}, 0.0) == std::vector<int>{1, 1, 0});
  CHECK(pruned({1.0}, 0.9) == std::vector<int>{1});
  CHECK(pruned({0.5, 0.5}, 0.9) == std::vector<int>{1, 1});
}

TEST_CASE("A cut-off above one keeps everything") {
  CHECK(pruned({0.25, 0.25, 0.0, 0.5}, 2.0) == std::vector<int>{1, 1, 1, 1});
}

TEST_CASE("Among equal entries the lower index stays") {
  CHECK(pruned({0.25, 0.25, 0.25, 0.25}, 0.1) == std::vector<int>{1, 1, 0, 0});
  CHECK(pruned({0.1, 0.3, 0.3, 0.3}, 0.5) == std::vector<int>{0, 1, 1, 1});
  CHECK(pruned({0.1, 0.3, 0.3, 0.3}, 0.2) == std::vector<int>{0, 1, 1, 0});
}

TEST_CASE("Pruning of random rows matches a full sort, ties included") {
  std::mt19937_64 engine(99);
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<double> row(1 + engine() % 60);
    // Few distinct values, so that many are equal, some of them zero.
    for (double& value : row) value = static_cast<double>(engine() % 6) / 8.0;
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    for (double& value : row) value /= sum > 0.0 ? sum : 1.0;
    const double theta_p = static_cast<double>(engine() % 120) / 100.0;
    CAPTURE(trial, theta_p, row);
    REQUIRE(pruned(row, theta_p) == plainly_pruned(row, theta_p));
  }
}

TEST_CASE("The prefix tokens' rows and columns are kept whole") {
  for (const std::uint32_t num_tokens : {0U, 1U, 2U, 3U}) {
    KeptMap map(3, 4);
    keep_prefix_tokens(map, num_tokens);
    for (std::uint32_t query = 0; query < 3; ++query) {
      for (std::uint32_t key = 0; key < 4; ++key) {
        CHECK(map.kept(query, key) == (query < num_tokens || key < num_tokens));
      }
    }
  }
}

}  // namespace
}  // namespace vitcod::pruning_test
