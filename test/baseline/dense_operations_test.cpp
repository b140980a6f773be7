// SPDX-License-Identifier: Apache-2.0
#include "sim/baseline/dense_operations.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/baseline/model_argument.hpp"
#include "sim/baseline/statistics.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::dense_operations_test {
namespace {

using Catch::Contains;

/// Millions, as the survey's tables of shapes have them.
double million(std::uint64_t macs) { return static_cast<double>(macs) * 1e-6; }

}  // namespace

TEST_CASE("the dense models have the MACs that are published of them") {
  // DeiT: attention 2 x 12 x heads x 197^2 x 64; the whole within the digits of 1.25, 4.60, 17.56
  // G.
  CHECK(macs_of(attention_shapes(load_model("deit-tiny"))) == 2ULL * 12 * 3 * 197 * 197 * 64);
  CHECK(macs_of(attention_shapes(load_model("deit-base"))) == 2ULL * 12 * 12 * 197 * 197 * 64);
  CHECK(million(macs_of(whole_model(load_model("deit-tiny")))) == Approx(1254).margin(5));
  CHECK(million(macs_of(whole_model(load_model("deit-small")))) == Approx(4600).margin(10));
  CHECK(million(macs_of(whole_model(load_model("deit-base")))) == Approx(17560).margin(20));
  // LeViT: 405, 656 and 1126 M in all, of these 40.9, 59.8 and 79.1 M attention.
  CHECK(million(macs_of(whole_model(load_model("levit-128")))) == Approx(405).margin(1));
  CHECK(million(macs_of(whole_model(load_model("levit-192")))) == Approx(656).margin(1));
  CHECK(million(macs_of(whole_model(load_model("levit-256")))) == Approx(1126).margin(1));
  CHECK(million(macs_of(attention_shapes(load_model("levit-128")))) == Approx(40.9).margin(0.05));
  CHECK(million(macs_of(attention_shapes(load_model("levit-192")))) == Approx(59.8).margin(0.05));
  CHECK(million(macs_of(attention_shapes(load_model("levit-256")))) == Approx(79.1).margin(0.05));
  CHECK(million(macs_of(whole_model(load_model("levit-128s")))) == Approx(305).margin(1));
  // Strided Transformer: 793 and 259 M, and what the survey leaves out: the embedding of 351 frames
  // and the last layer.
  const double ends = (351 * 34 * 256 + 256 * 51) * 1e-6;
  CHECK(million(macs_of(whole_model(load_model("strided-transformer")))) ==
        Approx(793 + 259 + ends).margin(1));
  // ViT-B/16 has the shape of DeiT-Base; CLIP ViT-L/14-336 174.2 and 16.4 G.
  CHECK(macs_of(whole_model(load_model("vit-base-16"))) ==
        macs_of(whole_model(load_model("deit-base"))));
  CHECK(million(macs_of(whole_model(load_model("clip-vit-large-14-336")))) ==
        Approx(190600).epsilon(0.003));
}

TEST_CASE("a distilled model has a token and a classifier more") {
  // 198 tokens through 12 blocks of width 192; 196 patches of 16 x 16 x 3; two classifiers.
  const std::uint64_t block = 198 * 192 * (4 * 192 + 2 * 768) + 2 * 3 * 198 * 198 * 64;
  const auto steps = whole_model(load_model("deit-tiny-distilled"));
  CHECK(macs_of(steps) == 12 * block + 196 * 768 * 192 + 2 * 192 * 1000);
  CHECK(std::get<ClassifierStep>(steps.back()).classifiers == 2);
  CHECK(std::get<PrefixStep>(steps[1]).prefix_tokens == 2);
}

TEST_CASE("CLIP normalises its first tokens, the Strided Transformer thins its sequence") {
  const auto clip = whole_model(load_model("clip-vit-large-14-336"));
  CHECK(std::get<NormStep>(clip[2]).rows == 577);
  const auto strided = whole_model(load_model("strided-transformer"));
  // Frames, positions, three blocks as they are, then windows of three tokens.
  CHECK(std::get<ConvolutionStep>(strided[0]).window == Window{1, 351, 1, 1, 1, 0, 0});
  CHECK(std::get<PrefixStep>(strided[1]).prefix_tokens == 0);
  CHECK(std::get<MlpStep>(strided[2 + 2 * 3 - 1]).output_rows() == 351);
  CHECK(std::get<MlpStep>(strided[2 + 2 * 4 - 1]).output_rows() == 117);
  CHECK(std::get<MlpStep>(strided[2 + 2 * 5 - 1]).window == Window{1, 117, 1, 3, 9, 0, 1});
  CHECK(std::get<AttentionStep>(strided[2 + 2 * 5]).queries == 13);
  CHECK(std::get<ClassifierStep>(strided.back()).rows == 1);
}

TEST_CASE("DeiT normalises its blocks and takes the class token, LeViT neither") {
  const auto deit = whole_model(load_model("deit-tiny"));
  CHECK(std::get<AttentionStep>(deit[2]).norm);
  CHECK(std::get<AttentionStep>(deit[2]).activation == Activation::kNone);
  CHECK_FALSE(std::get<ClassifierStep>(deit.back()).from_mean);
  CHECK(std::get<PrefixStep>(deit[1]).prefix_tokens == 1);
  const auto levit = whole_model(load_model("levit-128"));
  REQUIRE(levit.size() == 4 + 14 * 2 + 1);  // convolutions, blocks with their MLPs, classifier
  CHECK(std::get<ConvolutionStep>(levit[3]).window == Window{28, 28, 3, 3, 2, 1, 1});
  CHECK_FALSE(std::get<AttentionStep>(levit[4]).norm);
  CHECK(std::get<AttentionStep>(levit[4]).activation == Activation::kHardswish);
  const auto& subsampling = std::get<AttentionStep>(levit[4 + 4 * 2]);
  CHECK(subsampling.query_window == Window{14, 14, 1, 1, 2, 0, 0});
  CHECK_FALSE(subsampling.residual);
  CHECK(std::get<ClassifierStep>(levit.back()).from_mean);
}

TEST_CASE("a model that does not tell what lies around attention has no whole") {
  ModelConfig model = load_model("deit-tiny");
  model.groups[0].mlp_hidden.reset();
  CHECK_THROWS_WITH(whole_model(model),
                    Catch::StartsWith("model deit-tiny: mlp_hidden: is missing in \"layers\"; "));
  CHECK(attention_shapes(model).size() == 12);
  model = load_model("deit-tiny");
  model.activation = "tanh";
  CHECK_THROWS_WITH(whole_model(model),
                    Contains("deit-tiny: activation: expected \"gelu\", \"hardswish\" or "
                             "\"relu\", found \"tanh\""));
  model = load_model("deit-tiny");
  model.image_size = 192;
  CHECK_THROWS_WITH(whole_model(model), Contains("12 x 12 patches, and the first group has 14"));
  CHECK_THROWS_WITH(whole_model(load_model("iret-tiny")),
                    "model iret-tiny: patch_samples: a baseline's embedding cannot grow");
  CHECK_THROWS_WITH(whole_model(load_model("vittm-tiny")),
                    "model vittm-tiny: memory: a baseline has no linear attention");
}

TEST_CASE("a model is named as in a workload: a name, its file, or a workload's file") {
  CHECK(model_of("levit-192").name == "levit-192");
  CHECK(model_of(source_dir() + "/configs/models/deit-base.json").name == "deit-base");
  CHECK(model_of(source_dir() + "/configs/workloads/deit-small.json").name == "deit-small");
  CHECK_THROWS_WITH(model_of("vit-giant"), Contains("vit-giant") && Contains("deit-tiny"));
  CHECK_THROWS_WITH(model_of("nowhere.json"), Contains("nowhere.json"));
  const TempFolder folder;
  write_file_atomically(folder / "w.json", R"({"model": "deit-tiny", "scope": "attention",
                        "maps": {"kind": "dense"}, "layers": [1]})");
  CHECK_THROWS_WITH(model_of((folder / "w.json").string()),
                    Contains("/layers: a baseline is of all layers"));
  write_file_atomically(folder / "t.json", R"({"model": "deit-tiny", "scope": "attention",
                        "maps": {"kind": "dense"}, "tokens": {"kind": "iret", "boundaries": [3],
                        "keep_ratio": 0.7, "seed": 1}})");
  CHECK_THROWS_WITH(model_of((folder / "t.json").string()),
                    Contains("/tokens: a baseline keeps all tokens"));
}

TEST_CASE("median and percentiles stand between samples in proportion") {
  std::vector<double> samples;
  for (int i = 100; i >= 0; --i) samples.push_back(i);
  const SampleStatistics hundred = sample_statistics(samples);
  CHECK(hundred.median == 50);
  CHECK(hundred.p5 == 5);
  CHECK(hundred.p95 == 95);
  CHECK(hundred.spread() == 90.0 / 50);
  const SampleStatistics two = sample_statistics({3, 1});
  CHECK(two.median == 2);
  CHECK(two.p5 == Approx(1.1));
  CHECK(two.p95 == Approx(2.9));
  CHECK(sample_statistics({7}).p95 == 7);
  CHECK_THROWS_AS(sample_statistics({}), ModelError);
}

}  // namespace vitcod::test::dense_operations_test
