// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/gemm_engine/gemm_port.hpp"
#include "sim/base/errors.hpp"
#include "test/hw_models/gemm_engine/gemm_bench.hpp"

namespace vitcod::test::gemm_engine_test {

// A block of 3 rows and 4 columns over 6 features, on 4 lines of 2 MACs: 3 chunks of W, 8 bytes
// each, which come 4 bytes a cycle: 2 cycles a chunk, under 3 row steps. Constants are 32 bytes: 8
// cycles. So 10 cycles until the first chunk is there, then 9 steps. The drain takes 2 results a
// cycle: 2 cycles a row.

namespace {

using Cycles = std::vector<Cycle>;

GemmKernel block_of_three_rows() {
  GemmKernel kernel;
  kernel.rows = 3;
  kernel.columns = 4;
  kernel.segment_features = 6;
  kernel.begins = kernel.ends = true;
  kernel.pieces = {GemmPiece{RegionId{0}, RegionId{1}, 0, 6}};
  return kernel;
}

/// Its results, one after the other in DRAM, or each row for itself.
struct Results {
  explicit Results(bool contiguous, std::uint32_t packet_bytes = 64) {
    store.outputs = kToResults;
    drain.rows = 3;
    drain.columns = 4;
    drain.packet_bytes = packet_bytes;
    drain.store = &store;
    drain.segments = {DrainSegment{0, 4, 0, contiguous}};
    if (contiguous) store.stretches = {Stretch{4096, 12, 0, 0, 0}};
    for (std::uint64_t row = 0; !contiguous && row < 3; ++row) {
      store.stretches.push_back(Stretch{4096 + row * 100, 4, 0, 0, 0});
    }
  }
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;

  Transfer store;
  DrainKernel drain;
};

std::string account(const GemmBench& bench, const char* block) {
  Json json;
  bench.bench.stats.write(json);
  return json[block]["cycles"].dump();
}

}  // namespace

TEST_CASE("a block takes the first chunk of W, its row steps, the register and its drain") {
  const GemmKernel kernel = block_of_three_rows();
  const Results results(true);
  for (const RunMode& mode : all_run_modes()) {
    // Seen in 1: fill 1-10, steps 11-19, answer seen in 20. The block is handed over a cycle later,
    // seen in 21; rows 21-26; the packet leaves 3 cycles after 27 and is seen in 31.
    const GemmBench bench(GemmShape{}, {&kernel}, {&results.drain}, 1, nullptr, mode);
    CHECK(bench.array_dones.cycles() == Cycles{20});
    CHECK(bench.packets.cycles() == Cycles{31});
    CHECK(bench.drain_dones.cycles() == Cycles{28});
    CHECK(bench.array.macs_done() == 3 * 4 * 6);
    const Packet& packet = bench.packets.arrivals[0].value;
    CHECK(packet.address == 4096);
    CHECK(packet.bytes == 12);
    CHECK(packet.outputs == kToResults);
    CHECK(
        account(bench, "array") ==
        R"({"idle":13,"reconfigure":0,"wait_drain":0,"fill":10,"busy":9,"wait_weights":0,"carry":0})");
  }
}

TEST_CASE("lines that did something else are reconfigured first") {
  GemmKernel kernel = block_of_three_rows();
  kernel.reconfigures = true;
  const Results results(true);
  for (const RunMode& mode : all_run_modes()) {
    const GemmBench bench(GemmShape{}, {&kernel}, {&results.drain}, 1, nullptr, mode);
    CHECK(bench.array_dones.cycles() == Cycles{25});
  }
}

TEST_CASE("row steps wait for a chunk of W that a narrow way has not brought yet") {
  const GemmKernel kernel = block_of_three_rows();
  const Results results(true);
  GemmShape shape;
  shape.engine.weight_bytes_per_cycle = 1;
  for (const RunMode& mode : all_run_modes()) {
    // 32 + 8 cycles to the first chunk; each of the next two is 5 cycles later than the 3 steps
    // need it: 40 + 9 + 10 from 1 on.
    const GemmBench bench(shape, {&kernel}, {&results.drain}, 1, nullptr, mode);
    CHECK(bench.array_dones.cycles() == Cycles{60});
  }
}

TEST_CASE("a block drains under the next one, if that has accumulators of its own") {
  const GemmKernel kernel = block_of_three_rows();
  const Results results(true);
  GemmShape shape;
  for (const RunMode& mode : all_run_modes()) {
    const GemmBench two(shape, {&kernel, &kernel}, {&results.drain, &results.drain}, 2, nullptr,
                        mode);
    CHECK(two.array_dones.cycles() == Cycles{20, 39});
  }
  // Rows of the first block are read until 26: its accumulators are known to be free in 28.
  shape.engine.accumulator_files = 1;
  for (const RunMode& mode : all_run_modes()) {
    const GemmBench one(shape, {&kernel, &kernel}, {&results.drain, &results.drain}, 2, nullptr,
                        mode);
    CHECK(one.array_dones.cycles() == Cycles{20, 47});
  }
}

TEST_CASE("rows that lie apart leave as a packet each, and wait while none is taken") {
  const GemmKernel kernel = block_of_three_rows();
  const Results results(false);
  for (const RunMode& mode : all_run_modes()) {
    // Rows end in 22, 24 and 26: the first two leave 3 cycles after 23 and 25. From then on they
    // hold the two places of the link. The first is taken in 27, so the third is sent in 28.
    const GemmBench bench(GemmShape{}, {&kernel}, {&results.drain}, 3, nullptr, mode);
    CHECK(bench.packets.cycles() == Cycles{27, 29, 32});
    CHECK(bench.packets.arrivals[2].value.address == 4096 + 200);
    // Two fill the link. The first is taken in 40: the third is sent in 41, seen in 45.
    const GemmBench late(GemmShape{}, {&kernel}, {&results.drain}, 3, nullptr, mode, 40);
    CHECK(late.packets.cycles() == Cycles{40, 41, 45});
  }
}

TEST_CASE("packets of rows that lie together have as many rows as they may") {
  const GemmKernel kernel = block_of_three_rows();
  const Results results(true, 8);
  const GemmBench bench(GemmShape{}, {&kernel}, {&results.drain}, 2);
  CHECK(bench.packets.cycles() == Cycles{29, 31});  // rows 0 and 1 by 24, row 2 by 26
  CHECK(bench.packets.arrivals[1].value.address == 4096 + 8);
  CHECK(bench.packets.arrivals[1].value.offset == 8);
  CHECK(bench.packets.arrivals[1].value.bytes == 4);
}

TEST_CASE("a block that is larger than the array is refused") {
  GemmKernel kernel = block_of_three_rows();
  kernel.rows = 5;
  const Results results(true);
  CHECK_THROWS_WITH(GemmBench(GemmShape{}, {&kernel}, {&results.drain}, 1),
                    Catch::Contains("a block is larger than the array"));
}

TEST_CASE("the cost of a kernel is what its chunks take one by one") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    GemmCost cost;
    cost.macs_per_line = 1 + seed % 9;
    cost.weight_bandwidth = static_cast<std::uint32_t>(1 + seed % 13);
    cost.input_bandwidth = static_cast<std::uint32_t>(1 + seed % 4);
    const std::uint64_t rows = 1 + seed % 7;
    const std::uint64_t columns = 1 + seed % 11;
    const std::uint64_t features = 1 + seed % 50;
    const std::uint64_t constants = seed % 3 * 8;
    // A chunk comes into the free half of the registers from the begin of the one before on.
    std::uint64_t loaded = ceil_div(constants, std::uint64_t{cost.weight_bandwidth});
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    for (std::uint64_t first = 0; first < features; first += cost.macs_per_line) {
      const std::uint64_t chunk = std::min(cost.macs_per_line, features - first);
      loaded = (first == 0 ? loaded : begin) +
               ceil_div(columns * chunk, std::uint64_t{cost.weight_bandwidth});
      begin = std::max(end, loaded);
      end = begin + rows * ceil_div(chunk, std::uint64_t{cost.input_bandwidth});
    }
    CHECK(cost.cycles(rows, columns, features, constants).total() == end);
  }
}

TEST_CASE("a write port takes a packet's bytes at its width, and delivers it then") {
  auto placement = std::make_shared<GemmPlacement>();
  Transfer transfer;
  transfer.placement = placement;
  std::vector<Packet> offered(2);
  for (Packet& packet : offered) packet.transfer = &transfer;
  offered[0].bytes = 17;  // 3 cycles of 8 bytes
  offered[1].bytes = 8;
  for (const RunMode& mode : all_run_modes()) {
    SimBench bench(mode);
    std::size_t countdown = 2;
    Source<Packet> source("source", bench, all_at_once(offered));
    GemmPort port("port", bench.clock, GemmShape{}.engine, nullptr, bench.stats);
    Sink<Delivery> sink("sink", bench, countdown);
    const auto in = connect(bench, source.out, port.packet_in);
    const auto out = connect(bench, port.delivery_out, sink.in);
    bench.run();
    CHECK(sink.cycles() == Cycles{4, 5});
  }
}

TEST_CASE("lines that shift take a lane's features a step") {
  GemmKernel kernel = block_of_three_rows();
  kernel.primitive = Primitive::kShift;
  const Results results(true);
  GemmShape shape;
  shape.shift_lanes = 3;
  shape.engine.input_bytes_per_cycle = 3;
  for (const RunMode& mode : all_run_modes()) {
    // 8 cycles of constants; 2 chunks of 12 bytes in 3 cycles each, under 3 row steps: 17 cycles.
    const GemmBench bench(shape, {&kernel}, {&results.drain}, 1, nullptr, mode);
    CHECK(bench.array_dones.cycles() == Cycles{18});
    CHECK(bench.array.shifts_done() == 3 * 4 * 6);
    CHECK(bench.array.macs_done() == 0);
  }
  // Three features that come two at a time take two cycles a step: 11 + 12.
  shape.engine.input_bytes_per_cycle = 2;
  CHECK(GemmBench(shape, {&kernel}, {&results.drain}, 1).array_dones.cycles() == Cycles{24});
  shape.shift_lanes = std::nullopt;
  CHECK_THROWS_WITH(
      GemmBench(shape, {&kernel}, {&results.drain}, 1),
      Catch::Contains("shifts or additions were asked of lines that have no lanes for them"));
}

}  // namespace vitcod::test::gemm_engine_test
