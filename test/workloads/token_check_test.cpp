// SPDX-License-Identifier: Apache-2.0
#include "workloads/token_check.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"
#include "test/workloads/every_kind.hpp"
#include "workloads/trace_check.hpp"

namespace vitcod::token_check_test {
namespace {

/// Operations of the trace with one of every kind.
constexpr std::size_t kFirstSelect = 7, kLift = 10, kGather = 11, kSecondSelect = 18, kExit = 20;

/// The error of a trace with an operation of every kind, one of whose parts is changed.
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

/// refusal_after of another shape and width of one tensor.
std::string refusal_with(const std::string& name, std::vector<std::uint32_t> shape,
                         std::uint32_t bits) {
  return refusal_after([&](Trace& trace) {
    for (Tensor& tensor : trace.tensors) {
      if (tensor.name == name) tensor = {name, shape, bits};
    }
  });
}

/// refusal_after of a change of an operation's fields.
template <typename Params, typename Change>
std::string refusal_of(std::size_t operation, Change change) {
  return refusal_after(
      [&](Trace& trace) { change(std::get<Params>(trace.operations[operation].params)); });
}

TEST_CASE("A selection fits its tensors, and keeps what its scores say") {
  REQUIRE(refusal_after([](Trace&) {}) == "no error");
  CHECK(refusal_with("cls_q", {3, 2, 6}, 8) ==
        "operation \"op7\", inputs/0: expected shape (3, 1, 6), found (3, 2, 6) in \"cls_q\"");
  CHECK(refusal_with("cls_k", {3, 5, 6}, 16) ==
        "operation \"op7\", inputs/1: expected elements of 8 bits, found 16 in \"cls_k\"");
  CHECK(refusal_with("kept", {4}, 8) ==
        "operation \"op7\", outputs/0: expected elements of 16 bits, found 8 in \"kept\"");
  CHECK(refusal_with("kept_origins", {3}, 16) ==
        "operation \"op7\", outputs/1: expected shape (4), found (3) in \"kept_origins\"");
  CHECK(refusal_of<ScoreSelect>(
            kFirstSelect, [](ScoreSelect& select) { std::swap(select.kept[1], select.kept[2]); }) ==
        "operation \"op7\", kept: they are not the 4 tokens that the scores and the rule keep");
  CHECK(refusal_of<ScoreSelect>(kFirstSelect, [](ScoreSelect& select) { ++select.scores[0]; }) ==
        "operation \"op7\", scores: they are not what Q and K of the token seed give");
  CHECK(refusal_of<ScoreSelect>(kFirstSelect, [](ScoreSelect& select) { select.threshold = 5; }) ==
        "operation \"op7\", threshold: 5 is out of range; expected at most 4");
  CHECK(refusal_of<ScoreSelect>(kFirstSelect, [](ScoreSelect& select) {
          select.scores.pop_back();
        }) == "operation \"op7\", scores: expected 5 of them, found 4");
  CHECK(refusal_of<ScoreSelect>(kFirstSelect, [](ScoreSelect& select) { select.tokens_in = 0; }) ==
        "operation \"op7\", tokens_in: 0 is out of range; expected 1 to 32768");
  CHECK(refusal_of<ScoreSelect>(kFirstSelect, [](ScoreSelect& select) {
          select.prefix_tokens = 6;
        }) == "operation \"op7\", prefix_tokens: 6 is out of range; expected 1 to 5");
  CHECK(refusal_of<ScoreSelect>(kFirstSelect, [](ScoreSelect& select) { select.heads = 65536; }) ==
        "operation \"op7\", heads: 65536 is out of range; expected 1 to 65535");
  // With one output it is one whose dropped tokens are fused: a table of members.
  CHECK(refusal_after([](Trace& trace) { trace.operations[kFirstSelect].outputs.pop_back(); }) ==
        "operation \"op7\", outputs/0: expected shape (2, 5), found (4) in \"kept\"");
  CHECK(refusal_after([](Trace& trace) { trace.operations[kFirstSelect].inputs.pop_back(); }) ==
        "operation \"op7\": expected 4 inputs and 2 outputs, found 2 and 2");
}

TEST_CASE("Keys of a selection fit the memory") {
  CHECK(refusal_after([](Trace& trace) {
          auto& select = std::get<ScoreSelect>(trace.operations[kFirstSelect].params);
          select.features = 65536;
          select.heads = 1000;
          for (Tensor& tensor : trace.tensors) {
            if (tensor.name == "cls_q") tensor.shape = {1000, 1, 65536};
            if (tensor.name == "cls_k") tensor.shape = {1000, 5, 65536};
          }
        }) == "operation \"op7\", features: 327680000 elements of K; expected at most 2^28");
}

TEST_CASE("A later selection has the origins of an earlier one") {
  CHECK(refusal_after([](Trace& trace) {
          trace.operations[kSecondSelect].inputs[3] = trace.operations[kFirstSelect].outputs[0];
        }) == "operation \"op18\", inputs/3: expected origins of a selection, found \"kept\"");
  CHECK(refusal_after([](Trace& trace) {
          // As many tokens as the first selection took, not as it kept.
          auto& select = std::get<ScoreSelect>(trace.operations[kSecondSelect].params);
          select.tokens_in = 5;
          for (Tensor& tensor : trace.tensors) {
            if (tensor.name == "cls_k2") tensor.shape[1] = 5;
          }
        }) == "operation \"op18\", inputs/3: expected shape (5), found (4) in \"kept_origins\"");
}

TEST_CASE("Prefix tokens are those of the selection before") {
  CHECK(refusal_of<ScoreSelect>(kSecondSelect, [](ScoreSelect& select) {
          select.prefix_tokens = 2;
        }) == "operation \"op18\", prefix_tokens: 2 of them; the selection has 1");
}

TEST_CASE("A gather takes the rows that a selection keeps") {
  CHECK(refusal_with("dropping", {4, 7}, 16) ==
        "operation \"op11\", inputs/0: expected shape (5, 7), found (4, 7) in \"dropping\"");
  CHECK(refusal_with("dropping", {5, 7}, 8) ==
        "operation \"op11\", inputs/0: expected elements of 16 bits, found 8 in \"dropping\"");
  CHECK(refusal_with("grown", {4, 7}, 16) ==
        "operation \"op11\", outputs/0: expected shape (4, 43), found (4, 7) in \"grown\"");
  CHECK(refusal_after([](Trace& trace) {
          std::swap(trace.operations[kGather].inputs[0], trace.operations[kGather].inputs[1]);
        }) == "operation \"op11\", inputs/0: expected shape (5, 7), found (4) in \"kept\"");
  CHECK(refusal_after([](Trace& trace) {
          trace.operations[kGather].inputs[1] = trace.operations[kFirstSelect].outputs[1];
        }) ==
        "operation \"op11\", inputs/1: expected kept tokens of a selection, found "
        "\"kept_origins\"");
  CHECK(refusal_after([](Trace& trace) {
          std::get<TokenGather>(trace.operations[kGather].params).tokens_in = 6;
          for (Tensor& tensor : trace.tensors) {
            if (tensor.name == "dropping") tensor.shape[0] = 6;
          }
        }) == "operation \"op11\", tokens_in: 6 of them; the selection takes 5");
  CHECK(refusal_of<TokenGather>(kGather, [](TokenGather& gather) { gather.new_features = 0; }) ==
        "operation \"op11\": expected 2 inputs and 1 outputs, found 3 and 1");
}

TEST_CASE("A lifting step halves its patches, which are those of all tokens") {
  CHECK(refusal_of<LiftingStep>(kLift, [](LiftingStep& lift) { lift.level = 4; }) ==
        "operation \"op10\", side: 8 cannot be halved 4 times");
  CHECK(refusal_of<LiftingStep>(kLift, [](LiftingStep& lift) { lift.level = 0; }) ==
        "operation \"op10\", level: 0 is out of range; expected 1 to 16");
  CHECK(refusal_of<LiftingStep>(kLift, [](LiftingStep& lift) { lift.channels = 65536; }) ==
        "operation \"op10\", side: 4194304 samples of a patch; expected at most 65536");
  CHECK(refusal_with("samples", {4, 191}, 8) ==
        "operation \"op10\", inputs/0: expected shape (4, 192), found (4, 191) in \"samples\"");
  CHECK(refusal_with("samples", {3, 192}, 8) ==
        "operation \"op10\", inputs/0: expected the patches of 4 tokens, found 3");
  CHECK(refusal_with("taps", {1, 2, 4}, 8) ==
        "operation \"op10\", inputs/2: expected shape (2, 2, 4), found (1, 2, 4) in \"taps\"");
  CHECK(refusal_with("lifted", {4, 144}, 8) ==
        "operation \"op10\", outputs/0: expected shape (4, 36), found (4, 144) in \"lifted\"");
  CHECK(refusal_of<LiftingStep>(kLift, [](LiftingStep& lift) {
          lift.regions = 4;
          lift.prefix_tokens = 0;
        }) == "operation \"op10\", prefix_tokens: 0 of them; the selection has 1");
}

TEST_CASE("An exit that is taken is the last operation") {
  CHECK(refusal_after([](Trace& trace) {
          std::swap(trace.operations[kSecondSelect], trace.operations[kExit]);
        }) == "operation \"op20\", taken: \"op19\" follows an exit that is taken");
  CHECK(refusal_of<ExitTest>(kExit, [](ExitTest& exit) { exit.taken = false; }) ==
        "operation \"op20\", taken: false is not what the logits of the token seed give");
  CHECK(refusal_of<ExitTest>(kExit, [](ExitTest& exit) { ++exit.confidence; }) ==
        "operation \"op20\", taken: true is not what the logits of the token seed give");
  CHECK(refusal_of<ExitTest>(kExit, [](ExitTest& exit) { exit.confidence = 65537; }) ==
        "operation \"op20\", confidence: 65537 is out of range; expected at most 65536");
  CHECK(refusal_with("sure", {10}, 8) ==
        "operation \"op20\", inputs/0: expected shape (1, 10), found (10) in \"sure\"");
  CHECK(refusal_of<ExitTest>(kExit, [](ExitTest& exit) { exit.classes = 0; }) ==
        "operation \"op20\", classes: 0 is out of range; expected 1 to 65536");
}

TEST_CASE("A restricted map is what its source leaves") {
  const auto with = [](std::vector<std::uint32_t> origins) {
    return refusal_after([&](Trace& trace) { trace.restrictions[0].origins = origins; });
  };
  CHECK(with({0, 1, 3}) == "restriction of map 4: it is not what map 3 leaves for these tokens");
  const std::string not_tokens = "expected tokens of a square source, ascending, found ";
  CHECK(with({0, 1, 3, 6}) == "restriction of map 4: " + not_tokens + "4 of 6 x 6");
  CHECK(with({0, 3, 3, 5}) == "restriction of map 4: " + not_tokens + "4 of 6 x 6");
  CHECK(with({}) == "restriction of map 4: " + not_tokens + "0 of 6 x 6");
  CHECK(refusal_after([](Trace& trace) { trace.restrictions[0].source = MapId{0}; }) ==
        "restriction of map 4: " + not_tokens + "4 of 5 x 7");
}

}  // namespace
}  // namespace vitcod::token_check_test
