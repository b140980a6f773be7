// SPDX-License-Identifier: Apache-2.0
#include "hw_models/softmax_unit/softmax_unit.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "hw_models/softmax_unit/softmax_unit_parts.hpp"
#include "sim/base/random.hpp"
#include "test/support/row_bench.hpp"

namespace vitcod::test::softmax_unit_test {
namespace {

using Cycles = std::vector<Cycle>;
const SoftmaxUnitConfig kConfig{4, 16, 7, 5, 3};

}  // namespace

TEST_CASE("a row takes a pass of the lanes and leaves after the latency") {
  for (const RunMode& mode : all_run_modes()) {
    // 10 entries, 4 a cycle: 3 cycles. Seen in 1: 1-3, 4-6, 7-9; 7 cycles later and one more.
    const auto tile = pair_tile(1, 3, 10, 8, 10);
    CHECK(StageBench<SoftmaxUnit>(mode, rows_of(*tile), 4, 0, kConfig, LowBitsConfig{}, nullptr)
              .cycles() == Cycles{11, 14, 17});
    // Of a queue of 1 the room is seen the cycle after a row left: 12-14.
    CHECK(StageBench<SoftmaxUnit>(mode, rows_of(*tile), 1, 0, kConfig, LowBitsConfig{}, nullptr)
              .cycles() == Cycles{11, 22, 33});
  }
}

TEST_CASE("weights are softmax to within their eight bits, and importances their sum") {
  Random random(9);
  const auto tile = pair_tile(1, 4, 50, 16, 50);
  auto rows = rows_of(*tile);
  std::vector<std::vector<double>> exact;
  for (auto& row : rows) {
    row.value.values = std::make_shared<RowValues>();
    std::vector<double> exps;
    double sum = 0;
    for (int key = 0; key < 50; ++key) {
      const std::int32_t product = int(random.uniform_below(16000)) - 8000;
      row.value.values->products.push_back(product);
      exps.push_back(std::exp(product / 1024.0 / 4));  // 5 fraction bits each, root of 16
      sum += exps.back();
    }
    for (double& p : exps) p /= sum;
    exact.push_back(exps);
  }
  Importance importance;
  importance.restart(7, 1);  // of a cascade before
  const StageBench<SoftmaxUnit> bench(RunMode{}, rows, 4, 0, kConfig, LowBitsConfig{}, &importance);
  REQUIRE(importance.tokens.size() == 50);
  CHECK(importance.heads == std::vector<std::uint64_t>{0});
  for (std::size_t key = 0; key < 50; ++key) {
    double sum = 0;
    for (std::size_t row = 0; row < 4; ++row) {
      const RowValues& values = *bench.sink.arrivals[row].value.values;
      CHECK(values.weights[key] / double(values.sum) == Approx(exact[row][key]).margin(0.004));
      sum += exact[row][key];
    }
    CHECK(double(importance.tokens[key]) / 65536 == Approx(sum).margin(0.016));
  }
}

TEST_CASE("a later head adds to the importances, and so does a block that begins no cascade") {
  Importance importance;
  const auto run = [&](bool begins) {
    const auto tile = pair_tile(2, 1, 2, 1, 2);
    tile->begins_cascade = begins;
    auto rows = rows_of(*tile);
    for (auto& row : rows) {
      row.value.values = std::make_shared<RowValues>();
      row.value.values->products = {0, 0};
    }
    StageBench<SoftmaxUnit>(RunMode{}, rows, 4, 0, kConfig, LowBitsConfig{}, &importance);
  };
  // Equal scores: 128 each, floor(2^24 / 256) x 128 / 256 = 2^15 for each head.
  run(true);
  CHECK(importance.tokens == std::vector<std::uint64_t>{65536, 65536});
  run(false);
  CHECK(importance.tokens == std::vector<std::uint64_t>{131072, 131072});
  run(true);
  CHECK(importance.tokens == std::vector<std::uint64_t>{65536, 65536});
}

TEST_CASE("a softmax unit holds rows of all lanes' FIFOs") {
  CHECK(cost_of(SoftmaxUnitConfig{8, 128, 87, 5, 5}).max_keys == 1024);
  const PartList parts = importance_parts(SoftmaxUnitConfig{8, 128, 87, 5, 5}, 1024);
  CHECK(parts.memory->bytes == 5 * 1024);
  CHECK(parts.memory->width_bytes == 40);
  // Two rows of 1024 entries of 2 bytes, five of a byte.
  CHECK(fifo_parts(SoftmaxUnitConfig{8, 128, 87, 5, 5}).memory->bytes == (2 * 2 + 5) * 1024);
  CHECK(parts_of(SoftmaxUnitConfig{8, 128, 87, 5, 5}).count(PartKind::kDivider) == 24 * 24);
}

TEST_CASE("a row that the FIFOs of a softmax unit do not hold is an error of the model") {
  const auto tile = pair_tile(1, 1, 65, 8, 65);
  CHECK_THROWS_WITH(
      StageBench<SoftmaxUnit>(RunMode{}, rows_of(*tile), 4, 0, kConfig, LowBitsConfig{}, nullptr),
      Catch::Matchers::Contains("a row is longer than the softmax unit holds"));
}

namespace {

/// A row of 4 scores of which one is larger, so that the weights are 4 x 128 or 128 and 3 x 64.
std::vector<Source<AttentionRow>::Beat> flat_and_steep(const PairTile& tile) {
  auto rows = rows_of(tile);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].value.values = std::make_shared<RowValues>();
    // With one feature and 5 fraction bits each, log2(e) x 710 / 1024 is one to 1 in 4000.
    rows[i].value.values->products = {i % 2 == 0 ? 0 : 710, 0, 0, 0};
  }
  return rows;
}

}  // namespace

TEST_CASE("flat rows of a first pass go on without entries, and add to no importance") {
  // Largest probabilities: 1/4, and 128 / (128 + 3 x 64) = 2/5. Flat below 0.3.
  const LowBitsConfig low_bits{LowBits::kFlatRows, 0.3, 8};
  const auto tile = with_flat_rows(*pair_tile(1, 4, 4, 1, 4), RowPass::kFirst, {0, 2});
  Importance importance;
  for (const RunMode& mode : all_run_modes()) {
    const StageBench<SoftmaxUnit> bench(mode, flat_and_steep(*tile), 4, 0, kConfig, low_bits,
                                        &importance);
    // A cycle a row: 1, 2, 3, 4; 7 later and one more.
    CHECK(bench.cycles() == Cycles{9, 10, 11, 12});
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK((bench.sink.arrivals[i].value.values == nullptr) == (i % 2 == 0));
    }
    // Of two rows floor(2^24 / 320) x 128 / 256 and half of it.
    CHECK(importance.tokens == std::vector<std::uint64_t>{52428, 26214, 26214, 26214});
  }
}

TEST_CASE("a softmax unit that asks for other low bits than the trace is an error of the model") {
  const LowBitsConfig low_bits{LowBits::kFlatRows, 0.3, 8};
  for (const std::vector<std::uint32_t>& flat :
       {std::vector<std::uint32_t>{0}, std::vector<std::uint32_t>{0, 1, 2}}) {
    const auto tile = with_flat_rows(*pair_tile(1, 4, 4, 1, 4), RowPass::kFirst, flat);
    Importance importance;
    CHECK_THROWS_WITH(StageBench<SoftmaxUnit>(RunMode{}, flat_and_steep(*tile), 4, 0, kConfig,
                                              low_bits, &importance),
                      Catch::Matchers::Contains(
                          "the softmax unit asks for low bits of other rows than the trace"));
  }
}

TEST_CASE("products with low bits of both operands are scores of the same size") {
  Importance importance;
  const auto tile = pair_tile(1, 1, 2, 1, 2);
  tile->has_low_scores = true;
  auto rows = rows_of(*tile);
  rows[0].value.values = std::make_shared<RowValues>();
  rows[0].value.values->products = {710 * 256, 0};
  const StageBench<SoftmaxUnit> bench(RunMode{}, rows, 4, 0, kConfig, LowBitsConfig{}, &importance);
  CHECK(bench.sink.arrivals[0].value.values->weights == std::vector<std::uint32_t>{128, 64});
}

TEST_CASE("a comparison with the threshold is built for flat rows alone") {
  const SoftmaxUnitConfig config{8, 128, 87, 5, 5};
  const auto multipliers = [&](LowBits rows) {
    return parts_of(config, LowBitsConfig{rows, 0.1, 8}).count(PartKind::kMultiplier);
  };
  CHECK(multipliers(LowBits::kAllRows) == multipliers(LowBits::kNone));
  CHECK(multipliers(LowBits::kFlatRows) == multipliers(LowBits::kNone) + 24 * 16);
}

}  // namespace vitcod::test::softmax_unit_test
