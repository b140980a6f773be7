// SPDX-License-Identifier: Apache-2.0
// Traces whose operations the machine cannot follow, as a trace folder made by hand may hold them.
#include <catch2/catch.hpp>
#include <functional>

#include "hw_models/compiler/attention/engine_attention.hpp"
#include "hw_models/compiler/compiler.hpp"
#include "sim/base/errors.hpp"
#include "workloads/trace.hpp"

namespace vitcod::test::layer_list_test {
namespace {

enum Place : std::uint32_t {
  kQuery,
  kKey,
  kValue,
  kScores,
  kWeights,
  kOutput,
  kOther,
  kMix,
  kBias
};

Operation operation(const std::string& name, OperationParams params,
                    const std::vector<Place>& inputs, Place output) {
  Operation made{name, 0, std::move(params), {}, {TensorId{output}}};
  for (const Place input : inputs) made.inputs.push_back(TensorId{input});
  return made;
}

/// One head of two tokens that each see both.
Trace one_layer() {
  Trace trace;
  trace.layers.push_back({"layer0"});
  trace.tensors.resize(9, Tensor{"any", {1, 2, 4}, 8});
  PolarizedMap& map = trace.maps.emplace_back();
  map.num_queries = map.num_keys = 2;
  map.heads.resize(1);
  trace.operations = {operation("sddmm", Sddmm{MapId{0}, 4}, {kQuery, kKey}, kScores),
                      operation("softmax", RowNormalise{MapId{0}}, {kScores}, kWeights),
                      operation("spmm", Spmm{MapId{0}, 4}, {kWeights, kValue}, kOutput)};
  return trace;
}

Operation decode(Place input, Place output, std::uint32_t heads_in = 1, std::uint32_t heads = 1) {
  return operation("decode", HeadMixDecode{heads_in, heads, 2, 4}, {input, kMix, kBias}, output);
}

/// Scores that no softmax reads, and no unit stores.
Operation raw_scores(Place made) {
  return operation("raw", Sddmm{MapId{0}, 4}, {kOther, kOther}, made);
}

std::string refusal(const std::function<void(Trace&)>& change) {
  Trace trace = one_layer();
  change(trace);
  try {
    find_layers(trace);
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

void prepend(Trace& trace, const Operation& first) {
  trace.operations.insert(trace.operations.begin(), first);
}

}  // namespace

TEST_CASE("an attention block needs its scores from the softmax of an sddmm") {
  CHECK(refusal([](Trace&) {}) == "none");
  CHECK(refusal([](Trace& trace) { trace.operations[2].inputs[0] = TensorId{kScores}; }) ==
        "operation spmm: expected scores from a row_normalise or score_elementwise operation");
  CHECK(refusal([](Trace& trace) { trace.operations[1].inputs[0] = TensorId{kQuery}; }) ==
        "operation softmax: expected scores from an sddmm operation");
}

TEST_CASE("heads whose scores might not fit the score unit are refused") {
  const auto with_features = [](std::uint32_t features) {
    return refusal([features](Trace& trace) {
      std::get<Sddmm>(trace.operations[0].params).features = features;
    });
  };
  // 127 products of -128 and -128 are 127 x 2^14 = 2^21 - 2^14; a sign and 21 bits reach 2^21 - 1.
  CHECK(with_features(127) == "none");
  CHECK(with_features(128) ==
        "operation sddmm: a score of 128 features may take more than 22 bits; at most 127 fit");
}

TEST_CASE("operands that an operation makes which leaves nothing in DRAM are refused by name") {
  const auto with_maker = [](Place made) {
    return refusal([made](Trace& trace) { prepend(trace, raw_scores(made)); });
  };
  const std::string from_scores =
      "an operand comes from raw (sddmm), whose results no unit writes to DRAM";
  CHECK(with_maker(kQuery) == "operation sddmm: " + from_scores);
  CHECK(with_maker(kValue) == "operation spmm: " + from_scores);
  CHECK(refusal([](Trace& trace) {
          prepend(trace, decode(kOther, kKey));
          prepend(trace, raw_scores(kOther));
        }) == "operation decode: " + from_scores);
  CHECK(
      refusal([](Trace& trace) { prepend(trace, raw_scores(kOther)); }) ==
      "operation raw (sddmm): this machine runs dense_linear, routed_linear, router_split, "
      "linear_attention, layer_norm, average_pool, head_mix_encode, score_select, token_gather, "
      "similarity_match, token_fuse, lifting_step, exit_test and attention blocks "
      "(head_mix_decode, sddmm, row_normalise or score_elementwise, spmm) and has no unit for it");
}

TEST_CASE("Q and K are both compressed alike, with weights and biases, or neither is") {
  CHECK(refusal([](Trace& trace) { prepend(trace, decode(kOther, kKey)); }) ==
        "operation sddmm: Q and K must both be compressed, or neither");
  CHECK(refusal([](Trace& trace) {
          prepend(trace, decode(kOther, kKey, 1));
          prepend(trace, decode(kOther, kQuery, 2));
        }) == "operation decode: Q and K must be compressed to the same number of heads");
  const std::string incomplete =
      "operation decode: expected compressed heads, weights and biases for all heads of the sddmm";
  CHECK(refusal([](Trace& trace) { prepend(trace, decode(kOther, kKey, 1, 2)); }) == incomplete);
  CHECK(refusal([](Trace& trace) {
          prepend(trace, decode(kOther, kKey));
          trace.operations.front().inputs.pop_back();
        }) == incomplete);
}

TEST_CASE("an encoding needs heads, weights and biases that lie in DRAM") {
  const Operation encode =
      operation("encode", HeadMixEncode{1, 1, 2, 4}, {kOther, kMix, kBias}, kKey);
  CHECK(refusal([&](Trace& trace) { prepend(trace, encode); }) == "none");
  CHECK(refusal([&](Trace& trace) {
          prepend(trace, encode);
          trace.operations.front().inputs.pop_back();
        }) == "operation encode: expected heads, weights and biases in, compressed heads out");
  CHECK(refusal([&](Trace& trace) {
          prepend(trace, encode);
          prepend(trace, raw_scores(kOther));
        }) ==
        "operation encode: an operand comes from raw (sddmm), whose results no unit "
        "writes to DRAM");
}

TEST_CASE("a map of kept tokens needs the selection that keeps them") {
  CHECK(refusal([](Trace& trace) {
          trace.restrictions.push_back({MapId{0}, MapId{0}, {0, 1}});
        }) == "operation spmm: a map of kept tokens without a selection before");
}

TEST_CASE("a workload without an operation is refused") {
  Trace trace = one_layer();
  trace.operations.clear();
  DramLayout layout(trace);
  Program program;
  const PlanLimits limits;
  EngineAttention attention(limits, LineSplitter(MacLinesConfig{}, true, true, 1));
  CHECK_THROWS_WITH(
      compile(trace, find_layers(trace), Target{}, limits, attention, layout, program),
      "the workload has no operation");
}

}  // namespace vitcod::test::layer_list_test
