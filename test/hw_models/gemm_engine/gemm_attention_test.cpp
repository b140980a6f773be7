// SPDX-License-Identifier: Apache-2.0
// The two products of linear attention on the array: 4 lines of 2 MACs and one beside them.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/gemm_engine/gemm_attention_parts.hpp"
#include "hw_models/gemm_engine/gemm_port.hpp"
#include "hw_models/gemm_engine/requantise.hpp"
#include "sim/base/errors.hpp"
#include "test/hw_models/gemm_engine/gemm_bench.hpp"

namespace vitcod::test::gemm_attention_test {
namespace {

using Cycles = std::vector<Cycle>;
using Bytes = std::vector<std::int8_t>;

constexpr RegionId kX{0}, kW{1}, kConstants{2}, kBeside{3};

/// With a reciprocal in 3 cycles.
GemmShape shape() {
  GemmShape shape;
  shape.engine.linear_attention = GemmAttentionConfig{3};
  return shape;
}

/// A of 3 features of K and 4 of V over 6 keys, with z.
GemmKernel inner_kernel() {
  GemmKernel kernel;
  kernel.rows = 3;
  kernel.columns = 4;
  kernel.begins = kernel.ends = true;
  kernel.has_biases = false;
  kernel.turns_inputs = kernel.weights_by_row = true;
  kernel.beside = BesideLine::kSums;
  kernel.constants = kConstants;
  kernel.pieces = {GemmPiece{kX, kW, 0, 6}};
  return kernel;
}

/// O of 3 queries and 4 features of V over 4 of K.
GemmKernel row_kernel() {
  GemmKernel kernel = inner_kernel();
  kernel.turns_inputs = false;
  kernel.beside = BesideLine::kProducts;
  kernel.beside_weights = kBeside;
  kernel.pieces = {GemmPiece{kX, kW, 0, 4}};
  return kernel;
}

struct Results {
  explicit Results(bool is_inner) {
    store.outputs = kToResults;
    store.stretches = {Stretch{4096, 12, 0, 0, 0}};
    drain.rows = 3;
    drain.columns = 4;
    drain.packet_bytes = 64;
    drain.store = &store;
    drain.segments = {DrainSegment{0, 4, 0, true}};
    drain.has_beside_column = is_inner;
    drain.divides = !is_inner;
    if (!is_inner) return;
    store.stretches.push_back(Stretch{8192, 3, 0, 0, 0});
    drain.segments.push_back(DrainSegment{4, 1, 1, true});
  }
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;

  Transfer store;
  DrainKernel drain;
};

}  // namespace

TEST_CASE("the inner matrix takes the turning of its keys, and a fifth column in the drain") {
  const GemmKernel kernel = inner_kernel();
  const Results results(true);
  for (const RunMode& mode : all_run_modes()) {
    // 5 words come in 5 cycles and 2 rows of W in 2, a chunk of 2 keys is turned in 2 x 2: fill 7.
    // Then 3 chunks of 3 steps, of which two wait a cycle for their keys: 18 from 1 on. Rows of 5
    // results take 3 cycles, from 20 to 28; both packets are complete with the last one.
    const GemmBench bench(shape(), {&kernel}, {&results.drain}, 2, nullptr, mode);
    CHECK(bench.array_dones.cycles() == Cycles{19});
    CHECK(bench.packets.cycles() == Cycles{33, 34});
    CHECK(bench.packets.arrivals[1].value.address == 8192);
    CHECK(bench.packets.arrivals[1].value.bytes == 3);
    CHECK(bench.array.macs_done() == 3 * 4 * 6);
    Json json;
    bench.bench.stats.write(json);
    CHECK(json["array"]["turned_bytes"] == 18);
    CHECK(json["array"]["beside_macs"] == 18);
    CHECK(json["array"]["beside_accumulator_bytes"] == 4 * 3 * 3);
    CHECK(json["array"]["weight_bytes"] == 24 + 20);
    CHECK(json["drain"]["results"] == 15);
  }
}

TEST_CASE("rows that are divided wait for the first reciprocal, then for each of them") {
  const GemmKernel kernel = row_kernel();
  const Results results(false);
  for (const RunMode& mode : all_run_modes()) {
    // A chunk is 2 rows of W and a word of the line beside: fill 3, then 2 chunks of 3 steps: 9
    // from 1 on. The drain begins in 11: 4 cycles to the first reciprocal, 3 a row.
    const GemmBench bench(shape(), {&kernel}, {&results.drain}, 1, nullptr, mode);
    CHECK(bench.array_dones.cycles() == Cycles{10});
    CHECK(bench.packets.cycles() == Cycles{28});
    Json json;
    bench.bench.stats.write(json);
    CHECK(json["drain"]["reciprocals"] == 3);
    CHECK(json["array"]["weight_bytes"] == 16 + 4);
  }
}

// Key k has features k, k + 1, k + 2, and ten in place k of its values: A is ten times the first
// four keys, turned.
TEST_CASE("the sums of both products are those of the operands as they lie") {
  GemmContents contents;
  // 6 keys of 3 features at distances of 4, and of 4 values.
  Bytes keys, values;
  for (int key = 0; key < 6; ++key) {
    for (int f = 0; f < 3; ++f) keys.push_back(static_cast<std::int8_t>(key + f));
    for (int c = 0; c < 4; ++c) values.push_back(static_cast<std::int8_t>(c == key ? 10 : 0));
  }
  fill(contents, kX, keys, 3, 4);
  fill(contents, kW, values);
  fill(contents, kConstants, std::vector<std::int32_t>(5, 2 + (1 << 16)));
  const GemmKernel inner = inner_kernel();
  const Results of_inner(true);
  const GemmBench first(shape(), {&inner}, {&of_inner.drain}, 2, &contents);
  CHECK(bytes_of(first.packets.arrivals[0].value) ==
        Bytes{0, 10, 20, 30, 10, 20, 30, 40, 20, 30, 40, 50});
  CHECK(bytes_of(first.packets.arrivals[1].value) == Bytes{15, 21, 27});

  // Queries of 4 features, A of 4 features and values, z all 2: divided by twice the sum.
  contents = GemmContents();
  fill(contents, kX, Bytes{1, 1, 1, 1, 3, 0, 0, 1, 0, 0, 0, 0});
  fill(contents, kW, Bytes{8, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 80});
  fill(contents, kBeside, Bytes{2, 2, 2, 2});
  const GemmKernel rows = row_kernel();
  Results of_rows(false);
  of_rows.drain.output_shift = 2;
  const GemmBench second(shape(), {&rows}, {&of_rows.drain}, 1, &contents);
  CHECK(bytes_of(second.packets.arrivals[0].value) ==
        Bytes{16, 0, 0, 40, 16, 0, 0, 40, 0, 0, 0, 0});
}

TEST_CASE("a reciprocal has 16 bits, and none where the divisor is not above zero") {
  CHECK(reciprocal_constants(1, 0) == (65535U | 16U << 16U));
  CHECK(reciprocal_constants(3, 0) == (43690U | 17U << 16U));
  CHECK(reciprocal_constants(3, 5) == (43690U | 12U << 16U));
  CHECK(reciprocal_constants(1 << 30, 0) == (65535U | 46U << 16U));
  CHECK(requantise(1000, reciprocal_constants(0, 3), 1) == 0);
  CHECK(requantise(1000, reciprocal_constants(-7, 3), 1) == 0);
  for (const int divisor : {7, 1000, 12345, 1 << 20, (1 << 30) + 12345}) {
    // 2^-15 of the quotient, and half a step.
    CHECK(requantise(divisor, reciprocal_constants(divisor, 14), 2) == Approx(16384).margin(1.5));
  }
}

TEST_CASE("a port that puts rows at distances takes what they spread over") {
  GemmPlacement placement;
  placement.row_bytes = 3;
  placement.pitch = 8;
  CHECK(placement.place(0) == 0);
  CHECK(placement.place(2) == 2);
  CHECK(placement.place(3) == 8);
  Transfer transfer;
  transfer.placement = std::make_shared<GemmPlacement>(placement);
  Packet packet;
  packet.transfer = &transfer;
  packet.bytes = 9;  // three rows: 19 bytes of 8 a cycle
  for (const RunMode& mode : all_run_modes()) {
    SimBench bench(mode);
    std::size_t countdown = 1;
    Source<Packet> source("source", bench, {{0, packet}});
    GemmPort port("port", bench.clock, GemmShape{}.engine, nullptr, bench.stats);
    Sink<Delivery> sink("sink", bench, countdown);
    const auto in = connect(bench, source.out, port.packet_in);
    const auto out = connect(bench, port.delivery_out, sink.in);
    bench.run();
    CHECK(sink.cycles() == Cycles{4});
  }
}

TEST_CASE("an array without linear attention refuses its work") {
  const GemmKernel kernel = inner_kernel();
  const Results results(true);
  CHECK_THROWS_WITH(GemmBench(GemmShape{}, {&kernel}, {&results.drain}, 2),
                    "array in cycle 1: the array has nothing for linear attention");
  GemmKernel plain = inner_kernel();
  plain.turns_inputs = plain.weights_by_row = false;
  plain.beside = BesideLine::kIdle;
  plain.segment_features = 6;
  const Results divided(false);
  CHECK_THROWS_WITH(GemmBench(GemmShape{}, {&plain}, {&divided.drain}, 1),
                    "drain in cycle 17: the drain has no divider");
}

// Of the default machine: two chunks of 8 keys by 32 features of K, and their choice; 2:1 for each
// byte of 64 lines.
TEST_CASE("what linear attention adds to the array is counted") {
  GemmEngineConfig engine{32, 2, 128, 8, 128, 16, 4};
  engine.linear_attention = GemmAttentionConfig{4};
  const MacLinesConfig lines{64, 8, 4, 8};
  const PartList turning = turning_parts(engine, lines);
  CHECK(turning.count(PartKind::kGatedRegister) == 2 * 8 * 32 * 8);
  CHECK(turning.count(PartKind::kMultiplexer) == 63 * 8 * 8 + 8 * 8 + 8 * 8);
  CHECK(turning.count(PartKind::kTable) == 8 * 256 * 8);
  CHECK(weight_row_parts(engine, lines).count(PartKind::kMultiplexer) ==
        64 * 8 * 8 + 7 * 3 * 8 * 128);
  CHECK(beside_line_parts(engine, lines).count(PartKind::kMultiplier) == 8 * 64);
  CHECK(reciprocal_parts(engine).count(PartKind::kDivider) == 16 * 4);
}

}  // namespace vitcod::test::gemm_attention_test
