// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/baseline/onednn/dense_networks.hpp"
#include "test/onednn/plain_model.hpp"
#include "workloads/config_dir.hpp"
#include "workloads/model_config.hpp"

namespace vitcod::test::model_values_test {
namespace {

/// Two blocks of ViT with a distillation token, and the first tokens normalised as in CLIP.
ModelConfig small_vit() {
  return read_config<ModelConfig>(Json::parse(R"({
    "name": "vit", "prefix_tokens": 2, "image_size": 24, "activation": "gelu", "pre_norm": true,
    "classes": 10, "classifiers": 2,
    "stem": [{"in_channels": 3, "out_channels": 32, "kernel": 6, "stride": 6}],
    "groups": [{"name": "layers", "num_blocks": 2, "heads": 4, "query_grid": [4, 4],
      "key_grid": [4, 4], "key_dim": 8, "value_dim": 8, "width_in": 32, "width_out": 32,
      "mlp_hidden": 64, "residual": true}]})"));
}

/// Convolutions, a block, a subsampling block and one behind it, as in LeViT.
ModelConfig small_levit() {
  return read_config<ModelConfig>(Json::parse(R"({
    "name": "levit", "prefix_tokens": 0, "image_size": 20, "activation": "hardswish",
    "classes": 10,
    "stem": [{"in_channels": 3, "out_channels": 8, "kernel": 3, "stride": 2},
             {"in_channels": 8, "out_channels": 32, "kernel": 3, "stride": 2}],
    "groups": [
      {"name": "stage0", "num_blocks": 1, "heads": 2, "query_grid": [5, 5], "key_grid": [5, 5],
       "key_dim": 8, "value_dim": 16, "width_in": 32, "width_out": 32, "mlp_hidden": 64,
       "residual": true},
      {"name": "subsample", "num_blocks": 1, "heads": 4, "query_grid": [3, 3], "key_grid": [5, 5],
       "key_dim": 8, "value_dim": 32, "width_in": 32, "width_out": 48, "mlp_hidden": 96,
       "residual": false},
      {"name": "stage1", "num_blocks": 1, "heads": 3, "query_grid": [3, 3], "key_grid": [3, 3],
       "key_dim": 8, "value_dim": 16, "width_in": 48, "width_out": 48, "mlp_hidden": 96,
       "residual": true}]})"));
}

/// The last score's distance from the plain computation, root mean square over that of the scores.
double relative_error(const ModelConfig& model, Precision precision) {
  const std::vector<DenseStep> steps = whole_model(model);
  NetworkValues values;
  const auto network =
      model_network(steps, precision, [&values](const dnnl::memory& made) { values.add(made); });
  network->run();
  const std::vector<double> expected = plain_model(steps, values);
  const auto* found = static_cast<const float*>(network->result().get_data_handle());
  double error = 0, power = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    error += (found[i] - expected[i]) * (found[i] - expected[i]);
    power += expected[i] * expected[i];
  }
  return std::sqrt(error / power);
}

}  // namespace

TEST_CASE("float32 models compute what their operations say, within float32's rounding") {
  // A sum of k products is off by k x 2^-24 of itself at most, and by its root in the mean. No sum
  // here has more than 1536 products, and no more than 42 follow each other: 42 x 40 x 2^-24.
  constexpr double kBound = 1e-4;
  CHECK(relative_error(small_vit(), Precision::kFloat32) < kBound);
  CHECK(relative_error(small_levit(), Precision::kFloat32) < kBound);
  CHECK(relative_error(load_model("strided-transformer-27"), Precision::kFloat32) < kBound);
}

TEST_CASE("int8 models differ from float ones by their operands' rounding alone") {
  // An operand is rounded to 1/32: 0.009, of values whose root mean square is 0.3 to 1 (3 to 1 %).
  // A block has four such roundings behind each other, of which the residual path has none: 3 % x 2
  // a block, growing with the root of the blocks (6 at most): 15 %. A scale that is wrong by a
  // factor of two makes a block's result wrong by its size.
  constexpr double kBound = 0.15;
  CHECK(relative_error(small_vit(), Precision::kInt8) < kBound);
  CHECK(relative_error(small_levit(), Precision::kInt8) < kBound);
  CHECK(relative_error(load_model("strided-transformer-27"), Precision::kInt8) < kBound);
}

TEST_CASE("every shipped model is built and run in both precisions") {
  for (const std::string& name : config_names("models")) {
    // As the others, and a minute of float32 weights.
    if (name == "clip-vit-large-14-336" || name.find("base") != std::string::npos) continue;
    if (load_model(name).patch_samples || load_model(name).memory) continue;  // no baseline
    CAPTURE(name);
    const std::vector<DenseStep> steps = whole_model(load_model(name));
    for (const Precision precision : {Precision::kFloat32, Precision::kInt8}) {
      CHECK_NOTHROW(model_network(steps, precision)->run());
    }
  }
}

}  // namespace vitcod::test::model_values_test
