// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "hw_models/top_k_engine/cascade_selector.hpp"
#include "hw_models/top_k_engine/value_selector.hpp"
#include "test/support/row_bench.hpp"

namespace vitcod::test::selectors_test {

using Catch::Matchers::Contains;

namespace {

using Cycles = std::vector<Cycle>;
const TopKConfig kConfig{4, 16, 3, 2};

struct CascadeBench {
  CascadeBench(const RunMode& mode, const std::vector<CascadeKernel>& kernels,
               Importance* importance = nullptr, std::size_t num_packets = 0, Cycle taken_from = 0)
      : bench(mode),
        countdown(kernels.size() + num_packets),
        unit("unit", bench.clock, kConfig, importance, bench.stats),
        dones("dones", bench, countdown),
        packets("packets", bench, countdown, taken_from) {
    std::vector<Source<UnitOrder>::Beat> orders;
    orders.reserve(kernels.size());
    for (const CascadeKernel& kernel : kernels) orders.push_back({0, UnitOrder{&kernel}});
    Source<UnitOrder> source("source", bench, orders);
    const auto in = connect(bench, source.out, unit.order_in);
    const auto out = connect(bench, unit.done_out, dones.in);
    Link<Packet> stored("stored", bench.clock, 2);
    unit.packet_out(stored);
    packets.in(stored);
    bench.run();
  }
  SimBench bench;
  std::size_t countdown;
  CascadeSelector unit;
  Sink<UnitDone> dones;
  Sink<Packet> packets;
};

CascadeKernel kernel_of(std::vector<std::uint32_t> tokens, std::vector<std::uint32_t> heads,
                        SearchWork search) {
  CascadeKernel kernel;
  kernel.choice = CascadeChoice{5, 3, 1, std::move(tokens), std::move(heads), search};
  return kernel;
}

/// Of numbers, 16 bits each, of five tokens.
Transfer store_at(std::uint64_t address) {
  Transfer store;
  store.stretches = {Stretch{address, 10, 2, 0, 0}};
  return store;
}

CascadeKernel storing_kernel(const Transfer& store, std::uint32_t packet_bytes) {
  CascadeKernel kernel = kernel_of({0, 1, 2, 3, 4}, {1}, {5, 3});
  kernel.store = &store;
  kernel.packet_bytes = packet_bytes;
  return kernel;
}

/// A row of P with weights, of a tile that keeps the first three of five.
AttentionRow row_with(const PairTile& tile, std::vector<std::uint32_t> weights) {
  auto values = std::make_shared<RowValues>();
  values->weights = std::move(weights);
  return AttentionRow{&tile, 0, values};
}

void select(const PairTile& tile, const std::vector<std::uint32_t>& weights) {
  StageBench<ValueSelector>(RunMode{}, {{0, row_with(tile, weights)}}, 2, 0, kConfig);
}

}  // namespace

TEST_CASE("a row waits for its choice, and passes in a cycle without one") {
  for (const RunMode& mode : all_run_modes()) {
    // Seen in 1, in work for 12 cycles in 1-12, seen behind in 13; the next one in 13-24.
    const auto tile = pair_tile(1, 3, 8, 4, 3, {6, 2});
    CHECK(StageBench<ValueSelector>(mode, rows_of(*tile), 2, 0, kConfig).cycles() ==
          Cycles{13, 25, 37});
    const auto whole = pair_tile(1, 3, 8, 4, 8);
    CHECK(StageBench<ValueSelector>(mode, rows_of(*whole), 2, 0, kConfig).cycles() ==
          Cycles{2, 3, 4});
  }
}

TEST_CASE("a value selector with its output blocked waits") {
  for (const RunMode& mode : all_run_modes()) {
    // Two rows wait in 25; the third is taken in the cycle after the first one left, 101.
    const auto tile = pair_tile(1, 3, 8, 4, 3, {6, 2});
    CHECK(StageBench<ValueSelector>(mode, rows_of(*tile), 2, 100, kConfig).cycles() ==
          Cycles{100, 101, 113});
  }
}

TEST_CASE("a value selector that comes to another choice than the trace ends the run") {
  // Pass over 5 entries, the pivot 30 is the third largest; and the pass that emits: 2 words each.
  select(*pair_tile(1, 1, 5, 4, 3, {4, 2}), {30, 40, 50, 2, 1});
  CHECK_THROWS_WITH(select(*pair_tile(1, 1, 5, 4, 3, {4, 2}), {30, 40, 50, 99, 1}),
                    Contains("chooses other rows of V than the trace"));
  CHECK_THROWS_WITH(select(*pair_tile(1, 1, 5, 4, 3, {4, 3}), {30, 40, 50, 2, 1}),
                    Contains("searches otherwise for rows of V than the trace says"));
}

TEST_CASE("a cascade selector takes one order after the other") {
  for (const RunMode& mode : all_run_modes()) {
    // Seen in 1, 1-14, reported in 14 and seen in 15; 15-18; at least one cycle.
    const CascadeBench bench(mode, {kernel_of({0, 2}, {1}, {5, 3}),
                                    kernel_of({0, 1}, {0, 1, 2}, {1, 1}), kernel_of({}, {}, {})});
    CHECK(bench.dones.cycles() == Cycles{15, 19, 20});
  }
}

TEST_CASE("tokens that stay leave a cascade selector behind the search, packet by packet") {
  for (const RunMode& mode : all_run_modes()) {
    // Seen in 1, 1-14. Two numbers up to the boundary leave in 15, three in 16; the order ends with
    // them, and the next one is taken in 17.
    const Transfer store = store_at(1020);
    const CascadeBench bench(mode, {storing_kernel(store, 8), kernel_of({}, {}, {})}, nullptr, 2);
    CHECK(bench.packets.cycles() == Cycles{16, 17});
    CHECK(bench.dones.cycles() == Cycles{17, 18});
    // Five numbers of one packet, four a cycle: 15-16.
    const Transfer whole = store_at(1024);
    const CascadeBench one(mode, {storing_kernel(whole, 16)}, nullptr, 1);
    CHECK(one.packets.cycles() == Cycles{17});
    CHECK(one.dones.cycles() == Cycles{17});
  }
}

TEST_CASE("a cascade selector whose packets nobody takes waits with the rest of them") {
  for (const RunMode& mode : all_run_modes()) {
    // Two of three packets wait in 100; the third leaves when there is room, in 101.
    const Transfer store = store_at(1020);
    const CascadeBench bench(mode, {storing_kernel(store, 4)}, nullptr, 3, 100);
    CHECK(bench.packets.cycles() == Cycles{100, 101, 102});
    CHECK(bench.dones.cycles() == Cycles{102});
  }
}

TEST_CASE("a cascade selector stores the numbers of the tokens that it chose itself") {
  Importance importance{{1, 20, 30, 10, 5}, {7, 9, 8}};
  Transfer store = store_at(1024);
  store.stretches[0].bytes = 6;
  CascadeKernel kernel = kernel_of({0, 1, 2}, {1}, {5, 5});
  kernel.store = &store;
  kernel.packet_bytes = 16;
  const CascadeBench bench(RunMode{}, {kernel}, &importance, 1);
  const Packet& packet = bench.packets.arrivals.at(0).value;
  CHECK(*packet.payload == std::vector<std::uint8_t>{0, 0, 1, 0, 2, 0});
  CHECK(packet.num_rows == 3);
  store.stretches[0].bytes = 8;
  Importance again{{1, 20, 30, 10, 5}, {7, 9, 8}};
  CHECK_THROWS_WITH(CascadeBench(RunMode{}, {kernel}, &again, 1),
                    Contains("a store of another size than the tokens that stay"));
}

TEST_CASE("a cascade selector keeps the prefix, the most important tokens and heads") {
  Importance importance{{1, 20, 30, 10, 5}, {7, 9, 8}};
  // Tokens 20 30 10 5, 2 of them: the pivot 20 is the second: 2 passes of a word. Heads 7 9 8, 1 of
  // them: the pivot 7 leaves 9 8, of which 9 is the first: 3 passes of a word.
  const CascadeBench bench(RunMode{}, {kernel_of({0, 1, 2}, {1}, {5, 5})}, &importance);
  CHECK(importance.tokens == std::vector<std::uint64_t>{1, 20, 30});
  CHECK(importance.heads == std::vector<std::uint64_t>{9});
}

TEST_CASE("a cascade selector that comes to another choice than the trace ends the run") {
  const Importance before{{1, 20, 30, 10, 5}, {7, 9, 8}};
  const auto run = [&](const CascadeKernel& kernel) {
    Importance importance = before;
    CascadeBench(RunMode{}, {kernel}, &importance);
  };
  CHECK_THROWS_WITH(run(kernel_of({0, 1, 3}, {1}, {5, 5})), Contains("keeps other tokens"));
  CHECK_THROWS_WITH(run(kernel_of({0, 1, 2}, {2}, {5, 5})), Contains("keeps other heads"));
  CHECK_THROWS_WITH(run(kernel_of({0, 1, 2}, {1}, {6, 5})),
                    Contains("searches otherwise for tokens and heads"));
}

TEST_CASE("what the FIFOs of a top-k engine do not hold is an error of the model") {
  const auto tile = pair_tile(1, 1, 65, 4, 3, {6, 2});
  CHECK_THROWS_WITH(StageBench<ValueSelector>(RunMode{}, rows_of(*tile), 2, 0, kConfig),
                    Contains("a row is longer than the FIFOs hold"));
  CascadeKernel kernel = kernel_of({0, 1, 2}, {1}, {5, 5});
  kernel.choice.num_tokens = 65;
  CHECK_THROWS_WITH(CascadeBench(RunMode{}, {kernel}),
                    Contains("more tokens or heads than the FIFOs hold"));
}

TEST_CASE("a flat row of a first pass is not searched, and passes in a cycle") {
  for (const RunMode& mode : all_run_modes()) {
    const auto tile = with_flat_rows(*pair_tile(1, 3, 8, 4, 3, {6, 2}), RowPass::kFirst, {1});
    // In work for 12 cycles in 1-12, for one in 13, for 12 in 14-25; each is seen a cycle later.
    const StageBench<ValueSelector> bench(mode, rows_of(*tile), 4, 0, kConfig);
    CHECK(bench.cycles() == Cycles{13, 14, 26});
  }
}

}  // namespace vitcod::test::selectors_test
