// SPDX-License-Identifier: Apache-2.0
// Linear layers of which a piece of W stays for the groups of a tile, whose sums are carried.
#include <algorithm>
#include <catch2/catch.hpp>

#include "test/hw_models/compiler/linear/linear_bench.hpp"

namespace vitcod::test::carried_blocks_test {
namespace {

using Bench = LinearBench;

}  // namespace

TEST_CASE(
    "where a block of W does not fit, its pieces stay and sums are carried, or X comes again") {
  Bench bench;
  bench.limits.weight_bytes = 2 * 16 + 2 * 32;  // two thirds of a block, and two blocks' constants
  const std::vector<LinearCut> without = bench.cuts();
  CHECK(std::none_of(without.begin(), without.end(),
                     [](const LinearCut& cut) { return cut.carries_sums; }));
  bench.limits.gemm.carried_bandwidth = 16;
  const auto carried = [&bench] {
    std::vector<LinearCut> found;
    for (const LinearCut& cut : bench.cuts()) {
      if (cut.carries_sums && cut.block_columns == 4) found.push_back(cut);
    }
    return found;
  };
  REQUIRE(carried().size() == 1);  // all of X is on chip
  CHECK(carried()[0].weight_features == 4);
  CHECK(carried()[0].groups_per_tile == 3);
  CHECK(traffic_of(bench.layer, carried()[0]) == 120 + 72 + 48);
  bench.limits.input_bytes = 2 * 48;  // X of two groups, or twice a third of X of three
  REQUIRE(carried().size() == 2);
  CHECK(carried()[0].groups_per_tile == 2);
  CHECK(traffic_of(bench.layer, carried()[0]) == 120 + 2 * (72 + 48));
  CHECK(carried()[1].reloads_inputs);
  CHECK(carried()[1].groups_per_tile == 3);
  CHECK(carried()[1].input_features == 4);
  CHECK(traffic_of(bench.layer, carried()[1]) == 2 * 120 + 72 + 48);
  // Sums of three groups are 12 rows of 16 bytes, beside 16 bytes of a group's results.
  bench.limits.input_bytes = 1000;
  bench.limits.output_bytes = 12 * 16 + 16;
  CHECK(carried()[0].groups_per_tile == 3);
  bench.limits.output_bytes -= 1;
  CHECK(carried()[0].groups_per_tile == 2);
  // They lie side by side in as many banks as the way is wide.
  CHECK(carried_bytes(10, 4, bench.limits.holding) == 160);
  bench.limits.holding.output_bank_bytes = 100;
  bench.limits.holding.sum_banks = 3;
  CHECK(carried_bytes(10, 4, bench.limits.holding) == 300);
}

TEST_CASE("with each piece of W come the groups, and with the last one their results") {
  Bench bench;
  bench.limits.gemm.carried_bandwidth = 16;
  bench.limits.weight_bytes = 2 * 24 + 2 * 32;
  const std::vector<LinearCut> cuts = bench.cuts();
  const auto carrying =
      std::find_if(cuts.begin(), cuts.end(), [](const LinearCut& cut) { return cut.carries_sums; });
  REQUIRE(carrying != cuts.end());
  bench.add(*carrying);
  const auto kernels = bench.kernels();
  REQUIRE(kernels.size() == 2 * 2 * 3);  // blocks, pieces, groups
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    CHECK(kernels[i]->features() == 6);
    CHECK(kernels[i]->begins == (i / 3 % 2 == 0));
    CHECK(kernels[i]->ends == (i / 3 % 2 == 1));
    REQUIRE(kernels[i]->carried);
    CHECK(kernels[i]->carried->first_row == i % 3 * 4);
    CHECK(kernels[i]->carried->total_rows == 10);
    CHECK(kernels[i]->carried->region == kernels[i / 6 * 6]->carried->region);
  }
  const std::deque<Job>& jobs = bench.program.jobs;
  CHECK(jobs[0].loads.size() == 2);  // constants, and the first piece
  CHECK(jobs[4].loads.size() == 1);  // the second one
  CHECK(jobs[7].loads.size() == 2);  // those of the second block
  // Each job of the last piece stores a group's results; the one of the last group gives up W, its
  // constants and the sums.
  for (std::size_t i = 1; i < jobs.size(); ++i) CHECK(jobs[i].store.has_value() == (i - 1) / 3 % 2);
  CHECK(jobs[3].frees.size() == 1);
  CHECK(jobs[6].frees.size() == 3);
}

}  // namespace vitcod::test::carried_blocks_test
