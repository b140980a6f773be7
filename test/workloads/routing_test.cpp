// SPDX-License-Identifier: Apache-2.0
#include "workloads/routing.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"
#include "test/workloads/every_kind.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/values.hpp"

namespace vitcod::routing_test {
namespace {

using Numbers = std::vector<std::uint32_t>;

/// A split alone, of logits that nothing makes.
Trace split_of(std::uint32_t tokens, std::uint32_t tokens_first, std::uint64_t seed) {
  Trace trace;
  trace.token_seed = seed;
  trace.tensors = {
      {"assumed", {tokens, 2}, 8}, {"logits", {tokens, 2}, 8}, {"order", {tokens}, 16}};
  trace.operations = {{"split",
                       0,
                       RouterSplit{tokens, tokens_first, {}},
                       {TensorId{0}, TensorId{1}},
                       {TensorId{2}}}};
  return trace;
}

/// Operations of the trace with one of every kind.
constexpr std::size_t kSplit = 14, kRouted = 19;

template <typename Change>
std::string refusal_after(Change change) {
  Trace trace = test::every_kind();
  change(trace);
  try {
    check_trace(trace);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

std::string refusal_with(const std::string& name, std::vector<std::uint32_t> shape,
                         std::uint32_t bits) {
  return refusal_after([&](Trace& trace) {
    for (Tensor& tensor : trace.tensors) {
      if (tensor.name == name) tensor = {name, shape, bits};
    }
  });
}

template <typename Params, typename Change>
std::string refusal_of(std::size_t operation, Change change) {
  return refusal_after(
      [&](Trace& trace) { change(std::get<Params>(trace.operations[operation].params)); });
}

TEST_CASE("A token goes to the expert of the greater logit, and to the first if they are equal") {
  const std::vector<std::int8_t> logits{3, 4, -1, -2, 5, 5, -128, 127, 0, -1};
  const Routing routing = routing_of(logits);
  CHECK(routing.tokens_first == 3);
  CHECK(routing.order == Numbers{1, 2, 4, 0, 3});
}

TEST_CASE("Logits that nothing makes send as many tokens to the first expert as the trace says") {
  for (const std::uint32_t first : {0U, 1U, 50U, 99U, 100U}) {
    for (const std::uint64_t seed : {1U, 2U}) {
      const Trace trace = split_of(100, first, seed);
      const Routing routing = routing_of(operand_values(trace, TensorId{0}));
      CHECK(routing.tokens_first == first);
      Numbers tokens = routing.order;
      std::sort(tokens.begin(), tokens.end());
      for (std::uint32_t i = 0; i < 100; ++i) CHECK(tokens[i] == i);
    }
  }
  const auto order = [](std::uint64_t seed) {
    return routing_of(operand_values(split_of(100, 50, seed), TensorId{0})).order;
  };
  CHECK(order(1) == order(1));
  CHECK(order(1) != order(2));
}

TEST_CASE("A split fits its tensors, and its order is what its logits give") {
  REQUIRE(refusal_after([](Trace&) {}) == "no error");
  CHECK(refusal_with("routed_by", {6, 3}, 8) ==
        "operation \"op14\", inputs/0: expected shape (6, 2), found (6, 3) in \"routed_by\"");
  CHECK(refusal_with("router_logits", {6, 2}, 16) ==
        "operation \"op14\", inputs/1: expected elements of 8 bits, found 16 in \"router_logits\"");
  CHECK(refusal_with("order", {6}, 8) ==
        "operation \"op14\", outputs/0: expected elements of 16 bits, found 8 in \"order\"");
  CHECK(refusal_of<RouterSplit>(kSplit, [](RouterSplit& split) { split.tokens = 0; }) ==
        "operation \"op14\", tokens: 0 is out of range; expected 1 to 32768");
  CHECK(refusal_of<RouterSplit>(kSplit, [](RouterSplit& split) { split.tokens_first = 7; }) ==
        "operation \"op14\", tokens_first: 7 is out of range; expected at most 6");
  const std::string order_message =
      "operation \"op14\", order: expected the numbers of 6 tokens, of the first 4 and of the "
      "others ascending";
  CHECK(refusal_of<RouterSplit>(kSplit, [](RouterSplit& split) {
          std::swap(split.order[0], split.order[1]);
        }) == order_message);
  CHECK(refusal_of<RouterSplit>(kSplit, [](RouterSplit& split) { split.order.pop_back(); }) ==
        order_message);
  CHECK(refusal_of<RouterSplit>(kSplit, [](RouterSplit& split) { split.order[0] = 9; }) ==
        order_message);
  CHECK(refusal_of<RouterSplit>(kSplit, [](RouterSplit& split) {
          std::rotate(split.order.begin(), split.order.begin() + 4, split.order.end());
          std::sort(split.order.begin(), split.order.begin() + 4);
          std::sort(split.order.begin() + 4, split.order.end());
        }) == "operation \"op14\", order: it is not what the logits of the token seed give");
}

TEST_CASE("A layer of two experts fits its tensors and its split") {
  CHECK(refusal_with("routed", {6, 4}, 8) ==
        "operation \"op19\", inputs/0: expected rows 0 to 5 of 3 features, found (6, 4) in "
        "\"routed\"");
  CHECK(refusal_with("w2", {5, 3}, 8) ==
        "operation \"op19\", inputs/5: expected shape (3, 5), found (5, 3) in \"w2\"");
  CHECK(refusal_with("r1", {5}, 8) ==
        "operation \"op19\", inputs/4: expected elements of 32 bits, found 8 in \"r1\"");
  CHECK(refusal_with("of_experts", {5, 6}, 8) ==
        "operation \"op19\", outputs/0: expected 6 rows of 5 features, found (5, 6) in "
        "\"of_experts\"");
  CHECK(refusal_of<RoutedLinear>(kRouted, [](RoutedLinear& routed) { routed.m_first = 3; }) ==
        "operation \"op19\", m_first: 3 of 6 rows; the split sends 4 of 6 tokens");
  CHECK(refusal_after([](Trace& trace) {
          trace.operations[kRouted].inputs[1] = trace.operations[kRouted].inputs[0];
        }) ==
        "operation \"op19\", inputs/1: expected the order of a router_split, found \"routed\"");
  CHECK(refusal_after([](Trace& trace) { trace.operations[kRouted].inputs.pop_back(); }) ==
        "operation \"op19\": expected 8 inputs and 1 outputs, found 7 and 1");
}

}  // namespace
}  // namespace vitcod::routing_test
