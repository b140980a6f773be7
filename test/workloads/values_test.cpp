// SPDX-License-Identifier: Apache-2.0
#include "workloads/values.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "workloads/value_scales.hpp"

namespace vitcod::values_test {
namespace {

/// A trace with one tensor a name, each of `num` elements.
Trace trace_with(const std::vector<std::string>& names, std::uint32_t num, std::uint64_t seed) {
  Trace trace;
  trace.value_seed = seed;
  for (const std::string& name : names) trace.tensors.push_back({name, {num}, 8});
  return trace;
}

template <typename T>
std::pair<double, double> mean_and_deviation(const std::vector<T>& values) {
  double sum = 0.0, squares = 0.0;
  for (const T value : values) {
    sum += value;
    squares += double{1.0} * value * value;
  }
  const double num = static_cast<double>(values.size());
  return {sum / num, std::sqrt(squares / num - sum / num * sum / num)};
}

TEST_CASE("Operands are roughly normal with deviation 32 and never -128") {
  const Trace trace = trace_with({"layer0/q"}, 200000, 1);
  const auto values = operand_values(trace, TensorId{0});
  const auto [mean, deviation] = mean_and_deviation(values);
  CHECK(std::abs(mean) < 0.3);
  CHECK(deviation == Approx(32.0).margin(0.3));
  CHECK(*std::min_element(values.begin(), values.end()) >= -127);
  const auto inside = std::count_if(values.begin(), values.end(),
                                    [](int value) { return value >= -32 && value <= 32; });
  CHECK(static_cast<double>(inside) / 200000.0 == Approx(0.69).margin(0.01));
}

TEST_CASE("Biases are roughly normal with the deviation of one product of operands") {
  const Trace trace = trace_with({"layer0/q_decode_bias"}, 100000, 1);
  const auto [mean, deviation] = mean_and_deviation(bias_values(trace, TensorId{0}));
  CHECK(std::abs(mean) < 15.0);
  CHECK(deviation == Approx(32.0 * 32.0).margin(15.0));
}

TEST_CASE("Values depend on the seed and the tensor's name, and on nothing else") {
  const auto alone = operand_values(trace_with({"b"}, 1000, 5), TensorId{0});
  const Trace both = trace_with({"a", "b"}, 1000, 5);
  CHECK(operand_values(both, TensorId{1}) == alone);
  CHECK(operand_values(both, TensorId{0}) != alone);
  CHECK(operand_values(trace_with({"b"}, 1000, 6), TensorId{0}) != alone);
  const auto shorter = operand_values(trace_with({"b"}, 333, 5), TensorId{0});
  CHECK(std::equal(shorter.begin(), shorter.end(), alone.begin()));
}

TEST_CASE("A tensor of every small length has that many values") {
  for (std::uint32_t num = 1; num < 20; ++num) {
    CHECK(operand_values(trace_with({"t"}, num, 0), TensorId{0}).size() == num);
  }
}

/// A trace of one operation, whose inputs are the first tensors.
Trace trace_of(OperationParams params, const std::vector<Tensor>& inputs,
               const std::vector<Tensor>& outputs) {
  Trace trace;
  trace.value_seed = 3;
  Operation operation{"op", 0, std::move(params), {}, {}};
  for (const Tensor& tensor : inputs) {
    operation.inputs.push_back(TensorId{static_cast<std::uint32_t>(trace.tensors.size())});
    trace.tensors.push_back(tensor);
  }
  for (const Tensor& tensor : outputs) {
    operation.outputs.push_back(TensorId{static_cast<std::uint32_t>(trace.tensors.size())});
    trace.tensors.push_back(tensor);
  }
  trace.operations.push_back(operation);
  return trace;
}

TEST_CASE("Gains are about one, 32, offsets about none, and the stream eight times an operand") {
  const Trace trace = trace_of(
      LayerNorm{2, 50000}, {{"x", {2, 50000}, 16}, {"gain", {50000}, 8}, {"offset", {50000}, 8}},
      {{"y", {2, 50000}, 8}});
  const auto gain = mean_and_deviation(operand_values(trace, TensorId{1}));
  CHECK(gain.first == Approx(32.0).margin(0.1));
  CHECK(gain.second == Approx(4.0).margin(0.1));
  const auto offset = mean_and_deviation(operand_values(trace, TensorId{2}));
  CHECK(offset.first == Approx(0.0).margin(0.1));
  CHECK(offset.second == Approx(4.0).margin(0.1));
  const auto stream = mean_and_deviation(stream_values(trace, TensorId{0}));
  CHECK(stream.first == Approx(0.0).margin(3.0));
  CHECK(stream.second == Approx(256.0).margin(3.0));
}

/// A layer that makes heads, their encoder and their decoder.
Trace encoded_trace(std::uint32_t heads, std::uint32_t compressed, bool projected) {
  Trace trace;
  trace.tensors = {{"x", {1, 1}, 8},
                   {"projected", {heads, 1, 1}, 8},
                   {"encode", {heads, compressed}, 8},
                   {"encode_bias", {compressed}, 32},
                   {"compressed", {compressed, 1, 1}, 8},
                   {"decode", {compressed, heads}, 8},
                   {"decode_bias", {heads}, 32},
                   {"decoded", {heads, 1, 1}, 8}};
  const auto ids = [](const std::vector<std::uint32_t>& indices) {
    std::vector<TensorId> result;
    result.reserve(indices.size());
    for (const std::uint32_t index : indices) result.push_back(TensorId{index});
    return result;
  };
  if (projected) trace.operations.push_back({"p", 0, DenseLinear{1, 1, heads}, ids({0}), ids({1})});
  trace.operations.push_back(
      {"e", 0, HeadMixEncode{heads, compressed, 1, 1}, ids({1, 2, 3}), ids({4})});
  trace.operations.push_back(
      {"d", 0, HeadMixDecode{compressed, heads, 1, 1}, ids({4, 5, 6}), ids({7})});
  return trace;
}

/// The products of each two columns of a matrix of so many rows, over 32 x 32.
std::vector<std::vector<double>> gram(const std::vector<std::int8_t>& weights, std::size_t rows) {
  const std::size_t columns = weights.size() / rows;
  std::vector<std::vector<double>> products(columns, std::vector<double>(columns, 0.0));
  for (std::size_t a = 0; a < columns; ++a) {
    for (std::size_t b = 0; b < columns; ++b) {
      for (std::size_t r = 0; r < rows; ++r) {
        products[a][b] += weights[r * columns + a] * weights[r * columns + b] / 1024.0;
      }
    }
  }
  return products;
}

TEST_CASE("An auto-encoder behind a projection makes heads as wide as those it is given") {
  const Trace trace = encoded_trace(12, 6, true);
  const auto encode = gram(operand_values(trace, TensorId{2}), 12);
  const auto decode = gram(operand_values(trace, TensorId{5}), 6);
  for (std::size_t a = 0; a < 6; ++a) {
    for (std::size_t b = 0; b < 6; ++b) {
      CHECK(encode[a][b] == Approx(a == b ? 1.0 : 0.0).margin(0.1));  // rounded weights
    }
  }
  REQUIRE(decode.size() == 12);
  for (std::size_t a = 0; a < 12; ++a) CHECK(decode[a][a] == Approx(1.0).margin(0.1));
  // A bias is that of a whole head: its deviation is 4 of the results' steps, of which they
  // have 32.
  const Trace wide = encoded_trace(20000, 1, true);
  CHECK(mean_and_deviation(bias_values(wide, TensorId{6})).second == Approx(128.0).margin(3.0));
  // Of attention scope the values are what they are without a name for what reads them.
  const Trace alone = encoded_trace(12, 6, false);
  Trace plain = alone;
  plain.operations.clear();
  CHECK(operand_values(alone, TensorId{5}) == operand_values(plain, TensorId{5}));
  CHECK(operand_values(alone, TensorId{2}) == operand_values(plain, TensorId{2}));
}

/// A linear layer with so many features and so many channels.
Trace linear_trace(std::uint32_t k, std::uint32_t n, bool residual, std::uint32_t bits) {
  DenseLinear linear{1, k, n};
  linear.residual = residual;
  std::vector<Tensor> inputs{{"x", {1, k}, 8}, {"w", {k, n}, 8}, {"b", {n}, 32}, {"r", {n}, 32}};
  if (residual) inputs.push_back({"residual", {1, n}, bits});
  return trace_of(linear, inputs, {{"y", {1, n}, bits}});
}

/// The mean of what the requantisation of each channel multiplies by; each within a quarter of it.
double mean_scale(const Trace& trace) {
  double sum = 0.0;
  std::vector<double> scales;
  for (const std::int32_t word : bias_values(trace, TensorId{3})) {
    const std::int32_t shift = word >> 16;
    CHECK(shift >= 1);
    CHECK(shift <= 63);
    scales.push_back(std::ldexp(word & 0xffff, -shift));
    sum += scales.back();
  }
  const double mean = sum / static_cast<double>(scales.size());
  for (const double scale : scales) CHECK(std::abs(scale / mean - 1.0) < 0.25);
  return mean;
}

TEST_CASE("Requantisation brings a sum of products to the width of its result") {
  // Sums of k products of two numbers of deviation 32 have deviation 1024 sqrt(k).
  CHECK(mean_scale(linear_trace(256, 4000, false, 8)) ==
        Approx(32.0 / (1024.0 * 16.0)).epsilon(0.01));
  CHECK(mean_scale(linear_trace(3072, 4000, true, 16)) ==
        Approx(256.0 / (1024.0 * std::sqrt(3072.0))).epsilon(0.01));
  CHECK(mean_scale(linear_trace(64, 4000, true, 8)) == Approx(8.0 / (1024.0 * 8.0)).epsilon(0.01));
  CHECK(mean_scale(linear_trace(1, 4000, false, 8)) == Approx(32.0 / 1024.0).epsilon(0.01));
  // An input that passes ReLU has half the mean square.
  Trace trace = linear_trace(256, 4000, false, 8);
  std::get<DenseLinear>(trace.operations[0].params).input_activation = Activation::kRelu;
  CHECK(mean_scale(trace) == Approx(std::sqrt(2.0) / 512.0).epsilon(0.01));
}

/// The root mean square of f of a normal number of deviation `rms`, in steps of 1/32, by sums.
template <typename Function>
double rms_of(Function f, double rms) {
  double sum = 0.0, weights = 0.0;
  double z = -6.0;
  while (z <= 6.0) {
    const double weight = std::exp(-0.5 * z * z);
    const double value = 32.0 * f(z * rms / 32.0);
    sum += weight * value * value;
    weights += weight;
    z += 0.01;
  }
  return std::sqrt(sum / weights);
}

TEST_CASE("What is expected of activations, pools and streams is what they do to deviations") {
  const auto expected = [](DenseLinear linear, std::uint32_t bits) {
    linear.m = linear.k = linear.n = 1;
    return trace_of(linear, std::vector<Tensor>(linear.residual ? 5 : 4, Tensor{"t", {1, 1}, bits}),
                    {{"y", {1, 1}, bits}});
  };
  DenseLinear linear{};
  linear.activation = Activation::kGelu;
  CHECK(expected_rms(expected(linear, 8), TensorId{4}) ==
        Approx(rms_of([](double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }, 32.0))
            .epsilon(0.002));
  linear.activation = Activation::kHardswish;
  CHECK(
      expected_rms(expected(linear, 8), TensorId{4}) ==
      Approx(rms_of([](double x) { return x * std::min(std::max(x + 3.0, 0.0), 6.0) / 6.0; }, 32.0))
          .epsilon(0.02));
  linear = DenseLinear{};
  linear.residual = true;
  CHECK(expected_rms(expected(linear, 16), TensorId{5}) == Approx(256.0 * std::sqrt(2.0)));
  CHECK(expected_rms(expected(linear, 8), TensorId{5}) == Approx(std::hypot(32.0, 8.0)));
  const Trace pool = trace_of(AveragePool{16, 1}, {{"x", {16, 1}, 8}}, {{"y", {1, 1}, 8}});
  CHECK(expected_rms(pool, TensorId{1}) == Approx(32.0));
  const Trace mix = trace_of(HeadMixDecode{1, 1, 1, 1}, {{"x", {1, 1, 1}, 8}}, {{"y", {1}, 8}});
  CHECK(expected_rms(mix, TensorId{1}) == Approx(32.0));
}

}  // namespace
}  // namespace vitcod::values_test
