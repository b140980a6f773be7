// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/cascade_layers.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/accelerators/spatten_trace.hpp"
#include "sim/base/errors.hpp"
#include "workloads/workload.hpp"

namespace vitcod::cascade_layers_test {
namespace {

using Catch::Matchers::Contains;
using Shape = std::vector<std::uint32_t>;

/// Four blocks of 17 tokens and four heads of 8 features.
Json small_model() {
  return {{"name", "small"},
          {"prefix_tokens", 1},
          {"image_size", 8},
          {"activation", "gelu"},
          {"classes", 10},
          {"stem",
           Json::array({{{"in_channels", 3}, {"out_channels", 24}, {"kernel", 2}, {"stride", 2}}})},
          {"groups", Json::array({{{"name", "stage"},
                                   {"num_blocks", 4},
                                   {"heads", 4},
                                   {"query_grid", {4, 4}},
                                   {"key_grid", {4, 4}},
                                   {"key_dim", 8},
                                   {"value_dim", 6},
                                   {"auto_encoder_heads", 2},
                                   {"width_in", 24},
                                   {"width_out", 24},
                                   {"mlp_hidden", 40},
                                   {"residual", true}}})}};
}

Trace whole_model(const Json& model) {
  return make_trace({{"model", model},
                     {"scope", "model"},
                     {"maps", {{"kind", "generated"}, {"sparsity", 0.5}, {"seed", 1}}},
                     {"polarization", {{"theta_d", 8}}}},
                    ".");
}

/// Blocks keep 17, 13, 9 and 4 tokens, and 4, 4, 3 and 2 heads: shares of 0.77, 0.5 and 0.23, and
/// of 1, 0.75 and 0.5.
CascadePruningConfig pruning() {
  CascadePruningConfig config;
  config.token_keep = 0.5;
  config.token_spread = 0.27;
  config.unpruned_token_layers = 0.25;
  config.head_keep = 0.75;
  config.head_spread = 0.25;
  config.unpruned_head_layers = 0.25;
  config.prefix_tokens = 1;
  return config;
}

const CascadeHardware kHardware{TopKCost{16, 1024, 3}, 5};

SpattenTrace pruned(const Json& model, const CascadePruningConfig& config = pruning()) {
  return spatten_trace(whole_model(model), config, kHardware);
}

/// Sizes of a linear layer: rows, features, columns.
Shape sizes_of(const Trace& trace, const std::string& name) {
  for (const Operation& operation : trace.operations) {
    if (operation.name != name) continue;
    const auto& linear = std::get<DenseLinear>(operation.params);
    CHECK(trace.tensor(operation.inputs[1]).shape == Shape{linear.k, linear.n});
    CHECK(trace.tensor(operation.inputs[2]).shape == Shape{linear.n});
    CHECK(trace.tensor(operation.inputs[3]).shape == Shape{linear.n});
    return {linear.m, linear.k, linear.n};
  }
  throw InputError("no operation " + name);
}

const Operation* find(const Trace& trace, const std::string& name) {
  for (const Operation& operation : trace.operations) {
    if (operation.name == name) return &operation;
  }
  return nullptr;
}

const Tensor& tensor_named(const Trace& trace, const std::string& name) {
  return *std::find_if(trace.tensors.begin(), trace.tensors.end(),
                       [&](const Tensor& tensor) { return tensor.name == name; });
}

}  // namespace

TEST_CASE("layers behind a choice work on the tokens that stay") {
  const Trace trace = pruned(small_model()).trace;
  // Tokens of the blocks' attention, and of the layers behind its output projection.
  const std::uint32_t tokens[] = {17, 13, 9, 4}, behind[] = {13, 9, 4, 4};
  for (std::size_t b = 0; b < 4; ++b) {
    const std::string layer = "layer" + std::to_string(b);
    CHECK(sizes_of(trace, layer + "/k_projection")[0] == tokens[b]);
    CHECK(sizes_of(trace, layer + "/output_projection")[0] == tokens[b]);
    CHECK(sizes_of(trace, layer + "/mlp1") == Shape{behind[b], 24, 40});
    CHECK(sizes_of(trace, layer + "/mlp2") == Shape{behind[b], 40, 24});
    CHECK(std::get<LayerNorm>(find(trace, layer + "/norm1")->params).tokens == tokens[b]);
    CHECK(std::get<LayerNorm>(find(trace, layer + "/norm2")->params).tokens == behind[b]);
    CHECK(tensor_named(trace, layer + "/stream").shape == Shape{behind[b], 24});
  }
  CHECK(sizes_of(trace, "head/classifier") == Shape{1, 24, 10});
  CHECK(std::get<LayerNorm>(find(trace, "head/final_norm")->params).tokens == 4);
}

TEST_CASE("the stream is gathered behind the output projection, and by the tokens that stay") {
  const SpattenTrace spatten = pruned(small_model());
  const Trace& trace = spatten.trace;
  const Operation* gather = find(trace, "layer1/gather");
  REQUIRE(gather != nullptr);
  CHECK(std::get<TokenGather>(gather->params) == TokenGather{13, 9, 24, 0});
  CHECK(gather[-1].name == "layer1/output_projection");
  CHECK(gather->inputs[0] == gather[-1].outputs[0]);
  CHECK(trace.tensor(gather->inputs[1]) == Tensor{"layer1/kept", {9}, 16});
  CHECK(trace.tensor(gather->outputs[0]) == Tensor{"layer1/gathered", {9, 24}, 16});
  // The norm reads what was gathered, and so does the residual of the MLP.
  CHECK(gather[1].name == "layer1/norm2");
  CHECK(gather[1].inputs[0] == gather->outputs[0]);
  CHECK(find(trace, "layer1/mlp2")->inputs.back() == gather->outputs[0]);
  CHECK(spatten.blocks[1].kept == gather->inputs[1]);
  CHECK(spatten.blocks[1].choice.tokens.size() == 9);
  CHECK(find(trace, "layer1/spmm")->outputs.at(1) == gather->inputs[1]);
  // Nothing is dropped behind the last block.
  CHECK(find(trace, "layer3/gather") == nullptr);
  CHECK(!spatten.blocks[3].kept);
  CHECK(find(trace, "layer3/spmm")->outputs.size() == 1);
}

TEST_CASE("projections make and read the heads that stay alone") {
  const SpattenTrace spatten = pruned(small_model());
  const std::uint32_t heads[] = {4, 4, 3, 2};
  for (std::size_t b = 0; b < 4; ++b) {
    const std::string layer = "layer" + std::to_string(b);
    for (const char* projection : {"/q_projection", "/k_projection"}) {
      CHECK(sizes_of(spatten.trace, layer + projection)[2] == heads[b] * 8);
    }
    CHECK(sizes_of(spatten.trace, layer + "/v_projection")[2] == heads[b] * 6);
    CHECK(sizes_of(spatten.trace, layer + "/output_projection")[1] == heads[b] * 6);
  }
  // W of the four projections of a block waits for the choice that drops heads of it.
  CHECK(spatten.blocks[0].weights_of_heads.empty());
  CHECK(spatten.blocks[1].weights_of_heads.size() == 4);
  CHECK(spatten.blocks[2].weights_of_heads.size() == 4);
  CHECK(spatten.blocks[1].weights_of_heads[0] ==
        find(spatten.trace, "layer2/q_projection")->inputs[1]);
}

TEST_CASE("without pruning a whole model keeps its layers") {
  CascadePruningConfig none;
  none.prefix_tokens = 1;
  const Trace trace = pruned(small_model(), none).trace;
  Json plain = small_model();
  plain["groups"][0]["auto_encoder_heads"] = 0;
  const Trace workload = whole_model(plain);
  REQUIRE(trace.operations.size() == workload.operations.size());
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    const Operation& operation = trace.operations[i];
    if (is_around_attention(operation.params)) CHECK(operation == workload.operations[i]);
  }
}

TEST_CASE("choices of a whole model follow from what its layers compute") {
  Trace workload = whole_model(small_model());
  const SpattenTrace one = spatten_trace(workload, pruning(), kHardware);
  CHECK(one.trace == spatten_trace(workload, pruning(), kHardware).trace);
  workload.value_seed = 7;
  const SpattenTrace other = spatten_trace(workload, pruning(), kHardware);
  CHECK(one.trace.tensors == other.trace.tensors);
  CHECK(one.blocks[1].tokens != other.blocks[1].tokens);
}

TEST_CASE("layers that need tokens which cascade pruning drops are refused") {
  CascadePruningConfig config = pruning();
  config.prefix_tokens = 0;
  CHECK_THROWS_WITH(pruned(small_model(), config),
                    Contains("operation head/classifier: reads token 0, which cascade pruning may "
                             "drop; cascade_pruning/prefix_tokens of the machine are 0"));
  Json grown = small_model();
  grown["groups"].push_back(grown["groups"][0]);
  grown["groups"][1]["name"] = "more";
  grown["groups"][1]["heads"] = 2;
  CHECK_THROWS_WITH(
      pruned(grown),
      Contains("operation more/0/q_projection: attention takes 17 tokens, of which cascade "
               "pruning has left ") &&
          Contains(": a machine that drops tokens cannot bring them back"));
  CHECK_THROWS_WITH(spatten_trace(make_trace({{"model", "levit-128"},
                                              {"scope", "model"},
                                              {"maps", {{"kind", "dense"}}},
                                              {"polarization", nullptr}},
                                             "."),
                                  pruning(), kHardware),
                    Contains("cascade pruning drops rows of a stream of 8 bits; a token_gather "
                             "takes 16"));
}

TEST_CASE("a window and a residual of tokens that were dropped are refused") {
  Trace windowed = whole_model(small_model());
  Trace residual = windowed;
  for (std::size_t i = 0; i < windowed.operations.size(); ++i) {
    auto* linear = std::get_if<DenseLinear>(&windowed.operations[i].params);
    if (windowed.operations[i].name == "layer2/mlp1") linear->window = Window{4, 4, 1, 1, 1, 0, 0};
    // The stream of the block before stands for another one that nothing has gathered.
    if (windowed.operations[i].name != "layer2/mlp2") continue;
    residual.operations[i].inputs.back() = find(residual, "embed/patch_embedding")->outputs[0];
  }
  CHECK_THROWS_WITH(spatten_trace(windowed, pruning(), kHardware),
                    Contains("operation layer2/mlp1: a window over a grid of tokens, of which "
                             "cascade pruning drops some"));
  CHECK_THROWS_WITH(
      spatten_trace(residual, pruning(), kHardware),
      Contains(
          "operation layer2/mlp2: adds a residual of tokens that cascade pruning has dropped"));
}

TEST_CASE("layers make no low bits") {
  CHECK_THROWS_WITH(
      spatten_trace(whole_model(small_model()), pruning(),
                    {kHardware.top_k, 5, LowBitsConfig{LowBits::kAllRows, 0.1, 1}}),
      Contains("layer0/q_projection makes no bits below the eight; low_bits of the machine must "
               "be \"none\" for whole models"));
}

}  // namespace vitcod::cascade_layers_test
