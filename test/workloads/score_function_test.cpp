// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/base/errors.hpp"
#include "workloads/workload.hpp"

namespace vitcod::score_function_test {
namespace {

/// Two blocks of two heads on 2 x 3 patches, with maps that keep everything.
Json sigmoid_specification() {
  const Json blocks = {{"name", "blocks"},     {"num_blocks", 2},    {"heads", 2},
                       {"query_grid", {2, 3}}, {"key_grid", {2, 3}}, {"key_dim", 8},
                       {"value_dim", 8}};
  return {{"model", {{"name", "small"}, {"prefix_tokens", 0}, {"groups", {blocks}}}},
          {"scope", "attention"},
          {"maps", {{"kind", "dense"}}},
          {"score_function", "sigmoid"}};
}

std::vector<double> biases(const Trace& trace) {
  std::vector<double> found;
  for (const Operation& operation : trace.operations) {
    CHECK_FALSE(std::holds_alternative<RowNormalise>(operation.params));
    const auto* score = std::get_if<ScoreElementwise>(&operation.params);
    if (score != nullptr) found.push_back(score->bias);
  }
  return found;
}

std::string error_of(const Json& specification) {
  try {
    make_trace(specification, ".");
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("Sigmoid attention has a bias of its own in each block, or the one that is given") {
  Json sigmoid = sigmoid_specification();
  for (const double bias : biases(make_trace(sigmoid, "."))) {
    CHECK(bias == Approx(-std::log(6.0) - 0.5));  // all six keys are kept
  }
  sigmoid["sigmoid_bias"] = -1.5;
  CHECK(biases(make_trace(sigmoid, ".")) == std::vector<double>{-1.5, -1.5});
}

TEST_CASE("Wrong score functions and biases are refused with their place") {
  Json sigmoid = sigmoid_specification();
  sigmoid["sigmoid_bias"] = -80.5;
  CHECK_THAT(error_of(sigmoid), Catch::Contains("/sigmoid_bias: -80.5 is out of range"));
  sigmoid["sigmoid_bias"] = 1;
  sigmoid["score_function"] = "softmax";
  CHECK(error_of(sigmoid) == "/sigmoid_bias: expected score_function \"sigmoid\" beside it");
  sigmoid["score_function"] = "step";
  CHECK_THAT(error_of(sigmoid), Catch::Contains("[\"softmax\", \"sigmoid\"]"));
}

}  // namespace vitcod::score_function_test
