// SPDX-License-Identifier: Apache-2.0
#include "workloads/trace_check.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "sim/base/errors.hpp"
#include "test/workloads/every_kind.hpp"

namespace vitcod::trace_check_test {
namespace {

using Catch::Matchers::Message;
using test::every_kind;

/// The error of a trace with an operation of every kind, one of whose parts is changed.
template <typename Change>
std::string refusal_after(Change change) {
  Trace trace = every_kind();
  change(trace);
  try {
    check_trace(trace);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("Operations that do not fit their tensors or their order are refused") {
  CHECK(refusal_after([](Trace&) {}) == "no error");
  const auto shape = [](Trace& trace, const std::string& name) -> std::vector<std::uint32_t>& {
    for (Tensor& tensor : trace.tensors) {
      if (tensor.name == name) return tensor.shape;
    }
    throw std::runtime_error("no tensor " + name);
  };
  CHECK(refusal_after([&](Trace& trace) {
          shape(trace, "k") = {3, 6, 7};
        }) == "operation \"op3\", inputs/1: expected shape (3, 7, 6), found (3, 6, 7) in \"k\"");
  CHECK(refusal_after([&](Trace& trace) { shape(trace, "db") = {2}; }) ==
        "operation \"op2\", inputs/2: expected shape (3), found (2) in \"db\"");
  CHECK(refusal_after([&](Trace& trace) {
          shape(trace, "p") = {3, 5, 8};
        }) == "operation \"op4\", outputs/0: expected shape (3, 5, 7), found (3, 5, 8) in \"p\"");
  CHECK(refusal_after([&](Trace& trace) {
          shape(trace, "o") = {3, 9, 5};
        }) == "operation \"op6\", outputs/0: expected shape (3, 5, 9), found (3, 9, 5) in \"o\"");
  CHECK(refusal_after([&](Trace& trace) {
          shape(trace, "y") = {3, 5, 2};
        }) ==
        "operation \"op0\", outputs/0: expected 4 rows of 6 features, found (3, 5, 2) in \"y\"");
  CHECK(refusal_after([](Trace& trace) { trace.operations[2].inputs.pop_back(); }) ==
        "operation \"op2\": expected 3 inputs and 1 outputs, found 2 and 1");
  CHECK(refusal_after([](Trace& trace) { std::swap(trace.operations[2], trace.operations[3]); }) ==
        "operation \"op3\": reads \"q\" before \"op2\" produces it");
  CHECK(refusal_after([](Trace& trace) {
          trace.operations[4].outputs = trace.operations[3].outputs;
        }) == "operation \"op4\": \"s\" already comes from \"op3\"");
}

/// refusal_after of another shape and width of one tensor.
std::string refusal_with(const std::string& name, std::vector<std::uint32_t> shape,
                         std::uint32_t bits) {
  return refusal_after([&](Trace& trace) {
    for (Tensor& tensor : trace.tensors) {
      if (tensor.name == name) tensor = {name, shape, bits};
    }
  });
}

DenseLinear& linear_of(Trace& trace, std::size_t operation) {
  return std::get<DenseLinear>(trace.operations[operation].params);
}

TEST_CASE("A linear layer's tensors fit its sizes and have the widths of its numbers") {
  CHECK(
      refusal_with("x", {2, 4, 4}, 8) ==
      "operation \"op0\", inputs/0: expected rows 1 to 4 of 8 features, found (2, 4, 4) in \"x\"");
  CHECK(refusal_with("x", {5, 8}, 8) == "no error");
  CHECK(refusal_after([](Trace& trace) { linear_of(trace, 0).primitive = Primitive::kAdd; }) ==
        "operation \"op0\", primitive: \"add\"; expected \"multiply\" or \"shift\" of a linear "
        "layer");
  CHECK(refusal_with("x", {40}, 8) ==
        "operation \"op0\", inputs/0: expected 2 or 3 dimensions, found (40) in \"x\"");
  CHECK(refusal_with("x", {5, 8}, 16) ==
        "operation \"op0\", inputs/0: expected elements of 8 bits, found 16 in \"x\"");
  CHECK(refusal_with("w", {6, 8}, 8) ==
        "operation \"op0\", inputs/1: expected shape (8, 6), found (6, 8) in \"w\"");
  CHECK(refusal_with("b", {6}, 16) ==
        "operation \"op0\", inputs/2: expected elements of 32 bits, found 16 in \"b\"");
  CHECK(refusal_with("r", {1}, 32) ==
        "operation \"op0\", inputs/3: expected shape (6), found (1) in \"r\"");
  CHECK(refusal_with("y", {4, 6}, 8) == "no error");
  CHECK(refusal_with("y", {4, 6}, 16) ==
        "operation \"op0\", outputs/0: expected elements of 8 bits, found 16 in \"y\"");
  CHECK(
      refusal_after([](Trace& trace) { linear_of(trace, 0).first_row = 2; }) ==
      "operation \"op0\", inputs/0: expected rows 2 to 5 of 8 features, found (2, 5, 4) in \"x\"");
  CHECK(refusal_after([](Trace& trace) { linear_of(trace, 0).k = 65537; }) ==
        "operation \"op0\", k: 65537 is out of range; expected at most 65536");
  CHECK(refusal_after([](Trace& trace) { linear_of(trace, 0).residual = true; }) ==
        "operation \"op0\": expected 5 inputs and 1 outputs, found 4 and 1");
}

TEST_CASE("A residual is as wide as the result, and is added without an activation") {
  CHECK(refusal_with("res", {36, 7}, 8) ==
        "operation \"op15\", inputs/4: expected elements of 16 bits, found 8 in \"res\"");
  CHECK(refusal_with("res", {6, 7}, 16) == "no error");
  CHECK(refusal_with("res", {7, 7}, 16) ==
        "operation \"op15\", inputs/4: expected shape (36, 7), found (7, 7) in \"res\"");
  CHECK(refusal_with("stream", {6, 7}, 32) ==
        "operation \"op15\", outputs/0: expected elements of 8 or 16 bits, found 32 in \"stream\"");
  CHECK(refusal_after([](Trace& trace) { linear_of(trace, 15).activation = Activation::kRelu; }) ==
        "operation \"op15\": an activation and a residual; expected one of them at most");
}

TEST_CASE("A window fits its grid and makes as many rows as the product has") {
  const auto with = [](auto change) {
    return refusal_after([&](Trace& trace) { change(linear_of(trace, 15)); });
  };
  const std::string no_window =
      "operation \"op15\", window: expected a stride of at least 1, a grid and a kernel of 1 to "
      "65536, "
      "the padding smaller than the kernel, and the kernel no larger than the padded grid";
  CHECK(with([](DenseLinear& linear) { linear.window->stride = 0; }) == no_window);
  CHECK(with([](DenseLinear& linear) { linear.window->padding_rows = 3; }) == no_window);
  CHECK(with([](DenseLinear& linear) { linear.window->kernel_columns = 10; }) == no_window);
  CHECK(with([](DenseLinear& linear) { linear.window->kernel_rows = 0; }) == no_window);
  CHECK(with([](DenseLinear& linear) { linear.window->grid_rows = 0; }) == no_window);
  CHECK(with([](DenseLinear& linear) {
          linear.window->kernel_rows = 4000000000U;
          linear.window->padding_rows = 3999999999U;
        }) == no_window);
  // A stride of 2: 2 rows, as before, of 4.
  CHECK(
      with([](DenseLinear& linear) { linear.window->stride = 2; }) ==
      "operation \"op15\", window: expected m of 8, k a multiple of 6 and first_row of 0, found 6, "
      "12 and 0");
  CHECK(
      with([](DenseLinear& linear) { linear.first_row = 1; }) ==
      "operation \"op15\", window: expected m of 6, k a multiple of 6 and first_row of 0, found 6, "
      "12 and 1");
  CHECK(refusal_with("grid", {6, 6, 2}, 8) ==
        "operation \"op15\", inputs/0: expected shape (36, 2), found (6, 6, 2) in \"grid\"");
}

TEST_CASE("A layer norm and a pool have the shapes and widths of their numbers") {
  CHECK(refusal_with("stream", {6, 7}, 8) ==
        "operation \"op15\", inputs/4: expected elements of 8 bits, found 16 in \"res\"");
  CHECK(refusal_with("gain", {6}, 8) ==
        "operation \"op16\", inputs/1: expected shape (7), found (6) in \"gain\"");
  CHECK(refusal_with("offset", {7}, 32) ==
        "operation \"op16\", inputs/2: expected elements of 8 bits, found 32 in \"offset\"");
  CHECK(refusal_with("normed", {6, 7}, 32) ==
        "operation \"op16\", outputs/0: expected elements of 8 or 16 bits, found 32 in \"normed\"");
  CHECK(refusal_with("normed", {6, 7}, 16) ==
        "operation \"op17\", inputs/0: expected elements of 8 bits, found 16 in \"normed\"");
  CHECK(refusal_with("pooled", {7}, 8) ==
        "operation \"op17\", outputs/0: expected shape (1, 7), found (7) in \"pooled\"");
}

TEST_CASE("Linear attention has the shapes and widths of its two products") {
  const auto with = [](auto change) {
    return refusal_after(
        [&](Trace& trace) { change(std::get<LinearAttention>(trace.operations[12].params)); });
  };
  CHECK(refusal_with("memory_v", {2, 5, 3}, 8) ==
        "operation \"op12\", inputs/2: expected shape (2, 6, 3), found (2, 5, 3) in \"memory_v\"");
  CHECK(refusal_with("memory_k", {2, 6, 4}, 16) ==
        "operation \"op12\", inputs/1: expected elements of 8 bits, found 16 in \"memory_k\"");
  CHECK(refusal_with("inner_words", {2, 3}, 32) ==
        "operation \"op12\", inputs/3: expected shape (2, 4), found (2, 3) in \"inner_words\"");
  CHECK(refusal_with("sums", {2, 3}, 8) ==
        "operation \"op12\", outputs/2: expected shape (2, 4), found (2, 3) in \"sums\"");
  CHECK(refusal_with("added", {5, 6}, 8) ==
        "operation \"op12\", inputs/4: expected elements of 16 bits, found 8 in \"added\"");
  CHECK(refusal_with("read", {2, 5, 3}, 16) ==
        "operation \"op12\", outputs/0: expected shape (5, 6), found (2, 5, 3) in \"read\"");
  CHECK(with([](LinearAttention& attention) { attention.normalise = false; }) ==
        "operation \"op12\": expected 6 inputs and 2 outputs, found 5 and 3");
  CHECK(with([](LinearAttention& attention) { attention.output_shift = 16; }) ==
        "operation \"op12\", output_shift: 16 is out of range; expected at most 15");
  CHECK(with([](LinearAttention& attention) { attention.keys = 65537; }) ==
        "operation \"op12\", keys: 65537 is out of range; expected 1 to 65536");
  CHECK(with([](LinearAttention& attention) { attention.feature_map = Activation::kGelu; }) ==
        "operation \"op12\", feature_map: expected \"none\" or \"elu_plus_one\"");
}

TEST_CASE("Linear attention that adds has codes of whole bytes, no map and no normaliser") {
  const auto with = [](auto change) {
    return refusal_after(
        [&](Trace& trace) { change(std::get<LinearAttention>(trace.operations[13].params)); });
  };
  CHECK(refusal_with("k_codes", {3, 8, 16}, 8) ==
        "operation \"op13\", inputs/1: expected elements of 1 bits, found 8 in \"k_codes\"");
  CHECK(refusal_with("q_codes", {3, 7, 8}, 1) ==
        "operation \"op13\", inputs/0: expected shape (3, 7, 16), found (3, 7, 8) in \"q_codes\"");
  CHECK(with([](LinearAttention& attention) { attention.features_k = 12; }) ==
        "operation \"op13\", features_k: 12 codes a row; expected a multiple of 8");
  const std::string bare =
      "operation \"op13\", primitive: \"add\"; expected no feature map and no normaliser beside "
      "it, "
      "Q and K are codes";
  CHECK(with([](LinearAttention& attention) { attention.feature_map = Activation::kEluPlusOne; }) ==
        bare);
  CHECK(with([](LinearAttention& attention) { attention.primitive = Primitive::kShift; }) ==
        "operation \"op13\", primitive: \"shift\"; expected \"multiply\" or \"add\" of linear "
        "attention");
  CHECK(refusal_after([](Trace& trace) {
          std::get<LinearAttention>(trace.operations[12].params).feature_map = Activation::kNone;
          std::get<LinearAttention>(trace.operations[12].params).primitive = Primitive::kAdd;
        }) ==
        "operation \"op12\", primitive: \"add\"; expected no feature map and no normaliser beside "
        "it, "
        "Q and K are codes");
}

TEST_CASE("A linear layer of codes has whole bytes of them a row of a head, and no activation") {
  const auto with = [](std::vector<std::uint32_t> shape, Activation activation) {
    return refusal_after([&](Trace& trace) {
      DenseLinear& linear = linear_of(trace, 0);
      linear.activation = activation;
      linear.n = 16;
      for (Tensor& tensor : trace.tensors) {
        if (tensor.name == "w") tensor.shape = {8, 16};
        if (tensor.name == "b" || tensor.name == "r") tensor.shape = {16};
        if (tensor.name == "y") tensor = {"y", shape, 1};
      }
    });
  };
  CHECK(with({2, 4, 8}, Activation::kNone) == "no error");
  CHECK(with({4, 4, 4}, Activation::kNone) ==
        "operation \"op0\", outputs/0: 4 codes a row; expected a multiple of 8");
  CHECK(with({2, 4, 8}, Activation::kGelu) ==
        "operation \"op0\", activation: expected \"none\" where the results are codes of 1 bit");
}

TEST_CASE("Operands and biases have the widths of their values, and scores any") {
  const auto error_with = [](const std::string& name, std::uint32_t bits) {
    return refusal_after([&](Trace& trace) {
      for (Tensor& tensor : trace.tensors) {
        if (tensor.name == name) tensor.bits = bits;
      }
    });
  };
  CHECK(error_with("o", 16) ==
        "operation \"op6\", outputs/0: expected elements of 8 bits, found 16 in \"o\"");
  CHECK(error_with("v", 4) ==
        "operation \"op6\", inputs/1: expected elements of 8 bits, found 4 in \"v\"");
  CHECK(error_with("k", 16) ==
        "operation \"op3\", inputs/1: expected elements of 8 bits, found 16 in \"k\"");
  CHECK(error_with("db", 8) ==
        "operation \"op2\", inputs/2: expected elements of 32 bits, found 8 in \"db\"");
  for (const char* name : {"e", "ew", "e_out", "d", "dw", "q"}) {
    CAPTURE(name);
    CHECK(error_with(name, 32).find("expected elements of 8 bits, found 32") != std::string::npos);
  }
  CHECK(error_with("s", 16) == "no error");
  CHECK(error_with("p", 8) == "no error");
}

TEST_CASE("The steps of one attention mean the same map") {
  Trace trace = every_kind();
  trace.maps.push_back(trace.maps[0]);
  std::get<RowNormalise>(trace.operations[4].params).map = MapId{5};
  CHECK_THROWS_MATCHES(
      check_trace(trace), InputError,
      Message("operation \"op4\": map 5 is not the map 0 of \"s\", which it reads"));
  std::get<RowNormalise>(trace.operations[4].params).map = MapId{0};
  std::get<Spmm>(trace.operations[6].params).map = MapId{5};
  CHECK_THROWS_MATCHES(
      check_trace(trace), InputError,
      Message("operation \"op6\": map 5 is not the map 0 of \"p\", which it reads"));
  std::get<RowNormalise>(trace.operations[4].params).map = MapId{5};
  std::get<Sddmm>(trace.operations[3].params).map = MapId{5};
  CHECK_NOTHROW(check_trace(trace));
}

TEST_CASE("An operation that reads what it writes is refused") {
  Trace trace = every_kind();
  trace.operations.resize(1);
  trace.operations[0].params = TokenFuse{1, 1, 1};
  trace.operations[0].outputs = trace.operations[0].inputs;
  CHECK_THROWS_MATCHES(check_trace(trace), InputError,
                       Message("operation \"op0\": reads \"x\" before \"op0\" produces it"));
}

}  // namespace
}  // namespace vitcod::trace_check_test
