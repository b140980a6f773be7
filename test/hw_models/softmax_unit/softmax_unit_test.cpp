// SPDX-License-Identifier: Apache-2.0
#include "hw_models/softmax_unit/softmax_unit.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "hw_models/softmax_unit/softmax_unit_parts.hpp"
#include "sim/base/random.hpp"
#include "test/support/row_bench.hpp"

using namespace vitcod;
using namespace vitcod::test;

namespace {

using Cycles = std::vector<Cycle>;
const SoftmaxUnitConfig kConfig{4, 16, 7, 5, 3};

}  // namespace

TEST_CASE("a row takes a pass of the lanes and leaves after the latency") {
  for (const RunMode& mode : all_run_modes()) {
    // 10 entries, 4 a cycle: 3 cycles. Seen in 1: 1-3, 4-6, 7-9; 7 cycles later and one more.
    const auto tile = pair_tile(1, 3, 10, 8, 10);
    CHECK(StageBench<SoftmaxUnit>(mode, rows_of(*tile), 4, 0, kConfig, nullptr).cycles() ==
          Cycles{11, 14, 17});
    // Of a queue of 1 the room is seen the cycle after a row left: 12-14.
    CHECK(StageBench<SoftmaxUnit>(mode, rows_of(*tile), 1, 0, kConfig, nullptr).cycles() ==
          Cycles{11, 22, 33});
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
  const StageBench<SoftmaxUnit> bench(RunMode{}, rows, 4, 0, kConfig, &importance);
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
    StageBench<SoftmaxUnit>(RunMode{}, rows, 4, 0, kConfig, &importance);
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
  CHECK_THROWS_WITH(StageBench<SoftmaxUnit>(RunMode{}, rows_of(*tile), 4, 0, kConfig, nullptr),
                    Catch::Matchers::Contains("a row is longer than the softmax unit holds"));
}
