// SPDX-License-Identifier: Apache-2.0
// What streams through units behind the hub: descriptors of gathered rows, and what is refused.
#include <catch2/catch.hpp>

#include "hw_models/compiler/average_pool/pool_stream.hpp"
#include "hw_models/compiler/compiler.hpp"
#include "hw_models/compiler/lifting/lift_stream.hpp"
#include "hw_models/compiler/token_gather/gather_stream.hpp"
#include "hw_models/compiler/token_selection/selection_stream.hpp"
#include "sim/base/errors.hpp"

namespace vitcod::test::stream_test {
namespace {

/// A selection of tokens 0, 2 and 3 of 4, and what gathers, lifts, tests and pools behind it.
Trace selecting_trace() {
  Trace trace;
  trace.layers.push_back({"layer0"});
  const auto tensor = [&trace](std::vector<std::uint32_t> shape, std::uint32_t bits) {
    trace.tensors.push_back({"t" + std::to_string(trace.tensors.size()), std::move(shape), bits});
    return TensorId{static_cast<std::uint32_t>(trace.tensors.size() - 1)};
  };
  const TensorId q = tensor({2, 1, 4}, 8), k = tensor({2, 4, 4}, 8);
  const TensorId kept = tensor({3}, 16), origins = tensor({3}, 16);
  const ScoreSelect select{2, 4, 4, 1, SelectionRule::kTopK, 2, {0, 0, 0, 0}, {0, 2, 3}};
  trace.operations.push_back({"select", 0, select, {q, k, k}, {kept, origins}});
  const TensorId x = tensor({4, 8}, 16), fresh = tensor({3, 2}, 8), y = tensor({3, 10}, 16);
  trace.operations.push_back({"gather", 0, TokenGather{4, 3, 8, 2}, {x, kept, fresh}, {y}});
  const TensorId patches = tensor({3, 16}, 8), taps = tensor({1, 2, 4}, 8);
  const TensorId bands = tensor({3, 12}, 8);
  trace.operations.push_back(
      {"lift", 0, LiftingStep{1, 2, 1, 4, 1}, {patches, origins, taps}, {bands}});
  const TensorId logits = tensor({1, 20}, 8), taken = tensor({1}, 8);
  trace.operations.push_back({"exit", 0, ExitTest{20, 7, false}, {logits, logits}, {taken}});
  const TensorId rows = tensor({3, 12}, 8), mean = tensor({1, 12}, 8);
  trace.operations.push_back({"pool", 0, AveragePool{3, 12}, {rows}, {mean}});
  return trace;
}

PlanLimits roomy() {
  PlanLimits limits;
  limits.output_bytes = 1000;
  limits.selector = cost_of(TokenSelectorConfig{4, 4, 4, 64, 64, 4, 2, 4});
  limits.gather = cost_of(TokenGatherConfig{4, 4, 64, 64, 64, 2});
  limits.lifting = cost_of(LiftingConfig{2, 4, 4, 64, 2});
  limits.pool = cost_of(AveragePoolConfig{4, 4, 64, 64, 2});
  return limits;
}

/// The stream of operation `index` of the trace.
Stream stream_of(const Trace& trace, const PlanLimits& limits, std::size_t index,
                 bool k_by_token = false) {
  DramLayout layout(trace);
  if (k_by_token) layout.lay_by_token(TensorId{1});
  const Target target;
  const StreamContext context{trace, layout, target, limits};
  const Operation& operation = trace.operations[index];
  if (index == 0) return selection_stream(operation, context);
  if (index == 1) return gather_stream(operation, context);
  if (index == 2) return lift_stream(operation, context);
  return index == 3 ? exit_stream(operation, context) : pool_stream(operation, context);
}

std::string refusal(const PlanLimits& limits, std::size_t index, bool k_by_token = false) {
  try {
    stream_of(selecting_trace(), limits, index, k_by_token);
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("neighbours among gathered rows are one stretch, numbered as they follow") {
  const std::vector<Stretch> stretches = rows_numbered({0, 1, 4, 6, 7}, 1000, 10);
  REQUIRE(stretches.size() == 3);
  CHECK(stretches[0].address == 1000);
  CHECK(stretches[0].bytes == 20);
  CHECK(stretches[1].address == 1040);
  CHECK(stretches[1].first_row == 2);
  CHECK(stretches[2].bytes == 20);
  CHECK(stretches[2].offset == 30);
}

TEST_CASE("a selection reads Q and K and stores numbers, then origins") {
  const Stream stream = stream_of(selecting_trace(), roomy(), 0);
  REQUIRE(stream.tiles.size() == 1);
  CHECK(stream.tiles[0].loads.size() == 2);
  CHECK(stream.tiles[0].loads[0].transfer.bytes() == 8);
  CHECK(stream.tiles[0].loads[1].transfer.bytes() == 32);
  CHECK(stream.tiles[0].store.bytes() == 12);
  CHECK(stream.reads.size() == 3);
}

TEST_CASE("a gathering asks for kept rows alone, once their numbers are there") {
  const Stream stream = stream_of(selecting_trace(), roomy(), 1);
  REQUIRE(stream.tiles.size() == 1);
  const std::vector<StreamLoad>& loads = stream.tiles[0].loads;
  REQUIRE(loads.size() == 3);
  CHECK(loads[0].is_fence);
  CHECK(loads[1].transfer.bytes() == 6);
  CHECK(loads[2].after_fences);
  CHECK(loads[2].transfer.stretches.size() == 2);  // row 0; rows 2 and 3
  CHECK(loads[2].transfer.bytes() == 3 * 16);
  CHECK(stream.tiles[0].store.bytes() == 3 * 20);
  // 40 bytes of results at a time: two tokens, then one, whose numbers are there already.
  PlanLimits limits = roomy();
  limits.output_bytes = 40;
  const Stream narrow = stream_of(selecting_trace(), limits, 1);
  REQUIRE(narrow.tiles.size() == 2);
  CHECK(narrow.tiles[1].loads.size() == 2);
  CHECK_FALSE(narrow.tiles[1].loads[1].after_fences);
}

TEST_CASE("a lifting asks for the patches of tokens that are left") {
  const Stream stream = stream_of(selecting_trace(), roomy(), 2);
  REQUIRE(stream.tiles.size() == 1);
  const std::vector<StreamLoad>& loads = stream.tiles[0].loads;
  REQUIRE(loads.size() == 3);
  // Tokens 2 and 3 are patches 1 and 2; token 0 is the class token, a row of zeros.
  REQUIRE(loads[2].transfer.stretches.size() == 1);
  CHECK(loads[2].transfer.stretches[0].bytes == 32);
  CHECK(stream.tiles[0].store.bytes() == 3 * 12);
}

TEST_CASE("a machine that lacks a unit, or has one that is too small, refuses by name") {
  for (std::size_t index = 0; index < 5; ++index) CHECK(refusal(roomy(), index) == "none");
  const PlanLimits none = [] {
    PlanLimits limits;
    limits.output_bytes = 1000;
    return limits;
  }();
  CHECK(refusal(none, 0) == "operation select: this machine has no token_selector");
  CHECK(refusal(none, 1) == "operation gather: this machine has no token_gather");
  CHECK(refusal(none, 2) == "operation lift: this machine has no lifting");
  CHECK(refusal(none, 3) == "operation exit: this machine has no token_selector");
  CHECK(refusal(none, 4) == "operation pool: this machine has no average_pool");
  PlanLimits small = roomy();
  small.selector->max_tokens = 3;
  CHECK(refusal(small, 0) ==
        "operation select: 4 tokens and 8 bytes of Q; token_selector/max_tokens of the machine "
        "are 3, max_query_bytes 64");
  CHECK(refusal(small, 3) ==
        "operation exit: 20 classes; token_selector/max_tokens of the machine are 3");
  small.gather->max_tokens = 2;
  CHECK(refusal(small, 1) ==
        "operation gather: 3 tokens; token_gather/max_tokens of the machine are 2");
  small = roomy();
  small.gather->max_features = 7;
  CHECK(refusal(small, 1) ==
        "operation gather: tokens of 8 features with 2 new ones; token_gather/max_features of the "
        "machine are 7, new_bytes 64");
  small.lifting->max_patch_bytes = 15;
  CHECK(refusal(small, 2) ==
        "operation lift: a patch has 16 bytes; lifting/max_patch_bytes of the machine are 15");
  small = roomy();
  small.output_bytes = 12;
  CHECK(refusal(small, 2) ==
        "operation lift: the output_buffer is too small: it holds the results of 1 tokens, the "
        "prefix tokens and one more are needed");
  small.pool->max_tokens = 2;
  CHECK(refusal(small, 4) ==
        "operation pool: 3 tokens; average_pool/max_tokens of the machine are 2");
  CHECK(refusal(roomy(), 0, true) == "operation select: K lies token by token in DRAM");
}

TEST_CASE("tensors that no selection makes are refused as such") {
  const auto refused = [](std::size_t index, std::size_t input) {
    Trace trace = selecting_trace();
    trace.operations[index].inputs[input] = TensorId{0};
    try {
      stream_of(trace, roomy(), index);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  CHECK(refused(1, 1) == "operation gather: expected kept tokens of a selection");
  CHECK(refused(2, 1) == "operation lift: expected origins of a selection");
}

}  // namespace vitcod::test::stream_test
