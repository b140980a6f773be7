// SPDX-License-Identifier: Apache-2.0
#include "workloads/model_trace.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "test/support/temp_folder.hpp"
#include "workloads/config_dir.hpp"
#include "workloads/info.hpp"
#include "workloads/kind_work.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/workload.hpp"

namespace vitcod::model_trace_test {
namespace {

/// The whole model with every entry of the maps kept.
Trace whole(const Json& model, bool auto_encoder = false) {
  return make_trace({{"model", model},
                     {"scope", "model"},
                     {"maps", {{"kind", "dense"}}},
                     {"auto_encoder", auto_encoder}},
                    ".");
}

std::vector<std::string> operations_of(const Trace& trace, const std::string& layer) {
  std::vector<std::string> names;
  for (const Operation& operation : trace.operations) {
    if (trace.layers[operation.layer].name == layer) names.push_back(operation.name);
  }
  return names;
}

const Operation& operation(const Trace& trace, const std::string& name) {
  for (const Operation& each : trace.operations) {
    if (each.name == name) return each;
  }
  throw std::runtime_error("no operation " + name);
}

std::vector<std::string> tensors_of(const Trace& trace, const std::vector<TensorId>& ids) {
  std::vector<std::string> names;
  names.reserve(ids.size());
  for (const TensorId id : ids) names.push_back(trace.tensor(id).name);
  return names;
}

std::map<std::string, KindWork> kinds_of(const Trace& trace) {
  std::map<std::string, KindWork> kinds;
  for (const KindWork& work : work_by_kind(trace)) kinds[work.kind] = work;
  return kinds;
}

std::uint64_t parameters_of(const Trace& trace) {
  std::uint64_t sum = 0;
  for (const KindWork& work : work_by_kind(trace)) sum += work.parameters;
  return sum;
}

using Names = std::vector<std::string>;

TEST_CASE("DeiT runs from the embedding of its patches to the classifier") {
  const Trace trace = whole("deit-tiny", true);
  CHECK_NOTHROW(check_trace(trace));
  REQUIRE(trace.layers.size() == 14);
  CHECK(trace.layers.front().name == "embed");
  CHECK(trace.layers[1].name == "layer0");
  CHECK(trace.layers.back().name == "head");
  CHECK(operations_of(trace, "embed") == Names{"embed/patch_embedding"});
  CHECK(operations_of(trace, "layer3") ==
        Names{"layer3/norm1", "layer3/q_projection", "layer3/k_projection", "layer3/v_projection",
              "layer3/encode_q", "layer3/encode_k", "layer3/decode_q", "layer3/decode_k",
              "layer3/sddmm", "layer3/softmax", "layer3/spmm", "layer3/output_projection",
              "layer3/norm2", "layer3/mlp1", "layer3/mlp2"});
  CHECK(operations_of(trace, "head") == Names{"head/final_norm", "head/classifier"});
}

TEST_CASE("Each operation of a whole model reads what the ones before it wrote") {
  const Trace trace = whole("deit-tiny", true);
  const auto inputs = [&](const std::string& name) {
    return tensors_of(trace, operation(trace, name).inputs);
  };
  CHECK(inputs("embed/patch_embedding") ==
        Names{"embed/patches", "embed/patch_embedding_weights", "embed/patch_embedding_bias",
              "embed/patch_embedding_requantisation", "embed/position"});
  CHECK(inputs("layer0/norm1") ==
        Names{"embed/stream", "layer0/norm1_gain", "layer0/norm1_offset"});
  CHECK(inputs("layer1/norm1")[0] == "layer0/stream");
  CHECK(inputs("layer1/q_projection")[0] == "layer1/norm1_output");
  CHECK(inputs("layer1/encode_k") ==
        Names{"layer1/k_projected", "layer1/k_encode_weights", "layer1/k_encode_bias"});
  CHECK(inputs("layer1/decode_k") ==
        Names{"layer1/k_compressed", "layer1/k_decode_weights", "layer1/k_decode_bias"});
  CHECK(inputs("layer1/sddmm") == Names{"layer1/q", "layer1/k"});
  CHECK(inputs("layer1/spmm") == Names{"layer1/probabilities", "layer1/v"});
  CHECK(inputs("layer1/output_projection")[0] == "layer1/output");
  CHECK(inputs("layer1/output_projection")[4] == "layer0/stream");
  CHECK(inputs("layer1/norm2")[0] == "layer1/attended");
  CHECK(inputs("layer1/mlp1")[0] == "layer1/norm2_output");
  CHECK(inputs("layer1/mlp2")[0] == "layer1/hidden");
  CHECK(inputs("layer1/mlp2")[4] == "layer1/attended");
  CHECK(inputs("head/classifier")[0] == "head/final_norm_output");
  CHECK(std::get<DenseLinear>(operation(trace, "layer1/mlp1").params).activation ==
        Activation::kGelu);
  CHECK(trace.tensor(operation(trace, "layer1/mlp2").outputs[0]).bits == 16);
  CHECK(trace.tensor(operation(trace, "layer1/v_projection").outputs[0]).shape ==
        std::vector<std::uint32_t>{3, 197, 64});
  // Without the auto-encoder the projections make Q and K themselves.
  const Trace plain = whole("deit-tiny");
  CHECK_NOTHROW(check_trace(plain));
  CHECK(tensors_of(plain, operation(plain, "layer1/k_projection").outputs) == Names{"layer1/k"});
  CHECK(operations_of(plain, "layer3").size() == 11);
}

TEST_CASE("Every tensor of a whole model is read, but the classes, and named once") {
  const Trace trace = whole("deit-small", true);
  std::set<std::string> names;
  std::vector<bool> is_read(trace.tensors.size(), false);
  for (const Operation& each : trace.operations) {
    for (const TensorId id : each.inputs) is_read[static_cast<std::uint32_t>(id)] = true;
  }
  for (std::size_t t = 0; t < trace.tensors.size(); ++t) {
    CHECK(names.insert(trace.tensors[t].name).second);
    CHECK(is_read[t] == (trace.tensors[t].name != "head/logits"));
  }
}

TEST_CASE("DeiT has the published MACs and parameters") {
  struct Row {
    const char* name;
    std::uint64_t width, heads, parameters;
  };
  // Parameters as published with the weights. The class token's are no numbers of their own here:
  // it is the product of its row of the patches, added to its position.
  for (const Row& row : {Row{"deit-tiny", 192, 3, 5717416}, Row{"deit-small", 384, 6, 22050664},
                         Row{"deit-base", 768, 12, 86567656}}) {
    CAPTURE(row.name);
    const Trace trace = whole(row.name);
    const auto kinds = kinds_of(trace);
    const std::uint64_t d = row.width;
    // A block: Q, K, V and the output, d x d each, and two layers of 4 d x d. 197 rows of 768
    // values of a patch; one row of 1000 classes.
    CHECK(kinds.at("dense_linear").macs == 12 * 197 * 12 * d * d + 197 * 768 * d + 1000 * d);
    CHECK(kinds.at("dense_linear").operations == 12 * 6 + 2);
    CHECK(kinds.at("layer_norm").operations == 12 * 2 + 1);
    CHECK(kinds.at("sddmm").macs == 12 * row.heads * 197 * 197 * 64);
    CHECK(kinds.at("spmm").macs == 12 * row.heads * 197 * 197 * 64);
    CHECK(parameters_of(trace) == row.parameters - d);
  }
}

TEST_CASE("The auto-encoder's MACs and parameters are those of its matrices") {
  const auto kinds = kinds_of(whole("deit-base", true));
  // Q and K of 12 blocks: 12 heads to 6, a bias a head.
  CHECK(kinds.at("head_mix_encode").macs == 2ULL * 12 * 12 * 6 * 197 * 64);
  CHECK(kinds.at("head_mix_encode").parameters == 2 * 12 * (12 * 6 + 6));
  CHECK(kinds.at("head_mix_decode").macs == 2ULL * 12 * 12 * 6 * 197 * 64);
  CHECK(kinds.at("head_mix_decode").parameters == 2 * 12 * (12 * 6 + 12));
}

TEST_CASE("The attention of a whole model has the maps of attention scope") {
  Json specification = {{"model", "deit-tiny"},
                        {"scope", "model"},
                        {"maps", {{"kind", "generated"}, {"sparsity", 0.95}, {"seed", 3}}},
                        {"polarization", {{"theta_d", 50}}}};
  const Trace model = make_trace(specification, ".");
  specification["scope"] = "attention";
  CHECK(make_trace(specification, ".").maps == model.maps);
  const test::TempFolder folder;
  write_trace(model, folder / "trace");
  CHECK(read_trace(folder / "trace") == model);
}

TEST_CASE("The figures of a whole model have a line a kind of operation") {
  const std::string text = workload_info(whole("deit-tiny"));
  // 74 linear layers, 25 norms and three steps of 12 attentions: 135. 1,074,998,784 MACs: see
  // above. Parameters: all of 5,717,416 but 25 x 2 x 192 of the norms and the class token's 192.
  CHECK(text.find("kind               operations            MACs   parameters\n"
                  "dense_linear               74      1074998784      5707624\n"
                  "layer_norm                 25               0         9600\n"
                  "sddmm                      12        89415936            0\n") !=
        std::string::npos);
  CHECK(text.ends_with("all                       135      1253830656      5717224\n"));
  const Json json = workload_info_json(whole("deit-tiny"));
  CHECK(json["kinds"]["dense_linear"]["macs"] == 1074998784);
  CHECK(json["kinds"]["layer_norm"]["parameters"] == 9600);
}

/// The error of scope "model" with one value of DeiT-Tiny changed; null: removed.
std::string error_of(const std::string& pointer, const Json& value) {
  Json model = Json::parse(make_trace({{"model", "deit-tiny"},
                                       {"scope", "attention"},
                                       {"maps", {{"kind", "dense"}}},
                                       {"layers", {0}}},
                                      ".")
                               .provenance)["model"];
  model[Json::json_pointer(pointer)] = value;
  try {
    whole(model);
  } catch (const ConfigError& error) {
    std::string text = error.what();
    const std::string start = "/model: deit-tiny: ";
    const std::string end = "; scope \"model\" needs all that lies around the attention blocks";
    if (!text.starts_with(start) || !text.ends_with(end)) return text;
    return text.substr(start.size(), text.size() - start.size() - end.size());
  }
  return "no error";
}

TEST_CASE("A model that does not tell what lies around attention is refused with what is missing") {
  CHECK(error_of("/image_size", nullptr) == "image_size: is missing");
  CHECK(error_of("/stem", nullptr) == "stem: is missing");
  CHECK(error_of("/activation", nullptr) == "activation: is missing");
  CHECK(error_of("/classes", nullptr) == "classes: is missing");
  for (const std::string key : {"width_in", "width_out", "mlp_hidden", "residual"}) {
    CHECK(error_of("/groups/0/" + key, nullptr) == key + ": is missing in \"layers\"");
  }
  CHECK(error_of("/activation", "tanh") ==
        "activation: expected \"gelu\", \"hardswish\" or \"relu\", found \"tanh\"");
}

TEST_CASE("Rows of numbers have no image, but a stem that leaves rows out has") {
  Json model = read_json_file(find_config_dir() / "models" / "strided-transformer-27.json");
  REQUIRE(!model.contains("image_size"));
  CHECK_NOTHROW(whole(model));
  model["stem"][0]["stride"] = 2;
  CHECK_THROWS_WITH(whole(model), Catch::Matchers::Contains("image_size: is missing"));
}

TEST_CASE("A model whose parts do not fit together is refused with the parts") {
  CHECK(error_of("/classifiers", 2) ==
        "classifiers: 2 of them for 1 prefix tokens, of which each takes one");
  CHECK(error_of("/groups/0/key_dim", 65536) ==
        "heads: 196608 features of all heads in \"layers\"; expected at most 2^16");
  CHECK(error_of("/groups/0/width_out", 256) ==
        "residual: \"layers\" adds its input to a result of another shape");
  CHECK(error_of("/image_size", 192) ==
        "stem: it leaves 12 x 12 patches, and the first group has 14 x 14");
  CHECK(error_of("/image_size", 15) == "stem: a kernel of 16 on an image of 15 x 15");
  CHECK(error_of("/image_size", 65536) ==
        "image_size: 65536 x 65536 places; expected at most 2^31");
  CHECK(error_of("/stem/0/out_channels", 96) ==
        "stem: it makes 96 channels, and the first group has 192");
  CHECK(error_of("/stem/0/in_channels", 257) ==
        "stem: 65792 values under a kernel; expected at most 2^16");
  CHECK(error_of("/stem/0/kernel", 15) ==
        "stem: prefix tokens behind convolutions; expected an embedding of patches");
}

Trace with_layers(const char* model, const Json& layers) {
  return make_trace(
      {{"model", model}, {"scope", "model"}, {"maps", {{"kind", "dense"}}}, {"layers", layers}},
      ".");
}

TEST_CASE("Some layers of scope \"model\" are the network of these alone") {
  const Trace some = with_layers("deit-tiny", {3, 7});
  std::vector<std::string> names;
  for (const Layer& layer : some.layers) names.push_back(layer.name);
  CHECK(names == std::vector<std::string>{"embed", "layer3", "layer7", "head"});
  // Two of twelve blocks: what is not of a block stays.
  const Trace one = with_layers("deit-tiny", {3});
  const Trace all =
      make_trace({{"model", "deit-tiny"}, {"scope", "model"}, {"maps", {{"kind", "dense"}}}}, ".");
  const std::size_t of_block = some.operations.size() - one.operations.size();
  CHECK(all.operations.size() == one.operations.size() + 11 * of_block);
}

TEST_CASE("Layers of scope \"model\" that do not fit together are refused") {
  using Catch::Matchers::Message;
  // LeViT-128: blocks of 14 x 14 patches and 128 channels, then 7 x 7 and 256, then 4 x 4 and 384.
  CHECK_THROWS_MATCHES(
      with_layers("levit-128", {0, 5}), ConfigError,
      Message("/layers: stage1/0 takes 7 x 7 patches of 256 channels, and 14 x 14 patches of 128 "
              "channels come to it; expected layers of scope \"model\" that fit together"));
  CHECK_THROWS_MATCHES(
      with_layers("levit-128", {0, 1}), ConfigError,
      Message("/layers: the head takes 4 x 4 patches of 384 channels, and 14 x 14 patches of 128 "
              "channels come to it; expected layers of scope \"model\" that fit together"));
}

}  // namespace
}  // namespace vitcod::model_trace_test
