// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear/linear_layer.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"

using namespace vitcod;

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
  std::get<DenseLinear>(trace.operations[0].params).primitive = Primitive::kShift;
  CHECK_THROWS_WITH(found_in(trace),
                    "operation linear: the MAC lines multiply, they neither shift nor add alone");
  trace = one_layer();
  trace.operations.insert(trace.operations.begin(),
                          Operation{"codes", 0, MatAdd{5, 1, 4}, {}, {TensorId{0}}});
  CHECK_THROWS_WITH(
      found_in(trace),
      "operation linear: an operand comes from codes (mat_add), whose results no unit "
      "writes to DRAM");
}
