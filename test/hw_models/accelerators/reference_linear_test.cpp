// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/reference_linear.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

namespace vitcod::test::reference_linear_test {
namespace {

/// A trace of one operation whose tensors are given.
struct Bench {
  Trace trace;
  std::map<TensorId, std::vector<std::int8_t>> operands;
  std::map<TensorId, std::vector<std::int32_t>> words;
  std::map<TensorId, std::vector<std::int16_t>> streams;
  std::vector<TensorId> inputs;

  TensorId tensor(std::vector<std::uint32_t> shape, std::uint32_t bits) {
    trace.tensors.push_back({"t", std::move(shape), bits});
    return TensorId{static_cast<std::uint32_t>(trace.tensors.size() - 1)};
  }
  void operand(std::vector<std::uint32_t> shape, std::vector<std::int8_t> values) {
    inputs.push_back(tensor(std::move(shape), 8));
    operands[inputs.back()] = std::move(values);
  }
  void word(std::vector<std::int32_t> values) {
    inputs.push_back(tensor({static_cast<std::uint32_t>(values.size())}, 32));
    words[inputs.back()] = std::move(values);
  }
  void stream(std::vector<std::uint32_t> shape, std::vector<std::int16_t> values) {
    inputs.push_back(tensor(std::move(shape), 16));
    streams[inputs.back()] = std::move(values);
  }
  OperandImage image() const {
    return OperandImage({[this](TensorId id) { return operands.at(id); },
                         [this](TensorId id) { return words.at(id); },
                         [this](TensorId id) { return streams.at(id); }});
  }
  Operation operation(OperationParams params, std::vector<std::uint32_t> shape,
                      std::uint32_t bits = 8) {
    return {"op", 0, std::move(params), inputs, {tensor(std::move(shape), bits)}};
  }
};

using Bytes = std::vector<std::int8_t>;
using Words = std::vector<std::int32_t>;
using Stream = std::vector<std::int16_t>;

/// A multiplier and a right shift.
constexpr std::int32_t requantisation(std::int32_t multiplier, std::int32_t shift) {
  return multiplier + (shift << 16);
}

Bytes linear(Bench& bench, const DenseLinear& params, std::vector<std::uint32_t> shape) {
  const Operation operation = bench.operation(params, std::move(shape));
  OperandImage image = bench.image();
  reference_linear(bench.trace, operation, image);
  return image.operand(operation.outputs[0]);
}

Stream linear_stream(Bench& bench, const DenseLinear& params, std::vector<std::uint32_t> shape) {
  const Operation operation = bench.operation(params, std::move(shape), 16);
  OperandImage image = bench.image();
  reference_linear(bench.trace, operation, image);
  return image.stream(operation.outputs[0]);
}

DenseLinear sizes(std::uint32_t m, std::uint32_t k, std::uint32_t n) { return {m, k, n}; }

}  // namespace

TEST_CASE("a linear layer sums, scales each channel, rounds halves up and saturates") {
  Bench bench;
  bench.operand({2, 3}, {1, 2, 3, -4, 5, -6});
  bench.operand({3, 2}, {7, 100, -8, 100, 9, 100});
  bench.word({4, 0});
  bench.word({requantisation(1, 1), requantisation(3, 2)});
  // Row 0: 7 - 16 + 27 + 4 = 22, half 11; 600 x 3 / 4 = 450, saturated.
  // Row 1: -28 - 40 - 54 + 4 = -118, half -59; -500 x 3 / 4 = -375, saturated.
  CHECK(linear(bench, sizes(2, 3, 2), {2, 2}) == Bytes{11, 127, -59, -128});
  // With biases of 5 and -597: 23 / 2 = 11.5 and 3 x 3 / 4 = 2.25; -117 / 2 = -58.5.
  bench.words[bench.inputs[2]] = {5, -597};
  CHECK(linear(bench, sizes(2, 3, 2), {2, 2}) == Bytes{12, 2, -58, -128});
}

TEST_CASE("heads stand side by side in a row, and a result is cut into heads") {
  Bench bench;
  bench.operand({2, 3, 2}, {1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60});
  // Columns: the first and the last feature, and the sum of the two of head 0, twice.
  bench.operand({4, 4}, {1, 0, 1, 2, 0, 0, 1, 2, 0, 0, 0, 0, 0, 1, 0, 0});
  bench.word({0, 0, 0, 0});
  bench.word(Words(4, requantisation(2, 1)));
  DenseLinear params = sizes(2, 4, 4);
  CHECK(linear(bench, params, {2, 4}) == Bytes{1, 20, 3, 6, 3, 40, 7, 14});
  CHECK(linear(bench, params, {2, 2, 2}) == Bytes{1, 20, 3, 40, 3, 6, 7, 14});
  params.m = 1;
  params.first_row = 2;
  CHECK(linear(bench, params, {1, 4}) == Bytes{5, 60, 11, 22});
}

TEST_CASE("a residual is added after saturation to its width, and saturates again") {
  Bench bench;
  bench.operand({1, 1}, {100});
  bench.operand({1, 3}, {100, 100, -100});
  bench.word({0, 0, 0});
  bench.word({requantisation(1, 1), requantisation(65535, 1), requantisation(65535, 1)});
  bench.stream({1, 3}, {30000, 5, -1});
  DenseLinear params = sizes(1, 1, 3);
  params.residual = true;
  // 5000 + 30000 and 32767 + 5 saturate; -32768 - 1 too.
  CHECK(linear_stream(bench, params, {1, 3}) == Stream{32767, 32767, -32768});
  bench.streams[bench.inputs[4]] = {-4000, -7, 8};
  CHECK(linear_stream(bench, params, {1, 3}) == Stream{1000, 32760, -32760});
}

TEST_CASE("a window gathers rows from a padded grid, and a residual at its stride") {
  Bench bench;
  // 3 x 4 places of one feature: 1 2 3 4 / 5 6 7 8 / 9 10 11 12.
  Bytes grid(12);
  std::iota(grid.begin(), grid.end(), std::int8_t{1});
  bench.operand({12, 1}, grid);
  // A kernel of 2 x 3: the sum, and 10 times its last place.
  bench.operand({6, 2}, {1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 10});
  bench.word({0, 0});
  bench.word(Words(2, requantisation(2, 1)));
  DenseLinear params = sizes(4, 6, 2);
  params.window = Window{3, 4, 2, 3, 2, 1, 1};
  REQUIRE(params.window->output_rows() == 2);
  REQUIRE(params.window->output_columns() == 2);
  // Rows -1 and 0 with columns -1 to 1, then 1 to 3; rows 1 and 2 likewise.
  const Bytes expected{1 + 2, 20, 2 + 3 + 4, 40, 5 + 6 + 9 + 10, 100, 6 + 7 + 8 + 10 + 11 + 12,
                       120};
  CHECK(linear(bench, params, {4, 2}) == expected);
  // A residual with a row a place of the grid: places (0, 0), (0, 2), (2, 0) and (2, 2).
  Bytes residual(24, 0);
  for (const auto& [place, value] : std::map<std::size_t, int>{{0, 1}, {2, 2}, {8, 3}, {10, 4}}) {
    residual[2 * place] = static_cast<std::int8_t>(value);
  }
  bench.operand({12, 2}, residual);
  params.residual = true;
  CHECK(linear(bench, params, {4, 2}) == Bytes{1 + 3, 20, 2 + 9, 40, 3 + 30, 100, 4 + 54, 120});
  // A residual of the result's own shape: row by row.
  bench.inputs.pop_back();
  bench.operand({4, 2}, {1, 1, 2, 2, 3, 3, 4, 4});
  CHECK(linear(bench, params, {4, 2}) == Bytes{4, 21, 11, 42, 33, 103, 58, 124});
}

TEST_CASE("activations are the functions' values in steps of 1/32") {
  const auto at = [](Activation activation, int value) {
    const int entry = value + 128;
    return int{reference_activation(activation)[static_cast<std::size_t>(entry)]};
  };
  // x Phi(x): Phi(1) = 0.841345, Phi(0.5) = 0.691462, Phi(-2) = 0.022750, Phi(3) = 0.998650.
  CHECK(at(Activation::kGelu, 32) == 27);   // 26.92
  CHECK(at(Activation::kGelu, 16) == 11);   // 11.06
  CHECK(at(Activation::kGelu, -64) == -1);  // -1.46
  CHECK(at(Activation::kGelu, 96) == 96);   // 95.87
  CHECK(at(Activation::kGelu, -128) == 0);  // -0.004
  CHECK(at(Activation::kGelu, 0) == 0);
  // a (a + 96) / 192 between -96 and 96.
  CHECK(at(Activation::kHardswish, 32) == 21);    // 21.33
  CHECK(at(Activation::kHardswish, -64) == -11);  // -10.67
  CHECK(at(Activation::kHardswish, -48) == -12);
  CHECK(at(Activation::kHardswish, -97) == 0);
  CHECK(at(Activation::kHardswish, 100) == 100);
  CHECK(at(Activation::kRelu, -5) == 0);
  CHECK(at(Activation::kRelu, 127) == 127);
  CHECK(at(Activation::kNone, -128) == -128);
}

TEST_CASE("no value of GELU lies so near a half that its table could depend on the host") {
  for (int value = -128; value < 128; ++value) {
    CAPTURE(value);
    const double exact = value * 0.5 * std::erfc(-value / 32.0 / std::sqrt(2.0));
    const double above_half = exact + 0.5 - std::floor(exact + 0.5);
    CHECK(std::min(above_half, 1.0 - above_half) > 1e-6);
    CHECK(int{reference_activation(Activation::kGelu)[static_cast<std::size_t>(value + 128)]} ==
          static_cast<int>(std::floor(exact + 0.5)));
  }
}

TEST_CASE("an activation of the input and one of the result each pass the table") {
  Bench bench;
  bench.operand({1, 2}, {-20, 64});
  bench.operand({2, 1}, {5, 1});
  bench.word({0});
  bench.word({requantisation(1, 1)});
  DenseLinear params = sizes(1, 2, 1);
  params.input_activation = Activation::kRelu;
  CHECK(linear(bench, params, {1, 1}) == Bytes{32});
  params.activation = Activation::kGelu;
  CHECK(linear(bench, params, {1, 1}) == Bytes{27});
}

TEST_CASE("a layer norm of a hand-counted token") {
  Bench bench;
  bench.stream({1, 4}, {100, 200, 300, 600});
  bench.operand({4}, {32, 32, 32, 32});
  bench.operand({4}, {1, 1, 1, 1});
  // Mean 300, squares 140000, v = 140002 / 4 = 35000; isqrt(35000 x 65536) = 47893;
  // r = 2^32 / 47893 = 89678; t = -1095, -547, 0, 1642 (from -1094.2, -546.9, 0.5, 1642.6).
  OperandImage image = bench.image();
  const Operation narrow = bench.operation(LayerNorm{1, 4}, {1, 4});
  reference_layer_norm(bench.trace, narrow, image);
  // (32 t + 1024 + 512) / 1024: -32.7, -15.6, 1.5, 52.8, rounded down.
  CHECK(image.operand(narrow.outputs[0]) == Bytes{-33, -16, 1, 52});
  const Operation wide = bench.operation(LayerNorm{1, 4}, {1, 4}, 16);
  reference_layer_norm(bench.trace, wide, image);
  // (32 t + 1024 + 32) / 64: -531, -257, 16.5, 837.5, rounded down.
  CHECK(image.stream(wide.outputs[0]) == Stream{-531, -257, 16, 837});
}

TEST_CASE("a layer norm of a token without spread is its offsets, and large gains saturate") {
  Bench bench;
  bench.stream({2, 3}, {-7, -7, -7, -32768, 32767, 32767});
  bench.operand({3}, {127, 127, -128});
  bench.operand({3}, {5, -128, 127});
  OperandImage image = bench.image();
  const Operation norm = bench.operation(LayerNorm{2, 3}, {2, 3});
  reference_layer_norm(bench.trace, norm, image);
  // The second token: -1.414, 0.707, 0.707 times the gains: -179.6 + 5, 89.8 - 128, -90.5 + 127.
  CHECK(image.operand(norm.outputs[0]) == Bytes{5, -128, 127, -128, -38, 37});
}

TEST_CASE("layer norm agrees with float on rows of any size") {
  std::mt19937_64 engine(1);
  for (const double deviation : {20.0, 300.0, 4000.0}) {
    CAPTURE(deviation);
    const std::uint32_t tokens = 20, features = 192;
    std::normal_distribution<double> normal(100.0, deviation);
    Bench bench;
    Stream x;
    for (std::uint32_t i = 0; i < tokens * features; ++i) {
      x.push_back(static_cast<std::int16_t>(std::lround(normal(engine))));
    }
    bench.stream({tokens, features}, x);
    bench.operand({features}, Bytes(features, 30));
    bench.operand({features}, Bytes(features, -3));
    OperandImage image = bench.image();
    const Operation norm = bench.operation(LayerNorm{tokens, features}, {tokens, features});
    reference_layer_norm(bench.trace, norm, image);
    double signal = 0.0, noise = 0.0;
    for (std::uint32_t t = 0; t < tokens; ++t) {
      const auto token = x.begin() + t * features;
      const double mean = std::accumulate(token, token + features, 0.0) / features;
      double variance = 0.0;
      for (std::uint32_t f = 0; f < features; ++f) variance += std::pow(token[f] - mean, 2);
      for (std::uint32_t f = 0; f < features; ++f) {
        const double exact = (token[f] - mean) / std::sqrt(variance / features) * 30 - 3;
        signal += exact * exact;
        noise += std::pow(exact - image.operand(norm.outputs[0])[t * features + f], 2);
      }
    }
    // Of a signal of 30^2: Y rounded to whole numbers, and the mean to one, which is 30 / deviation
    // of Y; each has the noise 1 / 12 of its step's square.
    const double mean_step = 30.0 / deviation;
    const double rounding_db = 10.0 * std::log10(12.0 * 900.0 / (1.0 + mean_step * mean_step));
    CHECK(10.0 * std::log10(signal / noise) > rounding_db - 1.0);
  }
}

TEST_CASE("a pool is the mean of the tokens, halves up") {
  Bench bench;
  bench.operand({2, 4}, {-1, 1, 127, -128, -2, 2, 127, -128});
  OperandImage image = bench.image();
  const Operation pool = bench.operation(AveragePool{2, 4}, {1, 4});
  reference_average_pool(pool, image);
  CHECK(image.operand(pool.outputs[0]) == Bytes{-1, 2, 127, -128});
}

}  // namespace vitcod::test::reference_linear_test
