// SPDX-License-Identifier: Apache-2.0
#include "hw_models/top_k_engine/quick_select.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "hw_models/top_k_engine/top_k_cost.hpp"
#include "hw_models/top_k_engine/top_k_parts.hpp"
#include "sim/base/random.hpp"

namespace vitcod::quick_select_test {
namespace {

using Places = std::vector<std::uint32_t>;

/// By sorting all of them.
Places largest(const std::vector<std::uint64_t>& values, std::uint32_t k) {
  Places places(values.size());
  std::iota(places.begin(), places.end(), 0U);
  std::stable_sort(places.begin(), places.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return values[a] > values[b]; });
  places.resize(k);
  std::sort(places.begin(), places.end());
  return places;
}

}  // namespace

TEST_CASE("quick-select searches in the FIFO that holds the k-th largest") {
  // 3 of 5 2 8 1 9 4: the pivot 5 leaves 8 9 and 2 1 4; it is itself the third largest.
  const std::vector<std::uint64_t> values{5, 2, 8, 1, 9, 4};
  CHECK(quick_select(values, 3).kept == Places{0, 2, 4});
  CHECK(quick_select(values, 3).passes == Places{6});
  // 1: of 8 9 the pivot 8 leaves 9, of which it is all.
  CHECK(quick_select(values, 1).kept == Places{4});
  CHECK(quick_select(values, 1).passes == Places{6, 2});
  // 5: of 2 1 4, the second largest: the pivot 2 leaves 4 and 1 and is it.
  CHECK(quick_select(values, 5).kept == Places{0, 1, 2, 4, 5});
  CHECK(quick_select(values, 5).passes == Places{6, 3});
}

TEST_CASE("quick-select ends as soon as larger entries are as many as asked") {
  CHECK(quick_select(std::vector<std::uint64_t>{5, 2, 8, 1, 9, 4}, 2).passes == Places{6});
}

TEST_CASE("of equal entries quick-select keeps those in front") {
  const std::vector<std::uint64_t> values{7, 3, 7, 3, 7};
  CHECK(quick_select(values, 2).kept == Places{0, 2});
  CHECK(quick_select(values, 4).kept == Places{0, 1, 2, 4});
}

TEST_CASE("none and all are kept without a search") {
  const std::vector<std::uint64_t> values{7, 3, 9};
  CHECK(quick_select(values, 0).kept.empty());
  CHECK(quick_select(values, 0).passes.empty());
  CHECK(quick_select(values, 3).kept == Places{0, 1, 2});
  CHECK(quick_select(values, 3).passes.empty());
  CHECK(quick_select(std::vector<std::uint64_t>{}, 0).kept.empty());
  CHECK_THROWS_WITH(quick_select(values, 4),
                    Catch::Matchers::Contains("more entries are to be kept than there are"));
}

TEST_CASE("quick-select keeps what sorting keeps") {
  Random random(11);
  for (int round = 0; round < 400; ++round) {
    std::vector<std::uint64_t> values(1 + random.uniform_below(60));
    const std::uint64_t range = 1 + random.uniform_below(round % 2 == 0 ? 6 : 1000);
    for (std::uint64_t& value : values) value = random.uniform_below(range);
    const auto k = static_cast<std::uint32_t>(random.uniform_below(values.size() + 1));
    CHECK(quick_select(values, k).kept == largest(values, k));
  }
}

TEST_CASE("a selection takes its passes and one that emits") {
  const TopKCost cost = cost_of(TopKConfig{4, 16, 3, 2});
  CHECK(cost.max_entries == 64);
  // 6 entries 2 + 3, 2 entries 1 + 3, all once more 2 + 3.
  CHECK(cost.work(TopK{{4}, {6, 2}}, 6) == SearchWork{5, 3});
  CHECK(cost.cycles(SearchWork{5, 3}) == 14);
  CHECK(cost.work(TopK{{0, 1, 2}, {}}, 3) == SearchWork{});
}

TEST_CASE("both FIFOs of a top-k engine are memories of two ports") {
  const PartList parts = fifo_parts(TopKConfig{16, 64, 3, 2}, 7);
  CHECK(parts.memory->bytes == 2 * 7 * 16 * 64);
  CHECK(parts.memory->width_bytes == 7 * 16);
  CHECK(parts.memory->ports == 2);
  CHECK(waiting_rows_parts(TopKConfig{16, 64, 3, 2}, 1024).memory->bytes == 2 * 1024);
  // Two comparisons of 40 bits in each of 16 lanes.
  CHECK(parts_of(TopKConfig{16, 64, 3, 2}, 40).count(PartKind::kComparator) == 2 * 16 * 40);
}

}  // namespace vitcod::quick_select_test
