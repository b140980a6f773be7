// SPDX-License-Identifier: Apache-2.0
#include "hw_models/prob_value_array/prob_value_array.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <optional>

#include "hw_models/prob_value_array/prob_value_array_parts.hpp"
#include "sim/base/random.hpp"
#include "test/support/row_bench.hpp"

namespace vitcod::test::prob_value_array_test {
namespace {

using Cycles = std::vector<Cycle>;

struct Bench {
  Bench(const RunMode& mode, const ProbValueArrayCost& cost, std::shared_ptr<const PairTile> tile,
        std::vector<Source<AttentionRow>::Beat> beats, std::uint32_t rows_a_packet,
        Cycle taken_from = 0, const GemmContents* contents = nullptr,
        Importance* importance = nullptr, const std::optional<Transfer>& stored = std::nullopt,
        std::size_t num_packets = 0)
      : bench(mode), array("array", bench.clock, cost, contents, importance, bench.stats) {
    const std::uint32_t packets = (tile->num_queries + rows_a_packet - 1) / rows_a_packet;
    countdown = (stored ? num_packets : std::size_t{tile->num_heads} * packets) + 1;
    if (stored) store = *stored;
    for (std::uint32_t head = 0; head < tile->num_heads && !stored; ++head) {
      const std::uint64_t bytes = std::uint64_t{tile->num_queries} * tile->value_features;
      store.stretches.push_back(Stretch{4096 + 1000 * head, bytes, tile->value_features,
                                        head * tile->num_queries, head * bytes});
    }
    kernel.tile = std::move(tile);
    kernel.store = &store;
    kernel.rows_a_packet = rows_a_packet;
    Source<AttentionRow> rows("rows", bench, std::move(beats));
    Source<UnitOrder> orders("orders", bench, {{0, UnitOrder{&kernel}}});
    packets_out = std::make_unique<Sink<Packet>>("packets", bench, countdown, taken_from);
    dones = std::make_unique<Sink<UnitDone>>("dones", bench, countdown);
    const auto in = connect(bench, rows.out, array.row_in);
    const auto order = connect(bench, orders.out, array.order_in);
    const auto out = connect(bench, array.packet_out, packets_out->in, 2);
    Link<UnitDone> done("done_link", bench.clock);
    array.done_out(done);
    dones->in(done);
    bench.run();
  }
  Transfer store;
  ProbValueKernel kernel;
  SimBench bench;
  std::size_t countdown = 0;
  ProbValueArray array;
  std::unique_ptr<Sink<Packet>> packets_out;
  std::unique_ptr<Sink<UnitDone>> dones;
};

}  // namespace

TEST_CASE("a row takes as long as its fullest bank, or its division") {
  const ProbValueArrayCost cost = cost_of(ProbValueArrayConfig{8, 16, 5}, 256);
  CHECK(cost.rows_per_cycle(64) == 4);
  CHECK(cost.rows_per_cycle(16) == 8);  // of 16
  CHECK(cost.row_cycles(10, 64) == 10);
  CHECK(cost.row_cycles(2, 64) == 4);  // 64 features, 16 a cycle
  CHECK(cost.row_cycles(1, 1000) == 63);
  CHECK(cost.row_cycles(20, 1000) == 80);  // four cycles a row of V
}

TEST_CASE("rows of V that lie in one bank are read one after the other") {
  for (const RunMode& mode : all_run_modes()) {
    // 16 multipliers, 8 features: 2 banks. Keys 0 to 4: 3 in bank 0. Seen in 1: 1-3, 4-6; the
    // packet of both rows in 6 + 5 and one more.
    const auto tile = pair_tile(1, 2, 10, 8, 5);
    CHECK(Bench(mode, {16, 2, 8, 5}, tile, rows_of(*tile), 2).packets_out->cycles() == Cycles{12});
    // Keys 0 2 4 6 of both rows: 4 in bank 0.
    auto apart = pair_tile(1, 2, 10, 8, 0);
    auto choice = std::make_shared<ValueChoice>(*apart->choice);
    for (std::uint32_t query : {0U, 1U}) {
      for (std::uint32_t key : {0U, 2U, 4U, 6U}) choice->kept[0].set(query, key, true);
    }
    apart->choice = choice;
    const Bench bench(mode, {16, 2, 8, 5}, apart, rows_of(*apart), 1);
    CHECK(bench.packets_out->cycles() == Cycles{10, 14});
    CHECK(bench.dones->cycles() == Cycles{14});
    CHECK(bench.array.macs_done() == 2 * 4 * 8);
  }
}

TEST_CASE("packets hold whole rows of one head") {
  for (const RunMode& mode : all_run_modes()) {
    const auto tile = pair_tile(2, 3, 4, 8, 4);
    const Bench bench(mode, {16, 2, 8, 5}, tile, rows_of(*tile), 2);
    // 2 cycles a row: 1-2, ..., 7-8. Packets with rows 1, 2, 4 and 5. The first two hold the room
    // of the link until 10: row 4 in 11-12, row 5 in 13-14.
    CHECK(bench.packets_out->cycles() == Cycles{10, 12, 18, 20});
    const Packet& last = bench.packets_out->arrivals.back().value;
    CHECK(last.address == 4096 + 1000 + 2 * 8);
    CHECK(last.offset == 5 * 8);
    CHECK(last.first_row == 5);
    CHECK(last.num_rows == 1);
    CHECK(last.bytes == 8);
  }
}

TEST_CASE("an array whose packets are not taken waits, and so does one without rows") {
  for (const RunMode& mode : all_run_modes()) {
    const auto tile = pair_tile(1, 4, 4, 8, 4);
    // Two packets lie in the link; its room is seen in 51: 51-52, 6 later; the next one after that.
    CHECK(Bench(mode, {16, 2, 8, 5}, tile, rows_of(*tile), 1, 50).packets_out->cycles() ==
          Cycles{50, 51, 58, 60});
    CHECK(Bench(mode, {16, 2, 8, 5}, tile, rows_of(*tile, 20), 1).packets_out->cycles() ==
          Cycles{8, 28, 48, 68});
  }
}

TEST_CASE("outputs are the weighted mean of the chosen rows, over the sum of all weights") {
  Random random(4);
  const auto tile = pair_tile(2, 2, 6, 5, 4);
  std::vector<std::int8_t> value(2 * 6 * 5);
  for (std::int8_t& x : value) x = static_cast<std::int8_t>(int(random.uniform_below(256)) - 128);
  GemmContents contents;
  hold(contents, RegionId{2}, value);
  auto rows = rows_of(*tile);
  for (auto& row : rows) {
    row.value.values = std::make_shared<RowValues>();
    for (int key = 0; key < 6; ++key) {
      row.value.values->weights.push_back(static_cast<std::uint32_t>(random.uniform_below(256)));
      row.value.values->sum += row.value.values->weights.back();
    }
  }
  Importance importance{{}, {0, 100}};
  const Bench bench(RunMode{}, {16, 2, 8, 5}, tile, rows, 1, 0, &contents, &importance);
  std::vector<std::uint64_t> magnitudes{0, 100};
  for (std::size_t row = 0; row < 4; ++row) {
    const Payload& payload = bench.packets_out->arrivals[row].value.payload;
    REQUIRE(payload->size() == 5);
    for (std::size_t f = 0; f < 5; ++f) {
      double sum = 0;
      for (std::size_t key = 0; key < 4; ++key) {
        sum += rows[row].value.values->weights[key] * double(value[(row / 2 * 6 + key) * 5 + f]);
      }
      const double exact = std::floor(sum / rows[row].value.values->sum + 0.5);
      CHECK(static_cast<std::int8_t>((*payload)[f]) == exact);
      magnitudes[row / 2] += static_cast<std::uint64_t>(std::abs(exact));
    }
  }
  CHECK(importance.heads == magnitudes);
}

TEST_CASE("a row before its order is an error of the model") {
  const auto tile = pair_tile(1, 1, 4, 8, 4);
  const auto other = pair_tile(1, 1, 4, 8, 4);
  CHECK_THROWS_WITH(Bench(RunMode{}, {16, 2, 8, 5}, tile, rows_of(*other), 1),
                    Catch::Matchers::Contains("before the order for it"));
}

TEST_CASE("the array has dividers and the sums of two rows") {
  const PartList parts = parts_of(ProbValueArrayConfig{8, 16, 5}, PoolBanks{16, 64}, 512, 1024);
  CHECK(parts.count(PartKind::kDivider) == 16 * 33 * 9);
  // Weights and keys of 1024 entries, sums of two rows of 512 multipliers.
  CHECK(parts.count(PartKind::kLatch) == 1024 * 24);
  CHECK(parts.count(PartKind::kGatedRegister) == 2 * 512 * 32);
}

namespace {

/// A stretch for each run of rows, given by its first row and length.
Transfer store_of_runs(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& runs) {
  Transfer store;
  for (const auto& [first, num] : runs) {
    store.stretches.push_back(Stretch{4096 + 8ULL * first, 8ULL * num, 8, first, 8ULL * first});
  }
  return store;
}

}  // namespace

TEST_CASE("packets of a pass hold rows that follow each other and are its own") {
  const auto whole = pair_tile(2, 4, 4, 8, 4);
  using Rows = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  const auto packets = [](const RunMode& mode, const std::shared_ptr<const PairTile>& tile,
                          const Rows& runs, std::size_t num) {
    const Bench bench(mode, {16, 2, 8, 5}, tile, rows_of(*tile), 2, 0, nullptr, nullptr,
                      store_of_runs(runs), num);
    Rows made;
    for (const auto& arrival : bench.packets_out->arrivals) {
      const Packet& packet = arrival.value;
      CHECK(packet.address == 4096 + 8 * packet.first_row);
      CHECK(packet.offset == 8 * packet.first_row);
      CHECK(packet.bytes == 8 * packet.num_rows);
      made.emplace_back(packet.first_row, packet.num_rows);
    }
    return made;
  };
  for (const RunMode& mode : all_run_modes()) {
    // Rows 1, 2 and 7 of two heads of four are flat.
    const auto first = with_flat_rows(*whole, RowPass::kFirst, {1, 2, 7});
    CHECK(packets(mode, first, {{0, 1}, {3, 1}, {4, 3}}, 4) ==
          Rows{{0, 1}, {3, 1}, {4, 2}, {6, 1}});
    const auto again = with_flat_rows(*whole, RowPass::kAgain, {1, 2, 7});
    CHECK(packets(mode, again, {{1, 2}, {7, 1}}, 3) == Rows{{1, 1}, {2, 1}, {7, 1}});
    const auto none = with_flat_rows(*whole, RowPass::kFirst, {0, 1, 2, 3, 4, 5, 6, 7});
    CHECK(packets(mode, none, {}, 0).empty());
  }
}

TEST_CASE("low bits of V count for sixteenths, and outputs are saturated") {
  const auto tile = pair_tile(1, 2, 2, 2, 2);
  tile->has_low_values = true;
  tile->value_low = RegionId{3};
  GemmContents contents;
  hold(contents, RegionId{2}, {127, -2, 127, 1});  // rows of two features
  hold(contents, RegionId{3}, {0x0F, 0x7F});       // 15, 0; 15, 7
  auto rows = rows_of(*tile);
  const std::vector<std::uint32_t> weights[] = {{128, 128}, {128, 0}};
  for (std::size_t i = 0; i < 2; ++i) {
    rows[i].value.values = std::make_shared<RowValues>();
    rows[i].value.values->weights = weights[i];
    rows[i].value.values->sum = weights[i][0] + weights[i][1];
  }
  Importance importance{{}, {0}};
  const Bench bench(RunMode{}, {16, 2, 8, 5}, tile, rows, 1, 0, &contents, &importance);
  // 127 15/16 is 128, which does not fit; (-2 + 1 7/16) / 2 is -9/32, then -2.
  const auto output = [&](std::size_t packet, std::size_t feature) {
    return int(
        static_cast<std::int8_t>((*bench.packets_out->arrivals[packet].value.payload)[feature]));
  };
  CHECK(output(0, 0) == 127);
  CHECK(output(0, 1) == 0);
  CHECK(output(1, 0) == 127);
  CHECK(output(1, 1) == -2);
}

}  // namespace vitcod::test::prob_value_array_test
