// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "test/workloads/workload_fixtures.hpp"
#include "workloads/config_dir.hpp"
#include "workloads/kind_work.hpp"
#include "workloads/model_shape.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/workload.hpp"

namespace vitcod::whole_models_test {
namespace {

/// The whole model with every entry of the maps kept, Q and K as they are.
Trace whole(const std::string& model) {
  return make_trace({{"model", model},
                     {"scope", "model"},
                     {"maps", {{"kind", "dense"}}},
                     {"polarization", {{"theta_d", 0}}},
                     {"auto_encoder", false}},
                    ".");
}

const Operation& operation(const Trace& trace, const std::string& name) {
  for (const Operation& each : trace.operations) {
    if (each.name == name) return each;
  }
  throw std::runtime_error("no operation " + name);
}

const DenseLinear& linear(const Trace& trace, const std::string& name) {
  return std::get<DenseLinear>(operation(trace, name).params);
}

const Tensor& input(const Trace& trace, const std::string& name, std::size_t index) {
  return trace.tensor(operation(trace, name).inputs[index]);
}

struct Totals {
  double linear = 0, attention = 0, parameters = 0;
};

Totals totals_of(const Trace& trace) {
  Totals totals;
  for (const KindWork& work : work_by_kind(trace)) {
    (work.kind == "dense_linear" ? totals.linear : totals.attention) +=
        static_cast<double>(work.macs);
    totals.parameters += static_cast<double>(work.parameters);
  }
  return totals;
}

using Shape = std::vector<std::uint32_t>;

TEST_CASE("Every shipped model makes a whole trace that fits together") {
  for (const std::string& name : config_names("models")) {
    CAPTURE(name);
    for (const bool auto_encoder : {false, true}) {
      Json specification = {{"model", name},
                            {"scope", "model"},
                            {"maps", {{"kind", "dense"}}},
                            {"polarization", {{"theta_d", 0}}},
                            {"auto_encoder", auto_encoder}};
      if (load_model(name).patch_samples) {
        specification["tokens"] = {
            {"kind", "iret"}, {"boundaries", {3, 6, 9}}, {"keep_ratio", 0.7}, {"seed", 1}};
      }
      const Trace trace = make_trace(specification, ".");
      CHECK_NOTHROW(check_trace(trace));
    }
  }
}

TEST_CASE("Every shipped model has maps at any sparsity in its reach") {
  for (const std::string& name : config_names("models")) {
    CAPTURE(name);
    const ModelConfig model = load_model(name);
    const auto blocks = attention_blocks(model);
    // The first block of each group, which the others are like.
    std::vector<bool> wanted;
    wanted.reserve(blocks.size());
    for (const AttentionBlock& block : blocks) wanted.push_back(block.index_in_group == 0);
    const double most = max_generated_sparsity(model);
    for (const double sparsity : {0.3, most}) {
      generate_maps(model, sparsity, 7, wanted, [&](std::size_t block, const KeptMap& map) {
        const AttentionGroup& group = model.groups[blocks[block].group];
        REQUIRE(map.num_queries() == model.num_queries(group));
        REQUIRE(map.num_keys() == model.num_keys(group));
        for (std::uint32_t query = 0; query < map.num_queries(); ++query) {
          std::uint32_t kept = 0;
          for (std::uint32_t key = 0; key < map.num_keys(); ++key) kept += map.kept(query, key);
          REQUIRE(kept > 0);
        }
      });
    }
  }
}

TEST_CASE("Distilled DeiT has a second prefix token and a classifier for each") {
  struct Row {
    const char* name;
    std::uint64_t width, parameters;
  };
  // Published with the weights; less the two prefix tokens, which are no numbers of their own here.
  for (const Row& row :
       {Row{"deit-tiny-distilled", 192, 5910800}, Row{"deit-small-distilled", 384, 22436432},
        Row{"deit-base-distilled", 768, 87338192}}) {
    CAPTURE(row.name);
    const Trace trace = whole(row.name);
    CHECK(totals_of(trace).parameters == static_cast<double>(row.parameters - 2 * row.width));
    CHECK(input(trace, "head/classifier", 0).shape ==
          Shape{198, static_cast<std::uint32_t>(row.width)});
    CHECK(linear(trace, "head/classifier").first_row == 0);
    CHECK(linear(trace, "head/classifier1").first_row == 1);
    CHECK(operation(trace, "head/classifier").inputs[1] !=
          operation(trace, "head/classifier1").inputs[1]);
  }
}

TEST_CASE("ViT-B/16 and CLIP ViT-L/14-336 have the published MACs and parameters") {
  // 17.56 G, and the parameters published with the weights less the class token.
  const Totals base = totals_of(whole("vit-base-16"));
  CHECK((base.linear + base.attention) / 1e9 == Approx(17.56).margin(0.03));
  CHECK(base.parameters == 86567656.0 - 768.0);
  // 174.2 and 16.4 G; 304,293,888 parameters less the class token, and a bias of the patches (1024)
  // and of the projection (768), which it has not.
  const Trace trace = whole("clip-vit-large-14-336");
  const Totals clip = totals_of(trace);
  CHECK(clip.linear / 1e9 == Approx(174.2).epsilon(0.003));
  CHECK(clip.attention / 1e9 == Approx(16.4).margin(0.05));
  CHECK(clip.parameters == 304293888.0 - 1024.0 + 1024.0 + 768.0);
  CHECK(trace.maps[0].num_keys == 577);
  // The first tokens are normalised into the residual stream.
  CHECK(input(trace, "layer0/norm1", 0).name == "embed/pre_norm_output");
  CHECK(input(trace, "layer0/norm1", 0).bits == 16);
  CHECK(input(trace, "layer0/output_projection", 4).name == "embed/pre_norm_output");
}

TEST_CASE("LeViT has the published MACs and parameters") {
  struct Row {
    const char* name;
    double macs, million_parameters;
    std::uint32_t width;
  };
  // G MACs with one classifier, and the parameters as published: with a second one for distillation
  // and the biases of attention by distance, which no operation here has.
  for (const Row& row :
       {Row{"levit-128s", 0.305, 7.78, 384}, Row{"levit-128", 0.405, 9.21, 384},
        Row{"levit-192", 0.656, 10.95, 384}, Row{"levit-256", 1.126, 18.89, 512}}) {
    CAPTURE(row.name);
    const Totals totals = totals_of(whole(row.name));
    CHECK((totals.linear + totals.attention) / 1e9 == Approx(row.macs).epsilon(0.004));
    CHECK((totals.parameters + 1000.0 * row.width + 1000.0) / 1e6 ==
          Approx(row.million_parameters).epsilon(0.005));
  }
  // The survey's table: convolutions and attention of LeViT-128, M MACs.
  const Trace trace = whole("levit-128");
  double convolutions = 0;
  for (const char* name : {"embed/conv0", "embed/conv1", "embed/conv2", "embed/conv3"}) {
    const DenseLinear& conv = linear(trace, name);
    convolutions += double{1.0} * conv.m * conv.k * conv.n;
  }
  CHECK(convolutions / 1e6 == Approx(48.8).margin(0.06));
  CHECK(totals_of(trace).attention / 1e6 == Approx(40.9).margin(0.06));
}

TEST_CASE("LeViT is convolutions, blocks without norms, and a pool") {
  const Trace trace = whole("levit-128");
  CHECK(input(trace, "embed/conv0", 0).shape == Shape{224 * 224, 3});
  CHECK(linear(trace, "embed/conv1").m == 56 * 56);
  CHECK(linear(trace, "embed/conv1").k == 9 * 16);
  CHECK(linear(trace, "embed/conv2").activation == Activation::kHardswish);
  CHECK(linear(trace, "embed/conv3").activation == Activation::kNone);
  CHECK(linear(trace, "embed/conv3").window == Window{28, 28, 3, 3, 2, 1, 1});
  CHECK(input(trace, "stage0/0/q_projection", 0).name == "embed/stream");
  CHECK(linear(trace, "stage0/0/v_projection").n == 4 * 32);
  CHECK(linear(trace, "stage0/0/output_projection").k == 4 * 32);
  CHECK(linear(trace, "stage0/0/output_projection").input_activation == Activation::kHardswish);
  CHECK(input(trace, "stage0/0/output_projection", 4).name == "embed/stream");
  CHECK(input(trace, "stage0/0/mlp2", 4).bits == 8);
  for (const Operation& each : trace.operations) {
    CHECK(!std::holds_alternative<LayerNorm>(each.params));
  }
  CHECK(std::get<AveragePool>(operation(trace, "head/average_pool").params) ==
        AveragePool{16, 384});
  CHECK(input(trace, "head/classifier", 0).shape == Shape{1, 384});
}

TEST_CASE("A subsample block of LeViT asks for every other row and column, and adds nothing") {
  const Trace trace = whole("levit-128");
  const DenseLinear& queries = linear(trace, "subsample0/q_projection");
  CHECK(queries.m == 49);
  CHECK(queries.window == Window{14, 14, 1, 1, 2, 0, 0});
  CHECK(linear(trace, "subsample0/k_projection").m == 196);
  CHECK_FALSE(linear(trace, "subsample0/k_projection").window);
  CHECK(linear(trace, "subsample0/output_projection").k == 8 * 64);
  CHECK(linear(trace, "subsample0/output_projection").n == 256);
  CHECK_FALSE(linear(trace, "subsample0/output_projection").residual);
  CHECK(input(trace, "subsample0/mlp2", 4).name == "subsample0/attended");
  CHECK(linear(trace, "subsample1/q_projection").m == 16);
}

TEST_CASE("Strided Transformer has the published MACs and thins the sequence in its MLPs") {
  const Trace trace = whole("strided-transformer");
  const Totals totals = totals_of(trace);
  // 793 and 259 M MACs, and what the survey leaves out: 351 rows of 34 x 256 and one of 256 x 51.
  CHECK((totals.linear - 351 * 34 * 256 - 256 * 51) / 1e6 == Approx(793).margin(0.5));
  CHECK(totals.attention / 1e6 == Approx(259).margin(0.5));
  CHECK(linear(trace, "embed/patch_embedding").k == 34);
  CHECK(linear(trace, "encoder/2/mlp1").activation == Activation::kRelu);
  CHECK_FALSE(linear(trace, "encoder/2/mlp2").window);
  const DenseLinear& thinned = linear(trace, "strided1/mlp2");
  CHECK(thinned.m == 13);
  CHECK(thinned.k == 3 * 512);
  CHECK(thinned.window == Window{1, 117, 1, 3, 9, 0, 1});
  CHECK(input(trace, "strided1/mlp2", 4).shape == Shape{117, 256});
  CHECK(linear(trace, "strided2/mlp2").m == 1);
  CHECK(input(trace, "head/classifier", 0).shape == Shape{1, 256});
  const Trace small = whole("strided-transformer-27");
  CHECK(linear(small, "strided0/mlp2").m == 9);
  CHECK(linear(small, "strided2/mlp2").m == 1);
}

/// What is wrong with LeViT-128 or the Strided Transformer after a change.
template <typename Change>
std::string error_of(const char* name, Change change) {
  ModelConfig model = load_model(name);
  change(model);
  try {
    check_whole_model(model);
  } catch (const ConfigError& error) {
    const std::string text = error.what();
    return text.substr(0, text.find("; scope \"model\" needs"));
  }
  return "no error";
}

TEST_CASE("Groups that do not follow each other are refused") {
  CHECK(error_of("levit-128",
                 [](ModelConfig& model) {
                   model.groups[1].query_grid = {7, 6};
                 }) ==
        "/model: levit-128: query_grid: 7 x 6 queries in \"subsample0\" are no regular part of 14 "
        "x 14 "
        "keys without prefix tokens");
  CHECK(error_of("levit-128", [](ModelConfig& model) { model.prefix_tokens = 1; }) ==
        "/model: levit-128: query_grid: 7 x 7 queries in \"subsample0\" are no regular part of 14 "
        "x 14 "
        "keys without prefix tokens");
  CHECK(error_of("levit-128", [](ModelConfig& model) { model.groups[1].num_blocks = 2; }) ==
        "/model: levit-128: num_blocks: \"subsample0\" has 2 blocks, and the next could not read "
        "what "
        "one makes");
  CHECK(error_of("levit-128", [](ModelConfig& model) { model.groups[1].width_out = 255; }) ==
        "/model: levit-128: groups: \"subsample0\" leaves 7 x 7 patches of 255 channels, and "
        "\"stage1\" "
        "takes 7 x 7 of 256");
  CHECK(
      error_of("levit-128", [](ModelConfig& model) { model.stem[1].in_channels = 15; }) ==
      "/model: levit-128: stem: a layer does not read as many channels as the one before it makes");
  CHECK(error_of("strided-transformer", [](ModelConfig& model) {
          model.groups[1].mlp_stride = 4;
        }).starts_with("/model: strided-transformer: groups: \"strided0\" leaves 1 x 88 patches"));
}

TEST_CASE("An MLP over several tokens is of a sequence that is long enough") {
  const auto with = [](auto change) {
    return error_of("strided-transformer", [&](ModelConfig& model) { change(model.groups[1]); });
  };
  CHECK(with([](AttentionGroup& group) {
          group.query_grid = group.key_grid = {3, 117};
        }) ==
        "/model: strided-transformer: mlp_kernel: \"strided0\" has 3 x 117 patches and 0 prefix "
        "tokens; expected a sequence without");
  CHECK(with([](AttentionGroup& group) {
          group.query_grid = group.key_grid = {1, 1};
          group.mlp_kernel = 4;
        }) == "/model: strided-transformer: mlp_kernel: 4 tokens of 1 in \"strided0\"");
  CHECK(with([](AttentionGroup& group) { group.mlp_kernel = 129; }) ==
        "/model: strided-transformer: mlp_kernel: 66048 features under it in \"strided0\"; "
        "expected at "
        "most 2^16");
  CHECK(
      with([](AttentionGroup& group) { group.num_blocks = 2; }) ==
      "/model: strided-transformer: mlp_stride: \"strided0\" has 2 blocks, and the next could not "
      "read what one makes");
}

}  // namespace
}  // namespace vitcod::whole_models_test
