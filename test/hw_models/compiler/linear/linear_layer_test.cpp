// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear/linear_layer.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"

namespace vitcod::linear_layer_test {
namespace {

/// Y (2 heads, 5 rows, 3 features), 8 bits, of X (7, 4).
Trace one_layer() {
  Trace trace;
  trace.tensors = {
      {"x", {7, 4}, 8}, {"w", {4, 6}, 8}, {"b", {6}, 32}, {"r", {6}, 32}, {"y", {2, 5, 3}, 8}};
  DenseLinear linear{};
  linear.m = 5;
  linear.k = 4;
  linear.n = 6;
  trace.operations = {
      {"linear", 3, linear, {TensorId{0}, TensorId{1}, TensorId{2}, TensorId{3}}, {TensorId{4}}}};
  return trace;
}

LinearLayer found_in(const Trace& trace) {
  OperationIndex index(trace);
  return find_linear(index, trace.operations.size() - 1);
}

}  // namespace

TEST_CASE("a linear layer is found with its tensors and how their heads lie") {
  const LinearLayer layer = found_in(one_layer());
  CHECK(layer.layer == 3);
  CHECK(layer.macs() == 5 * 4 * 6);
  CHECK(layer.input_heads == 1);
  CHECK(layer.input_rows == 7);
  CHECK(layer.output_heads == 2);
  CHECK(layer.output_features() == 3);
  CHECK(layer.result_bytes == 1);
  CHECK_FALSE(layer.residual.has_value());
}

TEST_CASE("a linear layer knows whether another one reads its weights") {
  Trace trace = one_layer();
  CHECK_FALSE(found_in(trace).shares_weights);
  trace.operations.push_back(trace.operations[0]);
  trace.operations[1].name = "another";
  CHECK(found_in(trace).shares_weights);
  trace.tensors.push_back({"own", {4, 6}, 8});
  trace.operations[1].inputs[1] = TensorId{5};
  CHECK_FALSE(found_in(trace).shares_weights);
}

TEST_CASE("a linear layer that the machine has no unit for is named") {
  Trace trace = one_layer();
  trace.operations[0].inputs.pop_back();
  CHECK_THROWS_WITH(found_in(trace),
                    "operation linear: expected X, W, bias, requantisation and perhaps a residual "
                    "in, Y out");
  trace = one_layer();
  std::get<DenseLinear>(trace.operations[0].params).primitive = Primitive::kAdd;
  CHECK_THROWS_WITH(found_in(trace),
                    "operation linear: the MAC lines multiply or shift in a linear layer, they do "
                    "not add alone");
  trace = one_layer();
  trace.operations.insert(trace.operations.begin(),
                          Operation{"raw", 0, Sddmm{MapId{0}, 4}, {}, {TensorId{0}}});
  CHECK_THROWS_WITH(found_in(trace),
                    "operation linear: an operand comes from raw (sddmm), whose results no unit "
                    "writes to DRAM");
}

namespace {

/// Y (2 heads, 5 rows, 3 features) of X (5, 4) and two experts: rows 1, 2 and 4 multiply.
Trace two_experts() {
  Trace trace;
  trace.tensors = {{"x", {5, 4}, 8},    {"order", {5}, 16}, {"w1", {4, 6}, 8}, {"b1", {6}, 32},
                   {"r1", {6}, 32},     {"w2", {4, 6}, 8},  {"b2", {6}, 32},   {"r2", {6}, 32},
                   {"y", {2, 5, 3}, 8}, {"l", {5, 2}, 8},   {"m", {5, 2}, 8}};
  std::vector<TensorId> inputs;
  for (std::uint32_t i = 0; i < 8; ++i) inputs.push_back(TensorId{i});
  trace.operations = {
      {"split", 3, RouterSplit{5, 3, {1, 2, 4, 0, 3}}, {TensorId{9}, TensorId{10}}, {TensorId{1}}},
      {"routed", 3, RoutedLinear{5, 3, 4, 6}, inputs, {TensorId{8}}}};
  return trace;
}

std::vector<LinearLayer> experts_in(const Trace& trace) {
  OperationIndex index(trace);
  return find_experts(index, trace.operations.size() - 1);
}

std::vector<std::uint32_t> tokens_of(const LinearLayer& layer) {
  return {layer.tokens.begin(), layer.tokens.end()};
}

}  // namespace

TEST_CASE("a layer of two experts is found as a part each, of those that have tokens") {
  Trace trace = two_experts();
  const std::vector<LinearLayer> parts = experts_in(trace);
  REQUIRE(parts.size() == 2);
  CHECK(tokens_of(parts[0]) == std::vector<std::uint32_t>{1, 2, 4});
  CHECK(tokens_of(parts[1]) == std::vector<std::uint32_t>{0, 3});
  CHECK(parts[0].product.primitive == Primitive::kMultiply);
  CHECK(parts[1].product.primitive == Primitive::kShift);
  CHECK(parts[0].macs() == 3 * 4 * 6);
  CHECK(parts[1].macs() == 2 * 4 * 6);
  CHECK(parts[0].weights == TensorId{2});
  CHECK(parts[1].requantisation == TensorId{7});
  CHECK(parts[0].output_rows == 5);
  CHECK(parts[0].place_of(2) == 4);
  CHECK(parts[0].num_runs() == 2);
  CHECK(parts[1].num_runs() == 2);
  CHECK((parts[0].loads_order && parts[0].is_first_part));
  CHECK_FALSE((parts[1].loads_order || parts[1].is_first_part));

  std::get<RoutedLinear>(trace.operations[1].params).m_first = 0;
  std::get<RouterSplit>(trace.operations[0].params).tokens_first = 0;
  const std::vector<LinearLayer> only = experts_in(trace);
  REQUIRE(only.size() == 1);
  CHECK(only[0].product.primitive == Primitive::kShift);
  CHECK(only[0].loads_order);
  CHECK_FALSE(only[0].is_first_part);
}

TEST_CASE("a layer of two experts without an order is refused") {
  Trace trace = two_experts();
  trace.operations.erase(trace.operations.begin());
  CHECK_THROWS_WITH(experts_in(trace),
                    "operation routed: expected X, the order of a router_split, W, bias and "
                    "requantisation of two experts and perhaps a residual in, Y out");
}

TEST_CASE("a linear layer knows whether an expert reads its weights") {
  Trace trace = one_layer();
  const Trace experts = two_experts();
  trace.operations.push_back(experts.operations[1]);
  trace.operations[1].name = "another";
  trace.operations[1].inputs[5] = TensorId{1};
  OperationIndex index(trace);
  CHECK(find_linear(index, 0).shares_weights);
}

}  // namespace vitcod::linear_layer_test
