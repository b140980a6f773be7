// SPDX-License-Identifier: Apache-2.0
// ShiftAddViT: which linear layers of a whole model shift, and what its routers add.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/base/errors.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/values.hpp"
#include "workloads/workload.hpp"

namespace vitcod::shift_add_test {
namespace {

Json specification(Json shift_add) {
  return {{"model", "deit-tiny"},
          {"scope", "model"},
          {"maps", {{"kind", "generated"}, {"sparsity", 0.95}, {"seed", 1}}},
          {"layers", {0}},
          {"auto_encoder", false},
          {"shift_add", std::move(shift_add)}};
}

std::string error_of(const Json& spec) {
  try {
    make_trace(spec, ".");
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

std::map<std::string, const Operation*> by_name(const Trace& trace) {
  std::map<std::string, const Operation*> operations;
  for (const Operation& operation : trace.operations) operations[operation.name] = &operation;
  return operations;
}

Primitive primitive_of(const Trace& trace, const std::string& name) {
  return std::get<DenseLinear>(by_name(trace).at(name)->params).primitive;
}

}  // namespace

TEST_CASE("Linear layers of the blocks shift where the workload says so, and no others") {
  const Trace trace = make_trace(specification({{"qkv", "shift"}, {"mlp2", "shift"}}), ".");
  CHECK_NOTHROW(check_trace(trace));
  for (const char* name :
       {"layer0/q_projection", "layer0/k_projection", "layer0/v_projection", "layer0/mlp2"}) {
    CHECK(primitive_of(trace, name) == Primitive::kShift);
  }
  for (const char* name :
       {"embed/patch_embedding", "layer0/output_projection", "layer0/mlp1", "head/classifier"}) {
    CHECK(primitive_of(trace, name) == Primitive::kMultiply);
  }
  CHECK(trace.token_seed == 0);
}

TEST_CASE("A mixture has a router before its layers, whose split is in the trace") {
  const Trace trace = make_trace(specification({{"qkv", "mixture"},
                                                {"output_projection", "mixture"},
                                                {"mlp1", "mixture"},
                                                {"mlp2", "mixture"},
                                                {"shift_share", 0.25},
                                                {"seed", 5}}),
                                 ".");
  CHECK_NOTHROW(check_trace(trace));
  CHECK(trace.token_seed == 5);
  const auto operations = by_name(trace);
  for (const char* name : {"qkv", "output", "mlp1", "mlp2"}) {
    CAPTURE(name);
    const std::string layer = std::string("layer0/") + name;
    const auto& router = std::get<DenseLinear>(operations.at(layer + "_router")->params);
    CHECK(router.m == 197);
    CHECK(router.k == (std::string(name) == "mlp2" ? 768 : 192));
    CHECK(router.n == 2);
    CHECK(router.primitive == Primitive::kMultiply);
    const Operation& operation = *operations.at(layer + "_split");
    CHECK(operation.inputs[1] == operations.at(layer + "_router")->outputs[0]);
    const auto& split = std::get<RouterSplit>(operation.params);
    CHECK(split.tokens_first == 148);  // 197 - 49
    CHECK(split.order.size() == 197);
  }
  for (const char* name : {"q_projection", "k_projection", "v_projection"}) {
    const Operation& operation = *operations.at(std::string("layer0/") + name);
    CHECK(operation.inputs[1] == operations.at("layer0/qkv_split")->outputs[0]);
    CHECK(std::get<RoutedLinear>(operation.params).m_first == 148);
  }
  const auto& mlp1 = std::get<RoutedLinear>(operations.at("layer0/mlp1")->params);
  CHECK(mlp1.activation == Activation::kGelu);
  CHECK(std::get<RoutedLinear>(operations.at("layer0/mlp2")->params).residual);
}

TEST_CASE("Half of the tokens of a mixture shift if nothing else is said") {
  const Trace trace = make_trace(specification({{"mlp1", "mixture"}}), ".");
  const auto operations = by_name(trace);
  CHECK(std::get<RouterSplit>(operations.at("layer0/mlp1_split")->params).tokens_first == 98);
}

TEST_CASE("Weights of a layer that shifts are codes, near to what operands would be") {
  const Trace trace = make_trace(specification({{"mlp2", "shift"}}), ".");
  const Operation& mlp2 = *by_name(trace).at("layer0/mlp2");
  double squares = 0, sum = 0;
  std::map<int, int> counts;
  const std::vector<std::int8_t> codes = operand_values(trace, mlp2.inputs[1]);
  for (const std::int8_t code : codes) {
    REQUIRE((code >= -14 && code <= 14));
    ++counts[code];
    const double weight = code == 0 ? 0.0 : std::ldexp(128.0, 1 - std::abs(code));
    squares += weight * weight;
    sum += code < 0 ? -weight : weight;
  }
  const auto number = static_cast<double>(codes.size());
  CHECK(std::sqrt(squares / number) == Approx(33).margin(1.5));
  CHECK(std::abs(sum / number) < 0.5);
  CHECK(counts[0] > 0);
  CHECK(counts[1] > 0);
}

TEST_CASE("Attention that adds has codes from the projections in place of Q and K") {
  const Trace trace =
      make_trace(specification({{"qkv", "shift"}, {"attention", "add"}, {"code_length", 16}}), ".");
  CHECK_NOTHROW(check_trace(trace));
  CHECK(trace.maps.empty());
  const auto operations = by_name(trace);
  CHECK(operations.count("layer0/sddmm") == 0);
  const Operation& operation = *operations.at("layer0/linear_attention");
  CHECK(std::get<LinearAttention>(operation.params) ==
        LinearAttention{3, 197, 197, 16, 64, Activation::kNone, false, 0, false, Primitive::kAdd});
  CHECK(trace.tensor(operation.inputs[0]) == Tensor{"layer0/q", {3, 197, 16}, 1});
  // A head's code of a token is two bytes.
  CHECK(trace.tensor(operation.inputs[1]).bytes() == 3 * 197 * 2);
  CHECK(trace.tensor(operation.inputs[2]) == Tensor{"layer0/v", {3, 197, 64}, 8});
  const Operation& projection = *operations.at("layer0/q_projection");
  CHECK(projection.outputs[0] == operation.inputs[0]);
  CHECK(std::get<DenseLinear>(projection.params).n == 3 * 16);
  CHECK(operations.at("layer0/output_projection")->inputs[0] == operation.outputs[0]);
}

TEST_CASE("Attention is linear, with or without codes, in scope attention too") {
  Json spec = specification({{"attention", "add"}});
  spec["scope"] = "attention";
  spec.erase("auto_encoder");
  Trace trace = make_trace(spec, ".");
  CHECK_NOTHROW(check_trace(trace));
  REQUIRE(trace.operations.size() == 1);
  CHECK(trace.tensor(trace.operations[0].inputs[0]) == Tensor{"layer0/q", {3, 197, 64}, 1});
  std::size_t ones = 0;
  const std::vector<std::int8_t> codes = operand_values(trace, trace.operations[0].inputs[0]);
  for (const std::int8_t code : codes) {
    REQUIRE((code == 0 || code == 1));
    ones += code == 1 ? 1 : 0;
  }
  CHECK(double(ones) / double(codes.size()) == Approx(0.5).margin(0.02));
  spec["shift_add"] = {{"attention", "linear"}};
  trace = make_trace(spec, ".");
  CHECK_NOTHROW(check_trace(trace));
  CHECK(trace.tensor(trace.operations[0].inputs[0]) == Tensor{"layer0/q", {3, 197, 64}, 8});
  CHECK(std::get<LinearAttention>(trace.operations[0].params).primitive == Primitive::kMultiply);
}

TEST_CASE("What linear attention does not go with is refused with its place") {
  Json spec = specification({{"attention", "add"}, {"code_length", 12}});
  CHECK_THAT(error_of(spec), Catch::Contains("/shift_add/code_length: 12 bits a code in "
                                             "\"layers\"; expected a multiple of 8"));
  spec = specification({{"attention", "linear"}, {"code_length", 16}});
  CHECK_THAT(error_of(spec),
             Catch::Contains("/shift_add/code_length: expected attention \"add\" beside it"));
  const std::string scores =
      "/shift_add: linear attention has no scores; expected no tokens, dynamic_masks or "
      "score_function \"sigmoid\" beside it";
  spec = specification({{"attention", "add"}});
  spec["score_function"] = "sigmoid";
  CHECK_THAT(error_of(spec), Catch::Contains(scores));
  spec = specification({{"attention", "linear"}});
  spec.erase("layers");
  spec["tokens"] = {{"kind", "evit"}, {"boundaries", {3}}, {"keep_ratio", 0.7}, {"seed", 1}};
  CHECK_THAT(error_of(spec), Catch::Contains(scores));
  spec = specification({{"attention", "add"}, {"mlp1", "shift"}});
  spec["scope"] = "attention";
  CHECK_THAT(error_of(spec), Catch::Contains("/shift_add: expected scope \"model\" beside it"));
}

TEST_CASE("What linear layers that shift do not go with is refused with its place") {
  Json spec = specification({{"mlp1", "shift"}, {"seed", 1}});
  CHECK_THAT(error_of(spec), Catch::Contains("/shift_add/seed: expected a \"mixture\" beside it"));
  spec = specification({{"mlp1", "shift"}, {"shift_share", 0.5}});
  CHECK_THAT(error_of(spec),
             Catch::Contains("/shift_add/shift_share: expected a \"mixture\" beside it"));
  spec = specification({{"mlp1", "divide"}});
  CHECK_THAT(error_of(spec), Catch::Contains("/shift_add/mlp1: expected one of"));
  spec = specification({{"mlp1", "shift"}});
  spec["scope"] = "attention";
  CHECK_THAT(error_of(spec), Catch::Contains("/shift_add: expected scope \"model\" beside it"));
  spec = specification({{"mlp1", "mixture"}});
  spec.erase("layers");
  spec["tokens"] = {{"kind", "evit"}, {"boundaries", {3}}, {"keep_ratio", 0.7}, {"seed", 1}};
  CHECK_THAT(error_of(spec),
             Catch::Contains("/shift_add: expected no token dropping beside a \"mixture\""));
  spec["shift_add"] = {{"mlp1", "shift"}};
  CHECK(error_of(spec) == "none");
  spec = specification({{"qkv", "mixture"}});
  spec["model"] = "levit-128";
  spec.erase("layers");
  CHECK_THAT(
      error_of(spec),
      Catch::Contains("/shift_add/qkv: \"mixture\": rows of \"subsample0\" are gathered from "
                      "a grid, expected \"multiply\" or \"shift\""));
}

}  // namespace vitcod::shift_add_test
