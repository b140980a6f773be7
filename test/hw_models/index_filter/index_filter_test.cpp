// SPDX-License-Identifier: Apache-2.0
#include "hw_models/index_filter/index_filter.hpp"

#include <catch2/catch.hpp>
#include <numeric>

#include "hw_models/index_filter/index_filter_parts.hpp"
#include "test/hw_models/index_filter/filter_fixtures.hpp"
#include "test/workloads/workload_fixtures.hpp"

namespace vitcod::test::index_filter_test {

using Catch::Matchers::Contains;

// The map of five tokens in DRAM: 2 denser tokens; 3 sparser ones, 4 starts and 4 row indices of
// columns of 1, 2 and 1; two mask columns of 2 bytes. 2 + 3 + 8 + 4 + 4 = 21 bytes. With 2 lanes:
// 1 + 2 + 2 steps, 2 over the row indices, 3 over 4 rows and an end, 1 + 1: 12 steps.

namespace {

using Cycles = std::vector<Cycle>;

const IndexFilterConfig kTwoLanes{2, 64, 16, 3};

/// One head of as many sparser columns as lengths, each with its first rows.
PolarizedMap map_of_columns(const Numbers& lengths) {
  const auto tokens = static_cast<std::uint32_t>(lengths.size());
  KeptMap map(tokens, tokens);
  for (std::uint32_t key = 0; key < tokens; ++key) {
    for (std::uint32_t query = 0; query < lengths[key]; ++query) map.set(query, key, true);
  }
  return polarize_heads({map}, std::nullopt);
}

Numbers all_of(std::uint32_t tokens) {
  Numbers numbers(tokens);
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

/// Steps over the row indices of a map that keeps all of its tokens.
std::uint64_t entry_steps(const Numbers& lengths, std::uint32_t lanes) {
  const RestrictedMap map(map_of_columns(lengths), all_of(std::uint32_t(lengths.size())));
  SourceWalk walk(*map.source, *map.tile, lanes);
  const FilterSteps steps = walk.advance(source_index_bytes(*map.source));
  CHECK(walk.done());
  return steps.column_reads;
}

}  // namespace

TEST_CASE("packets of a filter take their steps or their way in") {
  const RestrictedMap map(map_of_five(), {0, 1, 3, 4});
  for (const RunMode& mode : all_run_modes()) {
    for (const bool with_values : {true, false}) {
      const auto cycles = [&](const IndexFilterConfig& config) {
        FilterBench bench(map, config, mode, with_values);
        return bench.offer(bench.numbers).offer(bench.index).run();
      };
      // Four numbers in 1 and 2, pushed 3 cycles after 2, seen in 6; the index in 3-14.
      CHECK(cycles(kTwoLanes) == Cycles{6, 18});
      // Eight lanes: numbers in 1; 1 + 1 + 1 + 1 + 1 + 2 steps in 2-8.
      CHECK(cycles({8, 64, 16, 3}) == Cycles{5, 12});
      // A byte a cycle: 8 and 21 cycles.
      CHECK(cycles({2, 1, 16, 3}) == Cycles{12, 33});
    }
  }
}

TEST_CASE("an element of a source index counts with the packet that has its last byte") {
  const RestrictedMap map(map_of_five(), {0, 1, 3, 4});
  for (const RunMode& mode : all_run_modes()) {
    FilterBench bench(map, kTwoLanes, mode);
    // Numbers of 3 and 5 bytes: 1 and 3 of them, 1 cycle and 2. Index: 1 + 2 steps, two starts of
    // 5 bytes: 4 cycles in 4-7; two starts, 2 + 3 + 2: 8 cycles in 8-15.
    bench.offer(bench.numbers, {3, 5}).offer(bench.index, {10, 11});
    CHECK(bench.run() == Cycles{5, 7, 11, 19});
    CHECK(bench.counted("numbers") == 4);
  }
}

TEST_CASE("a step over row indices takes up to as many entries and columns as there are lanes") {
  CHECK(entry_steps({4, 4, 4, 4}, 2) == 8);
  CHECK(entry_steps({3, 3, 3, 3}, 2) == 6);
  // An entry at the end: two columns, two, and one with the last, then none is left.
  CHECK(entry_steps({0, 0, 0, 0, 0, 1}, 2) == 3);
  // And at the beginning: the columns behind it take steps of their own.
  CHECK(entry_steps({1, 0, 0, 0, 0, 0}, 2) == 3);
  CHECK(entry_steps({0, 0, 0, 0, 0}, 2) == 3);
  // Four columns of one entry, in two steps of two.
  CHECK(entry_steps({1, 1, 1, 1}, 2) == 2);
  CHECK(entry_steps({1, 0, 1, 0}, 4) == 1);
}

TEST_CASE("row counters are passed over where a head keeps sparser columns") {
  // Of the map of five only its denser keys 3 and 4: no starts, the source's steps alone.
  const RestrictedMap map(map_of_five(), {3, 4});
  FilterBench bench(map, kTwoLanes);
  // One cycle of numbers; 12 - 3 steps in 2-10.
  CHECK(bench.offer(bench.numbers).offer(bench.index).run() == Cycles{5, 14});
  CHECK(bench.counted("row_counter_reads") == 0);
  CHECK(bench.counted("kept_entries") == 0);
}

TEST_CASE("what a filter accesses is counted, with values and without") {
  const RestrictedMap map(map_of_five(), {0, 1, 3, 4});
  for (const bool with_values : {true, false}) {
    FilterBench bench(map, kTwoLanes, {}, with_values);
    bench.offer(bench.numbers).offer(bench.index).run();
    CHECK(bench.counted("numbers") == 4);
    CHECK(bench.counted("entries") == 4);
    CHECK(bench.counted("kept_entries") == 3);
    CHECK(bench.counted("look_ups") == 2 + 3 + 4 + 2);  // tokens, rows, mask columns' tokens
    CHECK(bench.counted("mask_bytes") == 2);
    CHECK(bench.counted("columns_written") == 6);    // of three columns: is it kept, its end
    CHECK(bench.counted("columns_read") == 4);       // two steps of two
    CHECK(bench.counted("row_counter_reads") == 6);  // three words of each lane
    CHECK(bench.counted("bytes_written") == 20);
  }
}

TEST_CASE("a filter waits until its deliveries are taken") {
  const RestrictedMap map(map_of_five(), {0, 1, 3});
  for (const RunMode& mode : all_run_modes()) {
    FilterBench bench(map, kTwoLanes, mode);
    // Numbers in 1 and 2 fill a link of two; the third is taken once the first delivery's place is
    // free, in 51, and pushed in 54.
    CHECK(bench.offer(bench.numbers, {2, 2, 2}).run(50, 2) == Cycles{50, 51, 55});
  }
}

TEST_CASE("the cost of an index filter is what its simulation takes") {
  std::mt19937_64 engine(4);
  for (int round = 0; round < 20; ++round) {
    const auto tokens = static_cast<std::uint32_t>(20 + engine() % 300);
    HeadMaps heads;
    for (int head = 0; head < 3; ++head) heads.push_back(random_map(engine, tokens, tokens, 0.05));
    Numbers kept;
    for (std::uint32_t token = 0; token < tokens; ++token) {
      if (token == 0 || engine() % 3 != 0) kept.push_back(token);
    }
    const RestrictedMap map(polarize_heads(heads, tokens / 8), kept);
    const IndexFilterConfig config{8, round % 2 == 0 ? 64U : 5U, 1024, 4};
    const IndexFilterCost cost = cost_of(config);
    FilterBench whole(map, config, {}, false);
    const Cycles cycles = whole.offer(whole.numbers).offer(whole.index).run();
    const std::uint64_t of_numbers = cost.numbers_cycles(kept.size());
    const std::uint64_t of_index = cost.index_cycles(*map.source, *map.tile);
    // Taken in 1; pushed `latency` after the last cycle, seen one later.
    CHECK(cycles[0] == of_numbers + cost.latency + 1);
    CHECK(cycles[1] == of_numbers + of_index + cost.latency + 1);

    // In packets, each of which rounds up.
    FilterBench cut(map, config, {}, false);
    Numbers sizes(cut.load_index.size() / 64, 64);
    if (cut.load_index.size() % 64 != 0) sizes.push_back(cut.load_index.size() % 64);
    const Cycle in_packets = cut.offer(cut.numbers).offer(cut.index, sizes).run().back();
    CHECK(in_packets >= cycles[1]);
    if (round % 2 == 0) CHECK(in_packets <= cycles[1] + sizes.size());
  }
  const IndexFilterCost cost = cost_of(IndexFilterConfig{8, 64, 1024, 4});
  CHECK(cost.least_index_cycles(800, 640) == 100);
  CHECK(cost.least_index_cycles(800, 64000) == 1000);
  CHECK(cost.fits(1024));
  CHECK_FALSE(cost.fits(1025));
}

TEST_CASE("the parts of an index filter follow its lanes and tokens") {
  const IndexFilterConfig config{2, 8, 64, 3};
  // 64 columns of 3 bytes in two banks.
  const PartList columns = column_table_parts(config);
  CHECK(columns.memory->bytes == 192);
  CHECK(columns.memory->banks == 2);
  CHECK(columns.memory->width_bytes == 3);
  CHECK(columns.memory->ports == 1);
  CHECK(columns.count(PartKind::kMultiplexer) == 4 * 24);
  // 64 counters of 2 bytes in each lane's bank, two a word.
  const PartList rows = row_counter_parts(config);
  CHECK(rows.memory->bytes == 256);
  CHECK(rows.memory->banks == 2);
  CHECK(rows.memory->width_bytes == 4);
  CHECK(rows.memory->ports == 2);
  CHECK(rows.count(PartKind::kAdder) == 2 * 16 + 4 * 16);
  const PartList parts = parts_of(config, 64);
  CHECK_FALSE(parts.memory.has_value());
  // Two words of 32 bits and a rank up to 64; a packet; what enters; four words of 8 bytes.
  CHECK(parts.count(PartKind::kGatedRegister) == 2 * (32 + 7) + 512 + 64 + 4 * 64);
  CHECK(parts.count(PartKind::kRegister) == 3 * 2 * 32 + 4 * 24);
}

namespace {

/// A run of the map of five in which `prepare(bench)` offers the packets fails with `message`.
template <typename Prepare>
void fails(const char* message, const IndexFilterConfig& config, bool with_values,
           Prepare&& prepare) {
  const RestrictedMap map(map_of_five(), {0, 1, 3, 4});
  FilterBench bench(map, config, {}, with_values);
  prepare(bench);
  CHECK_THROWS_WITH(bench.run(), Contains(message));
}

}  // namespace

TEST_CASE("packets that do not fit an index filter, or come out of order, are faults") {
  fails("a map has more tokens than the index filter", {2, 64, 4, 3}, false,
        [](FilterBench& b) { b.offer(b.numbers); });
  fails("a packet came to the index filter without its values", kTwoLanes, true,
        [](FilterBench& b) {
          b.offer(b.numbers);
          b.packets.front().payload = nullptr;
        });
  fails("numbers of kept tokens came within a source index", kTwoLanes, false,
        [](FilterBench& b) { b.offer(b.index, {4}).offer(b.numbers); });
  fails("packets of two source indices came between each other", kTwoLanes, false,
        [](FilterBench& b) {
          b.offer(b.index, {4}).offer(b.index, {4});
          b.packets.back().offset = 0;
        });
  fails("packets of two source indices came between each other", kTwoLanes, false,
        [](FilterBench& b) {
          b.offer(b.index, {4}).offer(b.index, {4});
          b.packets.front().transfer = &b.numbers;
          b.numbers.placement = b.of_index;
        });
}

TEST_CASE("loads that do not belong to the restricted map are faults") {
  const auto index_fails = [](const char* message, auto&& prepare) {
    fails(message, kTwoLanes, true, [&prepare](FilterBench& b) {
      prepare(b);
      b.offer(b.numbers).offer(b.index);
    });
  };
  fails("an index is restricted to other tokens than those that came", kTwoLanes, true,
        [](FilterBench& b) { b.offer(b.numbers, {4}).offer(b.index); });
  fails("a source index is shorter than its header tells", kTwoLanes, false, [](FilterBench& b) {
    b.of_index->load_bytes = 20;
    b.offer(b.index, {20});
  });
  index_fails("a source index is longer than its header tells",
              [](FilterBench& b) { b.load_index.push_back(0); });
  index_fails("a restricted index has another size than was planned",
              [](FilterBench& b) { --b.of_index->bytes; });
  index_fails("a restricted index has another size than was planned",
              [](FilterBench& b) { ++b.of_index->bytes; });
  index_fails("the number of a kept token is out of order",
              [](FilterBench& b) { std::swap(b.load_numbers[0], b.load_numbers[2]); });
}

}  // namespace vitcod::test::index_filter_test
