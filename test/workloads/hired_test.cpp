// SPDX-License-Identifier: Apache-2.0
// HiRED as a workload asks for it: tokens of a vision tower, kept behind its last block but one.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "test/support/temp_folder.hpp"
#include "workloads/config_dir.hpp"
#include "workloads/info.hpp"
#include "workloads/kind_work.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/workload.hpp"

namespace vitcod::hired_test {
namespace {

using Shape = std::vector<std::uint32_t>;
using Names = std::vector<std::string>;

/// The shipped workload in a scope, some keys of its tokens changed; null removes a key.
Json specification(const char* scope, const Json& changes = Json::object()) {
  Json spec = read_json_file(find_config_dir() / "workloads" / "hired.json");
  spec["scope"] = scope;
  spec["tokens"].merge_patch(changes);
  return spec;
}

/// The same on the first two blocks.
Trace two_blocks(const char* scope, const Json& changes = Json::object()) {
  Json spec = specification(scope, changes);
  spec["layers"] = {0, 1};
  return make_trace(spec, ".");
}

const Operation& operation(const Trace& trace, const std::string& name) {
  for (const Operation& each : trace.operations) {
    if (each.name == name) return each;
  }
  throw std::runtime_error("no operation " + name);
}

std::uint64_t macs_of(const Trace& trace, const std::string& kind) {
  std::uint64_t macs = 0;
  for (const KindWork& work : work_by_kind(trace)) {
    if (work.kind == kind) macs += work.macs;
  }
  return macs;
}

const ScoreSelect& selection_of(const Trace& trace) {
  return std::get<ScoreSelect>(operation(trace, "selection/select").params);
}

template <typename Spec>
std::string error_of(const Spec& spec) {
  try {
    make_trace(spec, ".");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("HiRED runs 23 of CLIP's 24 blocks on all tokens, and then keeps a fifth of them") {
  const Trace trace = make_trace(specification("model"), ".");
  CHECK_NOTHROW(check_trace(trace));
  REQUIRE(trace.layers.size() == 25);  // embed, 23 blocks, selection
  CHECK(trace.layers.front().name == "embed");
  CHECK(trace.layers[23].name == "layer22");
  CHECK(trace.layers.back().name == "selection");
  CHECK(trace.restrictions.empty());
  REQUIRE(trace.maps.size() == 23);
  for (const PolarizedMap& map : trace.maps) {
    CHECK(map.num_queries == 577);
    CHECK(map.nnz() == std::uint64_t{16} * 577 * 577);
  }
  // Linear layers of a block: 12 n d^2. A patch is 14 x 14 x 3 numbers. Together 183 G, as the
  // survey counts them.
  const std::uint64_t linear = std::uint64_t{23} * 12 * 577 * 1024 * 1024 + 577 * 588 * 1024;
  const std::uint64_t attention = std::uint64_t{23} * 16 * 577 * 577 * 64;
  CHECK(macs_of(trace, "dense_linear") == linear);
  CHECK(macs_of(trace, "sddmm") == attention);
  CHECK(macs_of(trace, "spmm") == attention);
  CHECK(static_cast<double>(linear + 2 * attention) / 1e9 == Approx(183.0).margin(0.1));
  CHECK(macs_of(trace, "score_select") == 16 * 577 * 64);
  CHECK(selection_of(trace).kept.size() == 1 + 115);
}

TEST_CASE("Rates leave the tokens that the survey counts for one partition") {
  const auto kept_at = [](double rate) {
    return selection_of(two_blocks("attention", {{"rate", rate}})).kept.size() - 1;
  };
  CHECK(kept_at(0.2) == 115);
  CHECK(kept_at(0.4) == 230);
  CHECK(kept_at(0.1) == 57);
  CHECK(kept_at(1.0) == 576);
  CHECK(kept_at(0.00174) == 1);  // 1 / 576 is 0.001736
}

TEST_CASE("HiRED selects by the attention of the last block that runs, and gathers its stream") {
  const Trace trace = two_blocks("model");
  CHECK_NOTHROW(check_trace(trace));
  const std::size_t number = trace.operations.size();
  REQUIRE(number > 3);
  CHECK(trace.operations[number - 3].name == "layer1/mlp2");
  const Operation& select = trace.operations[number - 2];
  const Operation& gather = trace.operations[number - 1];
  CHECK(select.name == "selection/select");
  CHECK(gather.name == "selection/gather");
  REQUIRE(select.inputs.size() == 3);
  CHECK(trace.tensor(select.inputs[0]).shape == Shape{16, 1, 64});
  CHECK(trace.tensor(select.inputs[1]).shape == Shape{16, 577, 64});
  CHECK(select.inputs[2] == operation(trace, "layer1/sddmm").inputs[1]);
  CHECK(std::get<TokenGather>(gather.params) == TokenGather{577, 116, 1024, 0});
  CHECK(gather.inputs ==
        std::vector<TensorId>{operation(trace, "layer1/mlp2").outputs[0], select.outputs[0]});
  CHECK(trace.tensor(gather.outputs[0]).shape == Shape{116, 1024});
  CHECK(trace.tensor(gather.outputs[0]).bits == 16);
  CHECK(selection_of(trace).kept.front() == 0);  // the class token, row 0
}

TEST_CASE("In scope attention HiRED ends in the selection") {
  const Trace trace = two_blocks("attention");
  CHECK_NOTHROW(check_trace(trace));
  Names names;
  for (const Operation& each : trace.operations) names.push_back(each.name);
  CHECK(names == Names{"layer0/sddmm", "layer0/softmax", "layer0/spmm", "layer1/sddmm",
                       "layer1/softmax", "layer1/spmm", "selection/select"});
  CHECK(trace.operations.back().inputs[2] == operation(trace, "layer1/sddmm").inputs[1]);
  CHECK(selection_of(trace) == selection_of(two_blocks("model")));
  Json all = specification("attention");
  all["layers"] = Json::array();
  for (int layer = 0; layer < 24; ++layer) all["layers"].push_back(layer);
  CHECK(make_trace(all, ".").layers.size() == 25);  // 24 blocks that are asked for
  all.erase("layers");
  CHECK(make_trace(all, ".").layers.size() == 24);
}

TEST_CASE("Wrong specifications of HiRED get one line each") {
  const auto error_with = [](const Json& changes) {
    return error_of(specification("attention", changes));
  };
  CHECK(error_with({{"rate", 1.1}}) == "/tokens/rate: 1.1 is out of range [0, 1]");
  CHECK(error_with({{"rate", 0.001}}) ==
        "/tokens/rate: 0 of 576 patches are kept; expected at least 1");
  CHECK(error_with({{"rate", nullptr}}) == "/tokens/rate: required key is missing");
  CHECK(error_with({{"seed", nullptr}}) == "/tokens/seed: required key is missing");
  const std::string keys =
      ": unknown key; expected one of [\"kind\", \"rate\", \"partitions\", \"seed\"]";
  CHECK(error_with({{"boundaries", {3}}}) == "/tokens/boundaries" + keys);
  CHECK(error_with({{"masks", "fixed"}}) == "/tokens/masks" + keys);
}

TEST_CASE("Models that HiRED does not go with get one line each") {
  const auto error_with = [](const Json& model, const char* scope = "attention") {
    Json spec = specification(scope);
    spec["model"] = model;
    return error_of(spec);
  };
  CHECK(error_with("levit-128") ==
        "/tokens: levit-128 has no class token, by whose attention tokens are selected");
  CHECK(error_with("iret-tiny", "model") ==
        "/tokens/kind: the embedding of iret-tiny grows; expected \"iret\"");
  CHECK(error_with("deit-tiny", "model") == "no error");
  Json single = read_json_file(find_config_dir() / "models" / "deit-tiny.json");
  single["groups"][0]["num_blocks"] = 1;
  CHECK(error_with(single) ==
        "/layers: is missing; deit-tiny has one layer, and features are taken before the last one");
}

TEST_CASE("Traces of HiRED are read back the same") {
  for (const char* scope : {"attention", "model"}) {
    const Trace trace = two_blocks(scope, {{"seed", 7}});
    const test::TempFolder folder;
    write_trace(trace, folder / "trace");
    CHECK(read_trace(folder / "trace") == trace);
  }
}

TEST_CASE("HiRED's selection is among the figures of a workload") {
  const Trace trace = two_blocks("model");
  const std::string text = workload_info(trace);
  CHECK(text.find("\ntokens by layer: 577 x 2\n") != std::string::npos);
  CHECK(text.find("\nselection         577      116    20.1%   highest 115\n") !=
        std::string::npos);
  const Json json = workload_info_json(trace)["tokens"];
  CHECK(json["selections"] == Json::array({{{"layer", "selection"},
                                            {"tokens_in", 577},
                                            {"kept", 116},
                                            {"rule", "top_k"},
                                            {"threshold", 115}}}));
}

TEST_CASE("What HiRED keeps follows from the seed of the image alone") {
  Json spec = specification("attention");
  spec["layers"] = {0, 1};
  const Trace first = make_trace(spec, ".");
  spec["values"]["seed"] = 2;
  CHECK(make_trace(spec, ".").operations == first.operations);
  spec["tokens"]["seed"] = 2;
  CHECK(selection_of(make_trace(spec, ".")).kept != selection_of(first).kept);
}

}  // namespace
}  // namespace vitcod::hired_test
