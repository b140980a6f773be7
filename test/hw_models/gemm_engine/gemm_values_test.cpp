// SPDX-License-Identifier: Apache-2.0
// Results of random blocks against a product computed plainly.
#include <catch2/catch.hpp>
#include <cmath>

#include "hw_models/gemm_engine/requantise.hpp"
#include "hw_models/mac_lines/shift_product.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/random.hpp"
#include "test/hw_models/gemm_engine/gemm_bench.hpp"

namespace vitcod::test::gemm_values_test {
namespace {

constexpr RegionId kX{0};
constexpr RegionId kW{1};
constexpr RegionId kConstants{2};
constexpr RegionId kResidual{3};

/// A block over 6 features on 2 MACs: X in segments of 3 features, W in 3 chunks.
struct RandomBlock {
  RandomBlock(std::uint64_t seed, std::uint32_t bytes) : random(seed) {
    kernel.rows = 1 + static_cast<std::uint32_t>(random.uniform_below(4));
    kernel.columns = 1 + static_cast<std::uint32_t>(random.uniform_below(4));
    kernel.segment_features = 3;
    kernel.begins = kernel.ends = true;
    kernel.constants = kConstants;
    kernel.pieces = {{kX, kW, 0, 6}};
    x = draw<std::int8_t>(kernel.rows * 6, 127);
    w = draw<std::int8_t>(6 * kernel.columns, 127);
    biases = draw<std::int32_t>(kernel.columns, 20000);
    residual = draw<std::int16_t>(kernel.rows * kernel.columns, bytes == 2 ? 32767 : 127);
    drain.rows = kernel.rows;
    drain.columns = kernel.columns;
    drain.result_bytes = bytes;
    drain.packet_bytes = 64;
    drain.store = &store;
    drain.segments = {DrainSegment{0, kernel.columns, 0, true}};
    store.stretches = {Stretch{0, std::uint64_t{kernel.rows} * kernel.columns * bytes, 0, 0, 0}};
  }
  RandomBlock(const RandomBlock&) = delete;
  RandomBlock& operator=(const RandomBlock&) = delete;

  template <typename T>
  std::vector<T> draw(std::size_t number, std::int64_t limit) {
    std::vector<T> values;
    for (std::size_t i = 0; i < number; ++i) {
      const auto range = static_cast<std::uint64_t>(2 * limit + 1);
      values.push_back(
          static_cast<T>(static_cast<std::int64_t>(random.uniform_below(range)) - limit));
    }
    return values;
  }

  /// Multiplier 300 + column, shift 14.
  void put(GemmContents& contents) {
    std::vector<std::int8_t> by_segment;
    for (std::size_t s = 0; s < 6; s += 3) {
      for (std::size_t r = 0; r < kernel.rows; ++r) {
        for (std::size_t f = s; f < s + 3; ++f) by_segment.push_back(x[r * 6 + f]);
      }
    }
    fill(contents, kX, by_segment);
    std::vector<std::int8_t> by_chunk;
    for (std::size_t chunk = 0; chunk < 6; chunk += 2) {
      for (std::size_t c = 0; c < kernel.columns; ++c) {
        by_chunk.push_back(w[chunk * kernel.columns + c]);
        by_chunk.push_back(w[(chunk + 1) * kernel.columns + c]);
      }
    }
    fill(contents, kW, by_chunk);
    std::vector<std::int32_t> constants = biases;
    for (std::uint32_t c = 0; c < kernel.columns; ++c) {
      constants.push_back(static_cast<std::int32_t>((14U << 16U) + 300 + c));
    }
    fill(contents, kConstants, constants);
    if (drain.result_bytes == 2) {
      fill(contents, kResidual, residual);
    } else {
      fill(contents, kResidual, std::vector<std::int8_t>(residual.begin(), residual.end()));
    }
  }

  /// Before saturation.
  double scaled(std::size_t row, std::size_t column) const {
    double sum = biases[column];
    for (std::size_t f = 0; f < 6; ++f)
      sum += double(x[row * 6 + f]) * w[f * kernel.columns + column];
    return std::floor(sum * (300.0 + double(column)) / 16384.0 + 0.5);
  }

  Random random;
  GemmKernel kernel;
  DrainKernel drain;
  Transfer store;
  std::vector<std::int8_t> x;  ///< (rows, 6)
  std::vector<std::int8_t> w;  ///< (6, columns)
  std::vector<std::int32_t> biases;
  std::vector<std::int16_t> residual;
};

std::vector<int> results_of(const RandomBlock& block, GemmContents& contents, const RunMode& mode) {
  const GemmBench bench(GemmShape{}, {&block.kernel}, {&block.drain}, 1, &contents, mode);
  const std::vector<std::uint8_t>& bytes = *bench.packets.arrivals[0].value.payload;
  std::vector<int> values;
  for (std::size_t i = 0; i < bytes.size(); i += block.drain.result_bytes) {
    values.push_back(block.drain.result_bytes == 1
                         ? static_cast<std::int8_t>(bytes[i])
                         : static_cast<std::int16_t>(bytes[i] | (bytes[i + 1] << 8)));
  }
  return values;
}

double within(double value, double limit) { return std::clamp(value, -limit - 1, limit); }

}  // namespace

TEST_CASE("results are the product with bias, scaled, rounded half up and saturated") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const std::uint32_t bytes : {1U, 2U}) {
      for (const bool with_residual : {false, true}) {
        RandomBlock block(seed, bytes);
        if (with_residual) block.drain.residual = kResidual;
        GemmContents contents;
        block.put(contents);
        std::vector<int> expected;
        const double limit = bytes == 1 ? 127 : 32767;
        for (std::size_t i = 0; i < block.residual.size(); ++i) {
          double y =
              within(block.scaled(i / block.kernel.columns, i % block.kernel.columns), limit);
          if (with_residual) y = within(y + block.residual[i], limit);
          expected.push_back(int(y));
        }
        CHECK(results_of(block, contents, {}) == expected);
        RunMode stepped;
        stepped.stepped = true;
        CHECK(results_of(block, contents, stepped) == expected);
      }
    }
  }
}

TEST_CASE("sums over pieces of k are those over all of it") {
  RandomBlock block(7, 1);
  GemmContents contents;
  block.put(contents);
  const std::vector<int> whole = results_of(block, contents, {});
  // W in a region of 4 and one of 2 features.
  const std::size_t first_bytes = 4 * block.kernel.columns;
  const std::uint8_t* weights = contents.bytes(kW);
  const std::vector<std::uint8_t> first(weights, weights + first_bytes);
  const std::vector<std::uint8_t> second(weights + first_bytes, weights + 6 * block.kernel.columns);
  fill(contents, RegionId{10}, first);
  fill(contents, RegionId{11}, second);
  GemmKernel begin = block.kernel;
  begin.ends = false;
  begin.pieces = {{kX, RegionId{10}, 0, 4}};
  GemmKernel end = block.kernel;
  end.begins = false;
  end.pieces = {{kX, RegionId{11}, 4, 2}};
  const GemmBench bench(GemmShape{}, {&begin, &end}, {&block.drain}, 1, &contents);
  const std::vector<std::uint8_t>& bytes = *bench.packets.arrivals[0].value.payload;
  CHECK(std::vector<int>(reinterpret_cast<const std::int8_t*>(bytes.data()),
                         reinterpret_cast<const std::int8_t*>(bytes.data()) + bytes.size()) ==
        whole);
}

TEST_CASE("a table gives what its function is of the nearest 32nd") {
  CHECK(int(table_of(Activation::kRelu)(-5)) == 0);
  CHECK(int(table_of(Activation::kRelu)(7)) == 7);
  // 32 stands for 1: 1 x 4 / 6 x 32 = 21.33; -3 and below: 0.
  CHECK(int(table_of(Activation::kHardswish)(32)) == 21);
  CHECK(int(table_of(Activation::kHardswish)(-96)) == 0);
  // Phi(1) = 0.841345, Phi(-1) = 0.158655: 26.92 and -5.08; Phi(0.5) = 0.691462: 11.06.
  CHECK(int(table_of(Activation::kGelu)(32)) == 27);
  CHECK(int(table_of(Activation::kGelu)(-32)) == -5);
  CHECK(int(table_of(Activation::kGelu)(16)) == 11);
  CHECK(int(table_of(Activation::kGelu)(127)) == 127);
  CHECK(int(table_of(Activation::kGelu)(-128)) == 0);
}

TEST_CASE("shifts up to 63 are exact") {
  CHECK(requantise(3, (1U << 16U) + 1, 1) == 2);  // 3 / 2, half up
  CHECK(requantise(-3, (1U << 16U) + 1, 1) == -1);
  CHECK(requantise(2147483647, (47U << 16U) + 0xFFFFU, 2) == 1);  // 0.99998
  CHECK(requantise(2147483647, (63U << 16U) + 0xFFFFU, 2) == 0);
  CHECK(requantise(-2147483647, (63U << 16U) + 0xFFFFU, 2) == 0);
}

TEST_CASE("an operand that is not on chip any more is refused") {
  RandomBlock block(1, 1);
  GemmContents contents;
  block.put(contents);
  contents.free(kX);
  CHECK_THROWS_WITH(results_of(block, contents, {}),
                    Catch::Contains("a buffer was read where it holds nothing"));
}

TEST_CASE("a part of a block that another one began is refused") {
  RandomBlock block(3, 1);
  GemmContents contents;
  block.put(contents);
  block.kernel.begins = false;
  CHECK_THROWS_WITH(results_of(block, contents, {}),
                    Catch::Contains("a part of a block goes on with the sums of another one"));
}

TEST_CASE("a packet that does not fit its region is refused") {
  GemmContents contents;
  GemmPlacement placement;
  placement.bytes = 3;
  Packet packet;
  packet.payload = std::make_shared<const std::vector<std::uint8_t>>(4);
  CHECK_THROWS_WITH(contents.write(placement, packet),
                    Catch::Contains("a packet does not fit the region that it is for"));
}

namespace {

/// 2^-s of an operand in 128ths, rounded down, with its sign behind: `code` is sign (s + 1).
int shifted(int operand, int code) {
  if (code == 0 || code == -16) return 0;
  const double size = std::floor(operand * 128.0 / std::pow(2.0, std::abs(code) - 1));
  return int(code < 0 ? -size : size);
}

}  // namespace

TEST_CASE("a shift is the operand times a power of two, in 128ths, for all operands and codes") {
  for (int operand = -128; operand < 128; ++operand) {
    for (int code = -16; code < 16; ++code) {
      const auto bits = static_cast<std::uint32_t>(code) % kShiftCodes;
      REQUIRE(shift_product(operand, bits) == shifted(operand, code));
    }
  }
  CHECK(shift_product(-128, 31) == 16384);  // times -1
  CHECK(shift_product(-1, 15) == -1);       // 2^-14 of it, down
  CHECK(shift_product(-1, 17) == 1);        // and its sign behind
}

TEST_CASE("results of shifts are the sums of shifted operands, whatever stands above the codes") {
  RandomBlock block(11, 1);
  block.kernel.primitive = Primitive::kShift;
  GemmContents contents;
  block.put(contents);
  std::vector<int> expected;
  for (std::size_t i = 0; i < block.residual.size(); ++i) {
    const std::size_t row = i / block.kernel.columns, column = i % block.kernel.columns;
    double sum = block.biases[column];
    for (std::size_t f = 0; f < 6; ++f) {
      const int low = (block.w[f * block.kernel.columns + column] + 128) % 32;
      sum += shifted(block.x[row * 6 + f], low < 16 ? low : low - 32);
    }
    const double scaled = std::floor(sum * (300.0 + double(column)) / 16384.0 + 0.5);
    expected.push_back(int(within(scaled, 127)));
  }
  CHECK(results_of(block, contents, {}) == expected);
}

}  // namespace vitcod::test::gemm_values_test
