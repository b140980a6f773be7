// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/cascade_schedule.hpp"

#include <catch2/catch.hpp>

namespace vitcod::cascade_schedule_test {
namespace {

using Counts = std::vector<std::uint32_t>;

CascadePruningConfig pruning() {
  CascadePruningConfig config;
  config.token_keep = 0.6;
  config.token_spread = 0.2;
  config.unpruned_token_layers = 0.15;
  config.head_keep = 0.75;
  config.head_spread = 0;
  config.unpruned_head_layers = 0.3;
  config.value_keep = 0.5;
  config.prefix_tokens = 1;
  return config;
}

std::vector<BlockSizes> blocks(std::size_t num, std::uint32_t tokens, std::uint64_t macs = 0) {
  return std::vector<BlockSizes>(num, BlockSizes{4, tokens, tokens, 16, 16, macs});
}

Counts keys_of(const std::vector<BlockKeeps>& keeps) {
  Counts counts;
  for (const BlockKeeps& keep : keeps) counts.push_back(keep.keys);
  return counts;
}

}  // namespace

TEST_CASE("shares fall evenly behind the layers that are not pruned") {
  const auto keeps = cascade_schedule(blocks(8, 100), pruning());
  // floor(1.2) layer keeps all; then 0.8 to 0.4 over seven.
  CHECK(keys_of(keeps) == Counts{100, 80, 73, 67, 60, 53, 47, 40});
  Counts heads;
  Counts values;
  for (const BlockKeeps& keep : keeps) {
    heads.push_back(keep.heads);
    values.push_back(keep.values);
    CHECK(keep.queries == keep.keys);
  }
  CHECK(heads == Counts{4, 4, 3, 3, 3, 3, 3, 3});  // floor(2.4) layers keep all
  CHECK(values == Counts{50, 40, 37, 34, 30, 27, 24, 20});
  CHECK(keeps[0].begins_cascade);
  CHECK(!keeps[1].begins_cascade);
}

TEST_CASE("other tokens or heads begin a new cascade, with all of them") {
  auto sizes = blocks(6, 100);
  sizes[2].queries = 25;  // every other row and column
  for (std::size_t b = 3; b < 6; ++b) sizes[b].queries = sizes[b].keys = 25;
  sizes[5].heads = 8;
  auto config = pruning();
  config.unpruned_token_layers = 0;
  const auto keeps = cascade_schedule(sizes, config);
  // 0.8 to 0.4 in steps of 0.08.
  CHECK(keys_of(keeps) == Counts{100, 72, 100, 25, 12, 25});
  CHECK(keeps[2].queries == 25);
  CHECK(keeps[5].heads == 8);
  CHECK(keeps[3].begins_cascade);
}

TEST_CASE("a token besides the prefix, a head and a row of V stay") {
  CascadePruningConfig config;
  config.token_keep = config.head_keep = config.value_keep = 0;
  config.prefix_tokens = 1;
  const auto keeps = cascade_schedule(blocks(3, 100), config);
  CHECK(keys_of(keeps) == Counts{100, 2, 2});
  CHECK(keeps[1].heads == 1);
  CHECK(keeps[1].values == 1);
  CHECK(keys_of(cascade_schedule(blocks(2, 1), config)) == Counts{1, 1});
}

TEST_CASE("tokens come to no more multiplications than the workload asks for, if they can") {
  auto config = pruning();
  config.match_entries = true;
  const auto macs = [&](std::uint64_t asked) {
    const auto sizes = blocks(8, 100, asked);
    std::uint64_t sum = 0;
    for (const BlockKeeps& keep : cascade_schedule(sizes, config)) sum += keep.macs(sizes[0]);
    return sum;
  };
  const std::uint64_t dense = std::uint64_t{4} * 100 * 100 * 32;
  for (const double share : {0.5, 0.4, 0.3}) {
    const auto asked = static_cast<std::uint64_t>(share * double(dense));
    CHECK(macs(asked) <= 8 * asked);
    CHECK(double(macs(asked)) > 0.98 * 8 * double(asked));
  }
  // The first layer alone has 0.75 of a dense one's, with half of the rows of V.
  CHECK(macs(dense / 100) > 8 * dense / 100);
  config.token_keep = 0;
  CHECK(macs(dense) == macs(2 * dense));  // as many as there are
}

TEST_CASE("a single layer that is pruned keeps the mean share") {
  auto config = pruning();
  config.unpruned_token_layers = 0.5;
  CHECK(keys_of(cascade_schedule(blocks(2, 100), config)) == Counts{100, 60});
}

}  // namespace vitcod::cascade_schedule_test
