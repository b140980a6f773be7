// SPDX-License-Identifier: Apache-2.0
// Sums that wait in the output buffer while a piece of W stays in the lines for other rows.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "hw_models/gemm_engine/gemm_engine_parts.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/random.hpp"
#include "test/hw_models/gemm_engine/gemm_bench.hpp"

namespace vitcod::test::carried_sums_test {

// Blocks of 3 rows and 4 columns over 6 features, on 4 lines of 2 MACs: a chunk of W is 8 bytes and
// takes 2 cycles, 3 row steps use it. Biases are 16 bytes, and so are multipliers and shifts: 4
// cycles each. The sums of a row are 16 bytes.

namespace {

using Cycles = std::vector<Cycle>;

constexpr RegionId kSums{9};

/// Features `first` to `end` of a block whose sums lie from row `place` on of six.
GemmKernel part(std::uint32_t first, std::uint32_t end, std::uint32_t place = 0) {
  GemmKernel kernel;
  kernel.rows = 3;
  kernel.columns = 4;
  kernel.segment_features = 6;
  kernel.begins = first == 0;
  kernel.ends = end == 6;
  kernel.constants = RegionId{2};
  kernel.carried = CarriedSums{kSums, place, 6};
  kernel.pieces = {
      GemmPiece{RegionId{place == 0 ? 0U : 5U}, RegionId{10 + first}, first, end - first}};
  return kernel;
}

struct Results {
  Results() {
    drain.rows = 3;
    drain.columns = 4;
    drain.packet_bytes = 64;
    drain.store = &store;
    drain.segments = {DrainSegment{0, 4, 0, true}};
    store.stretches = {Stretch{4096, 12, 0, 0, 0}};
  }
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;

  Transfer store;
  DrainKernel drain;
};

GemmShape shape_with(std::uint32_t carried, std::uint32_t weights = 4) {
  GemmShape shape;
  shape.engine.carried_bytes_per_cycle = carried;
  shape.engine.weight_bytes_per_cycle = weights;
  return shape;
}

Json account(const GemmBench& bench) {
  Json json;
  bench.bench.stats.write(json);
  return json["array"];
}

}  // namespace

TEST_CASE("a row's sums go with its last step and come with its first one") {
  const GemmKernel first = part(0, 4);
  const GemmKernel last = part(4, 6);
  const Results results;
  for (const RunMode& mode : all_run_modes()) {
    // Seen in 1: biases 1-4, a chunk 5-6, steps 7-12, the register 13; the answer is seen in 14.
    // Then 4 cycles of constants, a chunk 18-19, steps 20-22.
    const GemmBench bench(shape_with(16), {&first, &last}, {&results.drain}, 1, nullptr, mode);
    CHECK(bench.array_dones.cycles() == Cycles{14, 23});
    const Json counted = account(bench);
    CHECK(counted["carried_bytes_written"] == 48);
    CHECK(counted["carried_bytes_read"] == 48);
    CHECK(counted["cycles"]["carry"] == 1);
    CHECK(counted["weight_bytes"] == 24 + 2 * 16);
    CHECK(counted["blocks"] == 1);
  }
}

TEST_CASE("row steps wait for sums on a narrow way") {
  const GemmKernel first = part(0, 2);
  const GemmKernel middle = part(2, 4);
  const GemmKernel last = part(4, 6);
  const Results results;
  for (const RunMode& mode : all_run_modes()) {
    // 8 bytes a cycle: a row takes 2 cycles in place of 1 where its sums come or go, 4 where they
    // do both. 1-6 fill, 7-9 steps, 3 more and the register: 13. Then a chunk in 2 cycles, 3 steps,
    // 9 more and the register: 28. Then 6 and 3 and 3: 40.
    const GemmBench bench(shape_with(8), {&first, &middle, &last}, {&results.drain}, 1, nullptr,
                          mode);
    CHECK(bench.array_dones.cycles() == Cycles{14, 29, 41});
    CHECK(account(bench)["cycles"]["carry"] == 4 + 10 + 3);
  }
}

TEST_CASE("a chunk of W comes under row steps that wait for sums") {
  const GemmCost cost = cost_of(MacLinesConfig{4, 2, 1, 5, 2, 2}, shape_with(8, 1).engine);
  GemmWork work{3, 4, 6};
  work.resumes_sums = true;
  work.leaves_sums = true;
  const GemmCycles cycles = cost.cycles(work);
  // A chunk takes 8 cycles: 2 more than the first row steps, 5 more than the second ones.
  CHECK(cycles.fill == 8);
  CHECK(cycles.steps == 9);
  CHECK(cycles.carrying == 3 + 3 + 1);
  CHECK(cycles.starving == 2 + 5);
}

TEST_CASE("sums that go leave their accumulators to the next block") {
  const GemmKernel upper = part(0, 4);
  const GemmKernel lower = part(0, 4, 3);
  const GemmKernel upper_end = part(4, 6);
  const GemmKernel lower_end = part(4, 6, 3);
  const Results results;
  GemmShape shape = shape_with(16);
  shape.engine.accumulator_files = 1;
  for (const RunMode& mode : all_run_modes()) {
    // With a single file the last block waits until the one before is drained; those before it
    // follow one another: 13 cycles each, and 9.
    const GemmBench bench(shape, {&upper, &lower, &upper_end, &lower_end},
                          {&results.drain, &results.drain}, 2, nullptr, mode);
    const Cycles dones = bench.array_dones.cycles();
    REQUIRE(dones.size() == 4);
    CHECK(dones[0] == 14);
    CHECK(dones[1] == 27);
    CHECK(dones[2] == 36);
    // Handed over in 36, seen in 37; 3 rows of 2 cycles, 37-42; free from 44 on; then 6 and 3.
    CHECK(dones[3] == 44 + 9);
  }
}

TEST_CASE("carried sums need a way, and are those that were left") {
  const GemmKernel first = part(0, 4);
  const GemmKernel last = part(4, 6);
  const Results results;
  GemmShape shape;
  CHECK_THROWS_WITH(GemmBench(shape, {&first, &last}, {&results.drain}, 1),
                    Catch::Matchers::Contains("sums have no way to the output buffer"));
  GemmContents contents;
  CHECK_THROWS_WITH(GemmBench(shape_with(16), {&last}, {&results.drain}, 1, &contents),
                    Catch::Matchers::Contains("a buffer was read where it holds nothing"));
  CHECK_THROWS_WITH(contents.write_sums(kSums, 2, 3, 4, std::vector<std::int32_t>(8)),
                    "sums do not fit the region that they wait in");
}

namespace {

std::vector<std::int8_t> draw(Random& random, std::size_t number) {
  std::vector<std::int8_t> values;
  for (std::size_t i = 0; i < number; ++i) {
    values.push_back(static_cast<std::int8_t>(static_cast<int>(random.uniform_below(255)) - 127));
  }
  return values;
}

/// X (6, 6) as two blocks of 3 rows, W (6, 4) chunk by chunk, and constants: biases 100 x column,
/// multiplier 1, shift 8.
void fill_operands(GemmContents& contents, const std::vector<std::int8_t>& x,
                   const std::vector<std::int8_t>& w) {
  fill(contents, RegionId{0}, std::vector(x.begin(), x.begin() + 18));
  fill(contents, RegionId{5}, std::vector(x.begin() + 18, x.end()));
  for (std::uint32_t chunk = 0; chunk < 6; chunk += 2) {
    std::vector<std::int8_t> by_column;
    for (std::size_t c = 0; c < 4; ++c) {
      by_column.push_back(w[chunk * 4 + c]);
      by_column.push_back(w[(chunk + 1) * 4 + c]);
    }
    fill(contents, RegionId{10 + chunk}, by_column);
  }
  std::vector<std::int8_t> constants(32, 0);
  for (std::size_t c = 0; c < 4; ++c) {
    const std::array<std::int32_t, 2> words{static_cast<std::int32_t>(100 * c), (8 << 16) + 1};
    std::memcpy(&constants[4 * c], &words[0], 4);
    std::memcpy(&constants[16 + 4 * c], &words[1], 4);
  }
  fill(contents, RegionId{2}, constants);
}

int expected_result(const std::vector<std::int8_t>& x, const std::vector<std::int8_t>& w,
                    std::size_t row, std::size_t column) {
  auto sum = static_cast<std::int32_t>(100 * column);
  for (std::size_t f = 0; f < 6; ++f) sum += x[row * 6 + f] * w[f * 4 + column];
  return static_cast<int>(std::clamp(std::floor(sum / 256.0 + 0.5), -128.0, 127.0));
}

}  // namespace

TEST_CASE("two blocks take turns with each piece of W, and their results are those of all of k") {
  Random random(5);
  const std::vector<std::int8_t> x = draw(random, 6 * 6);
  const std::vector<std::int8_t> w = draw(random, 6 * 4);
  GemmContents contents;
  fill_operands(contents, x, w);
  std::vector<GemmKernel> kernels;
  for (std::uint32_t chunk = 0; chunk < 6; chunk += 2) {
    for (const std::uint32_t place : {0U, 3U}) kernels.push_back(part(chunk, chunk + 2, place));
  }
  std::vector<const GemmKernel*> orders;
  orders.reserve(kernels.size());
  for (const GemmKernel& kernel : kernels) orders.push_back(&kernel);
  const Results results;
  for (const RunMode& mode : all_run_modes()) {
    const GemmBench bench(shape_with(16), orders, {&results.drain, &results.drain}, 2, &contents,
                          mode);
    for (std::size_t row = 0; row < 6; ++row) {
      const std::vector<std::uint8_t>& bytes = *bench.packets.arrivals[row / 3].value.payload;
      for (std::size_t c = 0; c < 4; ++c) {
        CHECK(static_cast<std::int8_t>(bytes[row % 3 * 4 + c]) == expected_result(x, w, row, c));
      }
    }
  }
}

TEST_CASE("what carries sums is counted: the word of a row, its parts, and a choice a line") {
  const MacLinesConfig lines{64, 8, 2, 8, 1, std::nullopt};
  const PartList wide = carried_sum_parts(256, lines);
  const PartList narrow = carried_sum_parts(64, lines);
  // 64 lines choose between a file's sum and the one that comes: 2,048 multiplexers; on a quarter
  // of the width each byte comes from, or goes to, one of four parts of the word: 3 x 512 more.
  CHECK(wide.count(PartKind::kMultiplexer) == 2048);
  CHECK(narrow.count(PartKind::kMultiplexer) == 2048 + 3 * 512);
}

}  // namespace vitcod::test::carried_sums_test
