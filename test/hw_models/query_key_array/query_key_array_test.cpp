// SPDX-License-Identifier: Apache-2.0
#include "hw_models/query_key_array/query_key_array.hpp"

#include <catch2/catch.hpp>

#include "hw_models/query_key_array/query_key_array_parts.hpp"
#include "sim/base/random.hpp"
#include "test/support/row_bench.hpp"

namespace vitcod::test::query_key_array_test {
namespace {

using Cycles = std::vector<Cycle>;

struct Bench {
  Bench(const RunMode& mode, const QueryKeyArrayCost& cost, std::shared_ptr<const PairTile> tile,
        std::size_t depth = 2, Cycle taken_from = 0, const GemmContents* contents = nullptr,
        std::size_t num_orders = 1)
      : bench(mode),
        countdown(num_orders * (tile->total_rows() + 1)),
        array("array", bench.clock, cost, contents, bench.stats),
        rows("rows", bench, countdown, taken_from),
        dones("dones", bench, countdown) {
    kernel.tile = std::move(tile);
    std::vector<Source<UnitOrder>::Beat> orders(num_orders, {0, UnitOrder{&kernel}});
    Source<UnitOrder> source("source", bench, orders);
    const auto in = connect(bench, source.out, array.order_in);
    const auto out = connect(bench, array.row_out, rows.in, depth);
    Link<UnitDone> done("done_link", bench.clock);
    array.done_out(done);
    dones.in(done);
    bench.run();
  }
  QueryKeyKernel kernel;
  SimBench bench;
  std::size_t countdown;
  QueryKeyArray array;
  Sink<AttentionRow> rows;
  Sink<UnitDone> dones;
};

}  // namespace

TEST_CASE("as many keys a cycle as multipliers hold and the adder tree gives") {
  const QueryKeyArrayCost cost = cost_of(QueryKeyArrayConfig{8, 11, 2}, 512, 8);
  CHECK(cost.scores_per_cycle(64) == 8);
  CHECK(cost.scores_per_cycle(16) == 8);  // of 32
  CHECK(cost.scores_per_cycle(128) == 4);
  CHECK(cost.row_cycles(197, 64) == 25);
  CHECK(cost.row_cycles(10, 1000) == 20);  // two cycles a key
  CHECK(cost_of(QueryKeyArrayConfig{8, 11, 2}, 512, 3).row_cycles(10, 64) == 4);
}

TEST_CASE("rows follow each other without a gap and leave after the latency") {
  for (const RunMode& mode : all_run_modes()) {
    // 2 keys a cycle: 10 keys take 5 cycles. Seen in 1: 1-5, 6-10, ...; in 5 + 3 and one more.
    const Bench bench(mode, {16, 8, 3}, pair_tile(2, 2, 10, 8, 10));
    CHECK(bench.rows.cycles() == Cycles{9, 14, 19, 24});
    CHECK(bench.dones.cycles() == Cycles{21});
    CHECK(bench.array.macs_done() == 4 * 10 * 8);
    // The next order begins in 21.
    CHECK(Bench(mode, {16, 8, 3}, pair_tile(1, 1, 10, 8, 10), 2, 0, nullptr, 2).rows.cycles() ==
          Cycles{9, 14});
  }
}

TEST_CASE("an array whose rows are not taken waits") {
  for (const RunMode& mode : all_run_modes()) {
    // The first row in 1-5; it lies in the link until 50, and its room is seen in 51: 51-55.
    const Bench bench(mode, {16, 8, 3}, pair_tile(1, 2, 10, 8, 10), 1, 50);
    CHECK(bench.rows.cycles() == Cycles{50, 59});
  }
}

TEST_CASE("products are those of each query with all keys of its head") {
  Random random(3);
  const auto tile = pair_tile(2, 3, 4, 5, 4);
  std::vector<std::int8_t> query(2 * 3 * 5);
  std::vector<std::int8_t> key(2 * 4 * 5);
  for (auto* values : {&query, &key}) {
    for (std::int8_t& x : *values)
      x = static_cast<std::int8_t>(int(random.uniform_below(256)) - 128);
  }
  GemmContents contents;
  hold(contents, RegionId{0}, query);
  hold(contents, RegionId{1}, key);
  const Bench bench(RunMode{}, {16, 8, 3}, tile, 2, 0, &contents);
  for (const auto& arrival : bench.rows.arrivals) {
    const std::uint32_t row = arrival.value.row;
    for (std::size_t k = 0; k < 4; ++k) {
      std::int32_t sum = 0;
      for (std::size_t f = 0; f < 5; ++f)
        sum += query[row * 5 + f] * key[(row / 3 * 4 + k) * 5 + f];
      CHECK(arrival.value.values->products[k] == sum);
    }
  }
}

TEST_CASE("the array's parts grow with what leaves its tree") {
  const PoolBanks pool{16, 64};
  const PartList narrow = parts_of(QueryKeyArrayConfig{4, 11, 2}, pool, 512);
  const PartList wide = parts_of(QueryKeyArrayConfig{8, 11, 2}, pool, 512);
  CHECK(wide.count(PartKind::kRegister) == 8 * 11 * 32);
  CHECK(narrow.count(PartKind::kRegister) == 4 * 11 * 32);
  CHECK(wide.count(PartKind::kGatedRegister) == 2 * 512 * 8);  // two queries
  const PartList rows = waiting_products_parts(QueryKeyArrayConfig{8, 11, 2}, 1024);
  CHECK(rows.memory->bytes == 2 * 1024 * 4);
  CHECK(rows.memory->width_bytes == 8 * 4);
}

namespace {

std::vector<std::int8_t> random_bytes(Random& random, std::size_t num) {
  std::vector<std::int8_t> values(num);
  for (std::int8_t& x : values) x = static_cast<std::int8_t>(int(random.uniform_below(256)) - 128);
  return values;
}

/// Element `i` in sixteenths.
int whole(const std::vector<std::int8_t>& high, const std::vector<std::int8_t>& low,
          std::size_t i) {
  const int two = static_cast<std::uint8_t>(low[i / 2]);
  return 16 * high[i] + (i % 2 == 0 ? two & 15 : two >> 4);
}

}  // namespace

TEST_CASE("a second pass computes flat rows alone, with the low bits of Q and K") {
  Random random(6);
  const auto tile = with_flat_rows(*pair_tile(2, 3, 4, 6, 4), RowPass::kAgain, {1, 2, 4});
  tile->has_low_scores = true;
  tile->query_low = RegionId{3};
  tile->key_low = RegionId{4};
  const auto query = random_bytes(random, 2 * 3 * 6), key = random_bytes(random, 2 * 4 * 6);
  const auto query_low = random_bytes(random, 2 * 3 * 3), key_low = random_bytes(random, 2 * 4 * 3);
  GemmContents contents;
  hold(contents, RegionId{0}, query);
  hold(contents, RegionId{1}, key);
  hold(contents, RegionId{3}, query_low);
  hold(contents, RegionId{4}, key_low);
  for (const RunMode& mode : all_run_modes()) {
    // 2 keys a cycle, 2 cycles a row: 1-2, 3-4, 5-6; 3 more and one.
    const Bench bench(mode, {16, 2, 3}, tile, 4, 0, &contents);
    CHECK(bench.rows.cycles() == Cycles{6, 8, 10});
    CHECK(bench.array.macs_done() == 3 * 4 * 6);
    for (std::size_t i = 0; i < 3; ++i) {
      const AttentionRow& row = bench.rows.arrivals[i].value;
      CHECK(row.row == tile->flat_rows[i]);
      for (std::size_t k = 0; k < 4; ++k) {
        int sum = 0;
        for (std::size_t f = 0; f < 6; ++f) {
          sum += whole(query, query_low, row.row * 6 + f) *
                 whole(key, key_low, (row.row / 3 * 4 + k) * 6 + f);
        }
        CHECK(row.values->products[k] == sum);
      }
    }
  }
}

TEST_CASE("low bits widen the array's registers, and marks of flat rows are its own") {
  const PoolBanks pool{16, 64};
  const QueryKeyArrayConfig config{8, 11, 2};
  const auto parts = [&](LowBits rows, PartKind kind) {
    return parts_of(config, pool, 512, LowBitsConfig{rows, 0.1, 2048}).count(kind);
  };
  CHECK(parts(LowBits::kNone, PartKind::kGatedRegister) == 2 * 512 * 8);
  CHECK(parts(LowBits::kAllRows, PartKind::kGatedRegister) == 2 * 512 * 12);
  CHECK(parts(LowBits::kFlatRows, PartKind::kGatedRegister) == 2 * 512 * 12);
  CHECK(parts(LowBits::kFlatRows, PartKind::kLatch) ==
        parts(LowBits::kAllRows, PartKind::kLatch) + 2048);
}

}  // namespace vitcod::test::query_key_array_test
