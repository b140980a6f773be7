// SPDX-License-Identifier: Apache-2.0
#include "workloads/values.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

namespace vitcod {
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

}  // namespace
}  // namespace vitcod
