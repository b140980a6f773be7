// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/token_merging/merge_stream.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "hw_models/compiler/token_selection/selection_stream.hpp"
#include "sim/base/errors.hpp"

namespace vitcod::test::merge_stream_test {
namespace {

/// Five tokens of two features: a selection of 0 and 2 with a fused token, a match of one pair, and
/// a merging by either.
Trace merging_trace() {
  Trace trace;
  trace.layers.push_back({"layer0"});
  const auto tensor = [&trace](std::vector<std::uint32_t> shape, std::uint32_t bits) {
    trace.tensors.push_back({"t" + std::to_string(trace.tensors.size()), std::move(shape), bits});
    return TensorId{static_cast<std::uint32_t>(trace.tensors.size() - 1)};
  };
  const TensorId q = tensor({2, 1, 4}, 8), k = tensor({2, 5, 4}, 8);
  const TensorId fused = tensor({2, 5}, 16), x = tensor({5, 2}, 16), y = tensor({3, 2}, 16);
  const ScoreSelect select{2, 4, 5, 1, SelectionRule::kTopK, 1, {0, 1, 9, 2, 3}, {0, 2}};
  trace.operations.push_back({"select", 0, select, {q, k, k}, {fused}});
  trace.operations.push_back({"fuse", 0, TokenFuse{5, 3, 2}, {x, fused}, {y}});
  const TensorId match_k = tensor({2, 5, 4}, 8), members = tensor({2, 5}, 16);
  const TensorId merged = tensor({4, 2}, 16), sizes = tensor({4}, 16);
  trace.operations.push_back({"match", 0, SimilarityMatch{5, 1, 4}, {match_k, k}, {members}});
  trace.operations.push_back({"merge", 0, TokenFuse{5, 4, 2}, {x, members}, {merged, sizes}});
  const TensorId next_k = tensor({2, 4, 4}, 8), next = tensor({2, 4}, 16);
  trace.operations.push_back(
      {"next", 0, SimilarityMatch{4, 1, 4}, {next_k, next_k, sizes}, {next}});
  return trace;
}

PlanLimits roomy() {
  PlanLimits limits;
  limits.output_bytes = 1000;
  limits.selector = cost_of(TokenSelectorConfig{4, 4, 4, 64, 64, 4, 2, 4, true});
  limits.matcher = cost_of(TokenMatcherConfig{4, 4, 4, 64, 64, 9, 2, 4});
  limits.merger = cost_of(TokenMergerConfig{4, 4, 4, 64, 64, 9, 4});
  return limits;
}

Stream stream_of(const Trace& trace, const PlanLimits& limits, std::size_t index) {
  const DramLayout layout(trace);
  const Target target;
  const StreamContext context{trace, layout, target, limits};
  const Operation& operation = trace.operations[index];
  if (index == 0) return selection_stream(operation, context);
  return std::holds_alternative<TokenFuse>(operation.params) ? merge_stream(operation, context)
                                                             : match_stream(operation, context);
}

std::string refusal(const PlanLimits& limits, std::size_t index) {
  const Trace trace = merging_trace();
  try {
    stream_of(trace, limits, index);
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a selection with a fused token stores one table of all tokens") {
  const Trace trace = merging_trace();
  const Stream stream = stream_of(trace, roomy(), 0);
  REQUIRE(stream.tiles.size() == 1);
  REQUIRE(stream.tiles[0].store.stretches.size() == 1);
  CHECK(stream.tiles[0].store.bytes() == 20);
}

TEST_CASE("a match reads sizes after an earlier merging, and then keys") {
  const Trace trace = merging_trace();
  CHECK(stream_of(trace, roomy(), 2).tiles[0].loads.size() == 1);
  const Stream stream = stream_of(trace, roomy(), 4);
  REQUIRE(stream.tiles[0].loads.size() == 2);
  CHECK(stream.tiles[0].loads[0].transfer.bytes() == 8);
  CHECK(stream.tiles[0].loads[1].transfer.bytes() == 32);
  CHECK(stream.tiles[0].store.bytes() == 16);
  CHECK(stream.reads.size() == 3);
}

TEST_CASE("a merging asks for rows group by group, once their members are there") {
  const Trace trace = merging_trace();
  const Stream stream = stream_of(trace, roomy(), 1);
  REQUIRE(stream.tiles.size() == 1);
  const std::vector<StreamLoad>& loads = stream.tiles[0].loads;
  REQUIRE(loads.size() == 2);
  CHECK(loads[0].is_fence);
  CHECK(loads[0].transfer.bytes() == 20);
  CHECK(loads[1].after_fences);
  // 0, 2; 1; 3 and 4, which follow each other.
  REQUIRE(loads[1].transfer.stretches.size() == 4);
  CHECK(loads[1].transfer.stretches[2].first_row == 2);
  CHECK(loads[1].transfer.stretches[3].bytes == 8);
  CHECK(stream.tiles[0].store.bytes() == 12);
}

TEST_CASE("tiles of a merging are whole groups, each with its sizes") {
  const Trace trace = merging_trace();
  PlanLimits limits = roomy();
  limits.output_bytes = 12;  // two groups of 4 bytes, and 2 each
  const Stream stream = stream_of(trace, limits, 3);
  REQUIRE(stream.tiles.size() == 2);
  CHECK(stream.tiles[0].loads.size() == 2);
  CHECK(stream.tiles[1].loads.size() == 1);
  for (const StreamTile& tile : stream.tiles) {
    REQUIRE(tile.store.stretches.size() == 2);
    CHECK(tile.store.stretches[0].bytes == 8);
    CHECK(tile.store.stretches[1].bytes == 4);
    CHECK(tile.store.stretches[1].offset == 8);
  }
  std::uint64_t rows = 0;
  for (const StreamTile& tile : stream.tiles) rows += tile.loads.back().transfer.bytes();
  CHECK(rows == 5 * 4);
}

TEST_CASE("a machine that cannot merge, or not so much, refuses by name") {
  for (std::size_t index = 0; index < 5; ++index) CHECK(refusal(roomy(), index) == "none");
  PlanLimits none = roomy();
  none.selector->emits_dropped = false;
  none.matcher.reset();
  none.merger.reset();
  CHECK(refusal(none, 0) ==
        "operation select: token_selector of this machine has no emits_dropped, which a fused "
        "token needs");
  CHECK(refusal(none, 1) == "operation fuse: this machine has no token_merger");
  CHECK(refusal(none, 2) == "operation match: this machine has no token_matcher");
  PlanLimits small = roomy();
  small.matcher->max_tokens = 4;
  small.merger->max_features = 1;
  CHECK(refusal(small, 2) ==
        "operation match: 5 tokens of 4 features; token_matcher/max_tokens of the machine are 4, "
        "max_features 64");
  CHECK(refusal(small, 3) ==
        "operation merge: 5 tokens of 2 features; token_merger/max_tokens of the machine are 64, "
        "max_features 1");
}

}  // namespace vitcod::test::merge_stream_test
