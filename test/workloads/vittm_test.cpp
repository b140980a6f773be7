// SPDX-License-Identifier: Apache-2.0
// Models with a memory (ViTTM): what their blocks read and write, and what it takes.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "test/support/source_tree.hpp"
#include "workloads/info.hpp"
#include "workloads/kind_work.hpp"
#include "workloads/model_config.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/workload.hpp"

namespace vitcod::vittm_test {
namespace {

Json specification(const Json& model) {
  return {{"model", model},
          {"scope", "model"},
          {"maps", {{"kind", "dense"}}},
          {"polarization", {{"theta_d_fraction", 0.25}}}};
}

const Operation& operation(const Trace& trace, const std::string& name) {
  for (const Operation& each : trace.operations) {
    if (each.name == name) return each;
  }
  throw std::runtime_error("no operation " + name);
}

const LinearAttention& exchange(const Trace& trace, const std::string& name) {
  return std::get<LinearAttention>(operation(trace, name).params);
}

std::string input(const Trace& trace, const std::string& name, std::size_t index) {
  return trace.tensor(operation(trace, name).inputs[index]).name;
}

/// MACs of a layer, in millions, of what its operations' names begin with.
struct LayerMacs {
  double read = 0, write = 0, block = 0, all = 0;
};

LayerMacs macs_of(const Trace& trace, const std::string& layer) {
  LayerMacs macs;
  for (const Operation& each : trace.operations) {
    Trace alone = trace;
    alone.operations = {each};
    const double million = static_cast<double>(work_by_kind(alone).front().macs) / 1e6;
    macs.all += million;
    if (trace.layers[each.layer].name != layer) continue;
    const std::string name = each.name.substr(layer.size() + 1);
    (name.starts_with("read")    ? macs.read
     : name.starts_with("write") ? macs.write
                                 : macs.block) += million;
  }
  return macs;
}

TEST_CASE("ViTTM-B has the MACs of the public shapes: of its blocks, of reading and of writing") {
  struct Row {
    const char* model;
    double block, read, write, all;
  };
  for (const Row& row : {Row{"vittm-base", 350.5, 154.7, 68.0, 7110.0},
                         Row{"vittm-base-64", 459.3, 58.2, 58.2, 7140.0}}) {
    CAPTURE(row.model);
    const Trace trace = make_trace(specification(row.model), ".");
    const LayerMacs macs = macs_of(trace, "layer3");
    CHECK(macs.block == Approx(row.block).margin(0.06));
    CHECK(macs.read == Approx(row.read).margin(0.06));
    CHECK(macs.write == Approx(row.write).margin(0.06));
    CHECK(macs.all == Approx(row.all).margin(6.0));
  }
}

TEST_CASE("ViTTM's smaller models have its shapes") {
  struct Row {
    const char* model;
    std::uint32_t width, heads, process, memory;
  };
  for (const Row& row :
       {Row{"vittm-tiny", 192, 3, 49, 196}, Row{"vittm-small", 384, 6, 49, 196},
        Row{"vittm-small-64", 384, 6, 64, 64}, Row{"vittm-base", 768, 12, 49, 196}}) {
    CAPTURE(row.model);
    const Trace trace = make_trace(specification(row.model), ".");
    const LinearAttention& read = exchange(trace, "layer11/read");
    CHECK(read.heads == row.heads);
    CHECK(read.queries == row.process);
    CHECK(read.keys == row.memory);
    CHECK(4 * read.heads * read.features_k == row.width);
    CHECK(read.heads * read.features_v == row.width);
    CHECK(read.feature_map == Activation::kEluPlusOne);
    CHECK(read.normalise);
    const LinearAttention& write = exchange(trace, "layer11/write");
    CHECK(write.queries == row.memory);
    CHECK(write.keys == row.process);
  }
}

TEST_CASE("both streams are normalised in place, and what is read or written is added to that") {
  const Trace trace = make_trace(specification("vittm-tiny"), ".");
  CHECK_NOTHROW(check_trace(trace));
  CHECK(input(trace, "embed/memory_patch_embedding", 0) == "embed/memory_patches");
  CHECK(input(trace, "layer0/read_process_norm", 0) == "embed/stream");
  CHECK(input(trace, "layer0/read_memory_norm", 0) == "embed/memory");
  CHECK(input(trace, "layer0/read_q_projection", 0) == "layer0/read_process_norm_operand");
  CHECK(input(trace, "layer0/read_k_projection", 0) == "layer0/read_memory_norm_operand");
  CHECK(input(trace, "layer0/read_v_projection", 0) == "layer0/read_memory_norm_operand");
  CHECK(input(trace, "layer0/read", 4) == "layer0/read_process_norm_stream");
  CHECK(input(trace, "layer0/norm1", 0) == "layer0/read_output");
  CHECK(input(trace, "layer0/write_process_norm", 0) == "layer0/stream");
  CHECK(input(trace, "layer0/write_memory_norm", 0) == "layer0/read_memory_norm_stream");
  CHECK(input(trace, "layer0/write_q_projection", 0) == "layer0/write_memory_norm_operand");
  CHECK(input(trace, "layer0/write_v_projection", 0) == "layer0/write_process_norm_operand");
  CHECK(input(trace, "layer0/write", 4) == "layer0/write_memory_norm_stream");
  CHECK(input(trace, "layer1/read_process_norm", 0) == "layer0/write_process_norm_stream");
  CHECK(input(trace, "layer1/read_memory_norm", 0) == "layer0/write_output");
  CHECK(input(trace, "head/final_norm", 0) == "layer11/write_process_norm_stream");
  CHECK(input(trace, "head/memory_final_norm", 0) == "layer11/write_output");
  CHECK(std::get<AveragePool>(operation(trace, "head/average_pool").params).tokens == 49);
  CHECK(std::get<AveragePool>(operation(trace, "head/memory_average_pool").params).tokens == 196);
}

TEST_CASE("a gain that two norms share is one of the model's parameters") {
  const Trace trace = make_trace(specification("vittm-tiny"), ".");
  std::map<std::string, KindWork> kinds;
  for (const KindWork& work : work_by_kind(trace)) kinds[work.kind] = work;
  // Four norms of exchanges a layer, two of the block, two of the heads: 192 gains and offsets.
  CHECK(kinds.at("layer_norm").parameters == (12 * 6 + 2) * 2 * 192);
  CHECK(kinds.at("layer_norm").operations == 12 * 10 + 2);
  CHECK(kinds.at("linear_attention").operations == 24);
  CHECK(kinds.at("linear_attention").macs == 12 * 2 * 3 * (49 + 196) * 16 * 64);
  CHECK(workload_info(trace).find("linear_attention           24") != std::string::npos);
}

TEST_CASE("attention scope of a model with a memory is its blocks' attention") {
  Json attention = specification("vittm-tiny");
  attention["scope"] = "attention";
  for (const Operation& each : make_trace(attention, ".").operations) {
    CHECK_FALSE(std::holds_alternative<LinearAttention>(each.params));
  }
}

/// What is said of ViTTM-Tiny with another value at `pointer`.
std::string error_of(const std::string& pointer, const Json& value) {
  Json model = to_json(load_model("vittm-tiny"));
  model[Json::json_pointer(pointer)] = value;
  try {
    make_trace(specification(model), ".");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("a memory that does not fit its model is refused in one line") {
  const std::string whole = "; scope \"model\" needs all that lies around the attention blocks";
  CHECK(error_of("/classes", 10) == "no error");
  CHECK(error_of("/memory/grid", {14, 13}) ==
        "/model: vittm-tiny: memory: 14 x 14 patches of 16 x 16 at a stride of 16, and 14 x 13 "
        "tokens" +
            whole);
  CHECK(error_of("/memory/patch/kernel", 300) ==
        "/model: vittm-tiny: memory: 0 x 0 patches of 300 x 300 at a stride of 16, and 14 x 14 "
        "tokens" +
            whole);
  CHECK(error_of("/memory/patch/in_channels", 257) ==
        "/model: vittm-tiny: memory: 65792 values of a patch; expected at most 2^16" + whole);
  CHECK(error_of("/memory/patch/out_channels", 200) ==
        "/model: vittm-tiny: memory: of 200 channels, and \"layers\" takes 192 and makes 192" +
            whole);
  CHECK(error_of("/groups/0/heads", 5) ==
        "/model: vittm-tiny: memory: of 192 channels, which the 5 heads of \"layers\" do not "
        "divide" +
            whole);
  CHECK(error_of("/memory/key_dim", 30000) ==
        "/model: vittm-tiny: memory: 90000 features of Q of all heads; expected at most 2^16" +
            whole);
  CHECK(error_of("/prefix_tokens", 1) ==
        "/model: vittm-tiny: memory: beside an image of embedded patches, with norms, and without "
        "prefix tokens and growth" +
            whole);
  CHECK(error_of("/memory/key_dim", 0) == "/model/memory/key_dim: 0 is out of range [1, 65536]");
  CHECK(error_of("/memory/tokens", 3) ==
        "/model/memory/tokens: unknown key; expected one of [\"grid\", \"patch\", \"key_dim\"]");
}

TEST_CASE("tokens of a model with a memory are not dropped") {
  Json dropping = specification("vittm-tiny");
  dropping["tokens"] = {{"kind", "evit"}, {"boundaries", {3}}, {"keep_ratio", 0.7}, {"seed", 1}};
  CHECK_THROWS_WITH(make_trace(dropping, "."),
                    "/tokens: vittm-tiny has a memory, which all tokens read and write; expected "
                    "no token dropping beside it");
}

TEST_CASE("the shipped workload is ViTTM-B, whole") {
  const std::string folder = test::source_dir() + "/configs/workloads";
  const Trace trace = make_trace(read_json_file(folder + "/vittm.json"), folder);
  CHECK(trace.name == "vittm-base");
  CHECK(trace.layers.size() == 14);
  CHECK(trace.maps[0].nnz() == 12 * 49 * 49);
}

}  // namespace
}  // namespace vitcod::vittm_test
