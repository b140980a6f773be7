// SPDX-License-Identifier: Apache-2.0
// Additions by codes on the array, and codes that the drain makes: lines of 16 add lanes.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/gemm_engine/gemm_attention_parts.hpp"
#include "sim/base/errors.hpp"
#include "test/hw_models/gemm_engine/gemm_bench.hpp"

namespace vitcod::test::gemm_codes_test {
namespace {

using Cycles = std::vector<Cycle>;
using Bytes = std::vector<std::int8_t>;

constexpr RegionId kX{0}, kW{1}, kConstants{2};

GemmShape shape() {
  GemmShape shape;
  shape.engine.accumulator_rows = 8;
  shape.engine.linear_attention = GemmAttentionConfig{3};
  shape.add_lanes = 16;
  return shape;
}

/// `rows` rows of 4 columns over so many features.
GemmKernel code_kernel(std::uint32_t rows, std::uint32_t features, bool is_inner) {
  GemmKernel kernel;
  kernel.primitive = Primitive::kAdd;
  kernel.rows = rows;
  kernel.columns = 4;
  kernel.begins = kernel.ends = true;
  kernel.has_biases = false;
  kernel.turns_inputs = is_inner;
  kernel.weights_by_row = true;
  kernel.constants = kConstants;
  kernel.pieces = {GemmPiece{kX, kW, 0, features}};
  return kernel;
}

struct Results {
  Results(std::uint32_t rows, std::uint32_t columns) {
    store.outputs = kToResults;
    store.stretches = {Stretch{4096, std::uint64_t{rows} * columns, 0, 0, 0}};
    drain.rows = rows;
    drain.columns = columns;
    drain.packet_bytes = 64;
    drain.store = &store;
    drain.segments = {DrainSegment{0, columns, 0, true}};
  }
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;

  Transfer store;
  DrainKernel drain;
};

}  // namespace

TEST_CASE("sums of rows of V take as many keys a step as a line has add lanes") {
  const GemmKernel kernel = code_kernel(8, 20, true);
  const Results results(8, 4);
  for (const RunMode& mode : all_run_modes()) {
    // 4 words come in 4 cycles, 16 rows of V in 16, and 16 codes of a byte are turned meanwhile:
    // fill 20. Then chunks of 16 and of 4 keys, 8 steps each: 36 from 1 on. 8 rows of 4 results
    // leave the drain in 2 cycles each from 38 on.
    const GemmBench bench(shape(), {&kernel}, {&results.drain}, 1, nullptr, mode);
    CHECK(bench.array_dones.cycles() == Cycles{37});
    CHECK(bench.packets.cycles() == Cycles{58});
    CHECK(bench.array.macs_done() == 0);
    CHECK(bench.array.additions_done() == 8 * 4 * 20);
    Json json;
    bench.bench.stats.write(json);
    CHECK(json["array"]["additions"] == 8 * 4 * 20);
    CHECK(json["array"]["input_bytes"] == 20);
    CHECK(json["array"]["turned_bytes"] == 20);
    CHECK(json["array"]["weight_bytes"] == 80 + 16);
    CHECK(json["array"]["accumulator_bytes"] == 4 * 8 * 4 * 2);
    CHECK(json["array"]["beside_macs"] == 0);
  }
}

TEST_CASE("sums of rows of A wait for the next chunk where there are few queries") {
  const GemmKernel kernel = code_kernel(3, 24, false);
  const Results results(3, 4);
  for (const RunMode& mode : all_run_modes()) {
    // Fill 4 + 16; chunks of 16 and 8 rows of A, 3 steps each, the second one in 8 cycles: 31.
    const GemmBench bench(shape(), {&kernel}, {&results.drain}, 1, nullptr, mode);
    CHECK(bench.array_dones.cycles() == Cycles{32});
    CHECK(bench.packets.cycles() == Cycles{43});
    Json json;
    bench.bench.stats.write(json);
    CHECK(json["array"]["input_bytes"] == 9);
    CHECK(json["array"]["turned_bytes"] == 0);
    CHECK(json["array"]["cycles"]["wait_weights"] == 5);
  }
  // 32 codes of a step come 16 a cycle: fill 4 + 24, then 3 steps of 2 cycles.
  GemmShape wide = shape();
  wide.add_lanes = 32;
  CHECK(GemmBench(wide, {&kernel}, {&results.drain}, 1).array_dones.cycles() == Cycles{35});
}

TEST_CASE("a value is added where its bit is one, the first code in the lowest bit") {
  GemmContents contents;
  // Codes of three keys, a byte each at distances of 2, and their values.
  fill(contents, kX, std::vector<std::uint8_t>{0x03, 0x82, 0x00}, 1, 2);
  fill(contents, kW, Bytes{1, 2, 3, 4, 10, 20, 30, 40, 99, 99, 99, 99});
  fill(contents, kConstants, std::vector<std::int32_t>(4, 2 + (1 << 16)));
  const GemmKernel inner = code_kernel(8, 3, true);
  const Results of_inner(8, 4);
  const GemmBench first(shape(), {&inner}, {&of_inner.drain}, 1, &contents);
  Bytes expected(32, 0);
  const Bytes rows_0_and_1{1, 2, 3, 4, 11, 22, 33, 44}, row_7{10, 20, 30, 40};
  std::copy(rows_0_and_1.begin(), rows_0_and_1.end(), expected.begin());
  std::copy(row_7.begin(), row_7.end(), expected.begin() + 28);
  CHECK(bytes_of(first.packets.arrivals[0].value) == expected);

  contents = GemmContents();
  fill(contents, kX, std::vector<std::uint8_t>{0x01, 0x82, 0x00});
  Bytes inner_matrix(32, 50);
  std::copy_n(Bytes{1, 2, 3, 4, 5, 6, 7, 8}.begin(), 8, inner_matrix.begin());
  std::fill(inner_matrix.begin() + 28, inner_matrix.end(), std::int8_t{-1});
  fill(contents, kW, inner_matrix);
  fill(contents, kConstants, std::vector<std::int32_t>(4, 2 + (1 << 16)));
  const GemmKernel rows = code_kernel(3, 8, false);
  const Results of_rows(3, 4);
  const GemmBench second(shape(), {&rows}, {&of_rows.drain}, 1, &contents);
  CHECK(bytes_of(second.packets.arrivals[0].value) == Bytes{1, 2, 3, 4, 4, 5, 6, 7, 0, 0, 0, 0});
}

TEST_CASE("the drain makes codes of results, eight a byte, and takes as long as for others") {
  GemmContents contents;
  fill(contents, kX, Bytes{0, 0, 0, 0});
  fill(contents, kW, Bytes(16, 1));
  // Halved, halves up: 1, 0, 0, 3, -1, 1, -64, 4.
  std::vector<std::int32_t> constants{1, -1, 0, 5, -3, 2, -128, 7};
  constants.insert(constants.end(), 8, 1 + (1 << 16));
  fill(contents, kConstants, constants);
  GemmKernel kernel;
  kernel.rows = 2;
  kernel.columns = 8;
  kernel.begins = kernel.ends = true;
  kernel.segment_features = 2;
  kernel.constants = kConstants;
  kernel.pieces = {GemmPiece{kX, kW, 0, 2}};
  GemmShape wide = shape();
  wide.lines = 8;
  Results results(2, 8);
  const GemmBench numbers(wide, {&kernel}, {&results.drain}, 1, &contents);
  CHECK(bytes_of(numbers.packets.arrivals[0].value) ==
        Bytes{1, 0, 0, 3, -1, 1, -64, 4, 1, 0, 0, 3, -1, 1, -64, 4});
  results.drain.makes_codes = true;
  results.store.stretches[0].bytes = 2;
  for (const RunMode& mode : all_run_modes()) {
    const GemmBench codes(wide, {&kernel}, {&results.drain}, 1, &contents, mode);
    CHECK(bytes_of(codes.packets.arrivals[0].value) ==
          Bytes{static_cast<std::int8_t>(0xa9), static_cast<std::int8_t>(0xa9)});
    CHECK(codes.packets.arrivals[0].value.bytes == 2);
    CHECK(codes.packets.cycles() == numbers.packets.cycles());
  }
}

TEST_CASE("an array without add lanes refuses codes") {
  const GemmKernel kernel = code_kernel(8, 20, true);
  const Results results(8, 4);
  GemmShape none = shape();
  none.add_lanes = std::nullopt;
  CHECK_THROWS_WITH(
      GemmBench(none, {&kernel}, {&results.drain}, 1),
      Catch::Contains("shifts or additions were asked of lines that have no lanes for them"));
}

// 4 lines of 2 MACs and 8 add lanes, a register of 5 stages: 32 lanes, 24 of them beyond the
// multipliers; 16 accumulators.
TEST_CASE("lanes that add are counted beside the multipliers and beyond them") {
  MacLinesConfig lines{4, 2, 5, 0};
  GemmEngineConfig engine{16, 2, 3, 5, 7, 2, 6};
  lines.add_lanes_per_line = 8;
  const PartList parts = add_lane_parts(engine, lines);
  // Gates; product and inputs of a multiplier; the other chunk; a code among 2 x 16; or as it lies.
  CHECK(parts.count(PartKind::kMultiplexer) == 32 * 8 + 8 * (16 + 16) + 24 * 8 + 31 * 8 + 8);
  CHECK(parts.count(PartKind::kAdder) == 24 * 12);
  CHECK(parts.count(PartKind::kRegister) == 5 * 24 * 8);
  CHECK(parts.count(PartKind::kLatch) == 2 * 24 * 8);
  CHECK(parts.count(PartKind::kGatedRegister) == 2 * 8 * 16);
  CHECK(parts.count(PartKind::kMultiplier) == 0);
  CHECK(code_parts(engine).count(PartKind::kComparator) == 2 * 8);
}

TEST_CASE("add lanes come in eights, as codes do") {
  Json json = {{"lines", 4},           {"macs_per_line", 2},
               {"pipeline_cycles", 1}, {"reconfigure_cycles", 0},
               {"key_registers", 1},   {"add_lanes_per_line", 12}};
  CHECK_THROWS_WITH(read_config<MacLinesConfig>(json),
                    "/add_lanes_per_line: expected a multiple of 8: codes come in bytes");
  json["add_lanes_per_line"] = 16;
  CHECK(read_config<MacLinesConfig>(json).add_lanes_per_line == 16U);
}

}  // namespace vitcod::test::gemm_codes_test
