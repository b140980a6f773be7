// SPDX-License-Identifier: Apache-2.0
// Token dropping as a workload asks for it: `/tokens`, in both scopes.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "test/support/temp_folder.hpp"
#include "test/workloads/iret_fixtures.hpp"
#include "workloads/info.hpp"
#include "workloads/kind_work.hpp"
#include "workloads/map_restriction.hpp"
#include "workloads/polarization.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/workload.hpp"

namespace vitcod::iret_test {
namespace {

using test::attention_queries;
using test::iret;
using test::specification;
using test::top_k;

using Names = std::vector<std::string>;

const Operation& operation(const Trace& trace, const std::string& name) {
  for (const Operation& each : trace.operations) {
    if (each.name == name) return each;
  }
  throw std::runtime_error("no operation " + name);
}

template <typename Params>
const Params& params_of(const Trace& trace, const std::string& name) {
  return std::get<Params>(operation(trace, name).params);
}

Names operations_of(const Trace& trace, const std::string& layer) {
  Names names;
  for (const Operation& each : trace.operations) {
    if (trace.layers[each.layer].name == layer) names.push_back(each.name);
  }
  return names;
}

/// "name:shape" of each tensor.
Names tensors_of(const Trace& trace, const std::vector<TensorId>& ids) {
  Names names;
  for (const TensorId id : ids) {
    std::string text = trace.tensor(id).name + ":";
    for (const std::uint32_t extent : trace.tensor(id).shape) text += std::to_string(extent) + ",";
    names.push_back(text.substr(0, text.size() - 1));
  }
  return names;
}

const std::vector<std::uint32_t> kTopKTokens{197, 197, 197, 138, 138, 138, 97, 97, 97, 68, 68, 68};

TEST_CASE("Fixed keep ratios leave the published counts of tokens") {
  CHECK(attention_queries(iret("attention", top_k())) == kTopKTokens);
  CHECK(attention_queries(iret("model", top_k())) == kTopKTokens);
  Json counts = top_k();
  counts.erase("keep_ratio");
  counts["keep_patches"] = {137, 96, 67};
  CHECK(iret("attention", counts).operations == iret("attention", top_k()).operations);
  Json half = top_k();
  half["keep_ratio"] = 0.5;  // 196, 98, 49, 24 patches
  const auto tokens = attention_queries(iret("attention", half));
  CHECK(std::vector<std::uint32_t>{tokens[0], tokens[3], tokens[6], tokens[9]} ==
        std::vector<std::uint32_t>{197, 99, 50, 25});
  half["keep_ratio"] = 1.0;
  CHECK(attention_queries(iret("attention", half)) == std::vector<std::uint32_t>(12, 197));
}

TEST_CASE("In scope attention a boundary selects by the keys of the layer before it") {
  const Trace trace = iret("attention", top_k());
  CHECK_NOTHROW(check_trace(trace));
  CHECK(operations_of(trace, "stage0/2") ==
        Names{"stage0/2/sddmm", "stage0/2/softmax", "stage0/2/spmm"});
  CHECK(operations_of(trace, "stage1/0") ==
        Names{"stage1/0/select", "stage1/0/sddmm", "stage1/0/softmax", "stage1/0/spmm"});
  CHECK(
      tensors_of(trace, operation(trace, "stage1/0/select").inputs) ==
      Names{"stage1/0/selection_q:2,1,32", "stage1/0/selection_k:2,197,32", "stage0/2/k:2,197,32"});
  CHECK(tensors_of(trace, operation(trace, "stage1/0/select").outputs) ==
        Names{"stage1/0/kept:138", "stage1/0/origins:138"});
  CHECK(tensors_of(trace, operation(trace, "stage2/0/select").inputs) ==
        Names{"stage2/0/selection_q:3,1,32", "stage2/0/selection_k:3,138,32", "stage1/2/k:3,138,32",
              "stage1/0/origins:138"});
  CHECK(tensors_of(trace, operation(trace, "stage1/0/sddmm").inputs) ==
        Names{"stage1/0/q:3,138,32", "stage1/0/k:3,138,32"});
}

TEST_CASE("Blocks behind a selection work on the offline maps of the kept tokens") {
  const Trace trace = iret("attention", top_k());
  const Trace whole = make_trace({{"model", "iret-tiny"},
                                  {"scope", "attention"},
                                  {"maps", {{"kind", "generated"}, {"sparsity", 0.9}, {"seed", 1}}},
                                  {"polarization", {{"theta_d", 50}}}},
                                 ".");
  REQUIRE(trace.restrictions.size() == 9);
  std::vector<std::uint32_t> origins(197);
  for (std::uint32_t token = 0; token < 197; ++token) origins[token] = token;
  std::size_t next = 0;
  for (std::size_t b = 0; b < 12; ++b) {
    const std::string layer = whole.layers[b].name;
    const MapId map = params_of<Sddmm>(trace, layer + "/sddmm").map;
    if (b < 3) {
      CHECK(trace.map(map) == whole.maps[b]);
      continue;
    }
    if (b % 3 == 0) {
      std::vector<std::uint32_t> left;
      for (const std::uint32_t token : params_of<ScoreSelect>(trace, layer + "/select").kept) {
        left.push_back(origins[token]);
      }
      origins = left;
    }
    const MapRestriction& restriction = trace.restrictions[next++];
    CHECK(restriction.map == map);
    CHECK(restriction.origins == origins);
    CHECK(trace.map(restriction.source) == whole.maps[b]);
  }
}

TEST_CASE("An oracle polarizes again for the kept tokens, by a threshold in proportion") {
  Json tokens = top_k();
  tokens["masks"] = "oracle";
  const Trace oracle = iret("attention", tokens), fixed = iret("attention", top_k());
  CHECK(oracle.restrictions.empty());
  CHECK(oracle.maps.size() == 12);
  for (const char* layer : {"stage1/0", "stage3/2"}) {
    const std::string sddmm = std::string(layer) + "/sddmm";
    const PolarizedMap& again = oracle.map(params_of<Sddmm>(oracle, sddmm).map);
    const PolarizedMap& left = fixed.map(params_of<Sddmm>(fixed, sddmm).map);
    REQUIRE(again.num_queries == left.num_queries);
    const std::uint32_t kept = left.num_queries;
    for (std::size_t h = 0; h < left.heads.size(); ++h) {
      const KeptMap map = kept_map(left.heads[h], kept, kept);
      CHECK(again.heads[h] == polarize(map, 50 * kept / 197));
    }
  }
}

TEST_CASE("A whole IRET drops tokens and grows its embedding at each boundary") {
  const Trace trace = iret("model", top_k());
  CHECK_NOTHROW(check_trace(trace));
  CHECK(operations_of(trace, "embed") == Names{"embed/patch_embedding"});
  CHECK(tensors_of(trace, {operation(trace, "embed/patch_embedding").inputs[0]}) ==
        Names{"embed/patches:197,48"});  // the LL band of level 2: 4 x 4 x 3
  CHECK(operations_of(trace, "stage2/0") ==
        Names{"stage2/0/select", "stage2/0/lift", "stage2/0/grow", "stage2/0/gather",
              "stage2/0/norm1", "stage2/0/q_projection", "stage2/0/k_projection",
              "stage2/0/v_projection", "stage2/0/sddmm", "stage2/0/softmax", "stage2/0/spmm",
              "stage2/0/output_projection", "stage2/0/norm2", "stage2/0/mlp1", "stage2/0/mlp2"});
  CHECK(tensors_of(trace, operation(trace, "stage1/0/lift").inputs) ==
        Names{"embed/samples:196,768", "stage1/0/origins:138", "stage1/0/lift_taps:2,2,4"});
  CHECK(tensors_of(trace, operation(trace, "stage1/0/lift").outputs) ==
        Names{"stage1/0/lifted:138,144"});
  CHECK(tensors_of(trace, operation(trace, "stage2/0/lift").outputs) ==
        Names{"stage2/0/lifted:97,576"});
  CHECK(params_of<DenseLinear>(trace, "stage1/0/grow") == DenseLinear{138, 144, 32});
  CHECK(params_of<DenseLinear>(trace, "stage3/0/grow") == DenseLinear{68, 576, 64});
  CHECK(tensors_of(trace, operation(trace, "stage1/0/gather").inputs) ==
        Names{"stage0/2/stream:197,64", "stage1/0/kept:138", "stage1/0/grown:138,32"});
  CHECK(tensors_of(trace, operation(trace, "stage1/0/gather").outputs) ==
        Names{"stage1/0/gathered:138,96"});
  CHECK(tensors_of(trace, {operation(trace, "stage1/0/output_projection").inputs[4]}) ==
        Names{"stage1/0/gathered:138,96"});
  CHECK(tensors_of(trace, {operation(trace, "head/final_norm").inputs[0]}) ==
        Names{"stage3/2/stream:68,192"});
}

TEST_CASE("Selection waits for compressed keys where these are in DRAM") {
  Json tokens = top_k();
  const Trace trace = make_trace(specification("deit-tiny", "attention", tokens), ".");
  CHECK_NOTHROW(check_trace(trace));
  CHECK(tensors_of(trace, operation(trace, "layer3/select").inputs) ==
        Names{"layer3/selection_q:3,1,64", "layer3/selection_k:3,197,64",
              "layer2/k_compressed:2,197,64"});
  CHECK(tensors_of(trace, operation(trace, "layer3/decode_k").inputs)[0] ==
        "layer3/k_compressed:2,138,64");
}

std::map<std::string, KindWork> kinds_of(const Trace& trace) {
  std::map<std::string, KindWork> kinds;
  for (const KindWork& work : work_by_kind(trace)) kinds[work.kind] = work;
  return kinds;
}

TEST_CASE("MACs of a whole IRET are those counted by hand") {
  const auto kinds = kinds_of(iret("model", top_k()));
  // A block of n tokens and d channels: Q, K, V and output 4 n d^2, MLP 8 n d^2.
  const auto blocks = [](std::uint64_t n, std::uint64_t d) { return 3 * 12 * n * d * d; };
  const std::uint64_t embed = 197 * 48 * 64;
  const std::uint64_t growth = 138 * 144 * 32 + 97 * 576 * 32 + 68 * 576 * 64;
  const std::uint64_t head = 192 * 1000;
  CHECK(kinds.at("dense_linear").macs == embed + blocks(197, 64) + blocks(138, 96) +
                                             blocks(97, 128) + blocks(68, 192) + growth + head);
  // heads x tokens x 32
  CHECK(kinds.at("score_select").macs == 2 * 197 * 32 + 3 * 138 * 32 + 4 * 97 * 32);
  // Level 1 of 16 x 16 samples in full: 8 MACs a sample; level 2 in full on 8 x 8, with the LL band
  // of level 1: 4 MACs for half of 256 samples, then 4 for a quarter: 768. Three channels.
  CHECK(kinds.at("lifting_step").macs ==
        137 * 3 * (768 + 8 * 64) + 96 * 3 * 8 * 256 + 67 * 3 * 8 * 256);
  CHECK(kinds.at("lifting_step").parameters == 16 + 8 + 8);
  CHECK(kinds.at("token_gather").macs == 0);
}

TEST_CASE("A threshold keeps fewer tokens as it grows") {
  const auto tokens_at = [](double threshold) {
    Json tokens = top_k();
    tokens.erase("keep_ratio");
    tokens["threshold"] = threshold;
    const auto all = attention_queries(iret("attention", tokens));
    return std::vector<std::uint32_t>{all[3], all[6], all[9]};
  };
  CHECK(tokens_at(0.0) == std::vector<std::uint32_t>(3, 197));
  auto before = tokens_at(0.3);
  for (const double threshold : {0.5, 0.7, 0.9, 1.1}) {
    const auto now = tokens_at(threshold);
    for (std::size_t b = 0; b < 3; ++b) CHECK(now[b] < before[b]);
    before = now;
  }
}

TEST_CASE("The run ends at the first exit that is taken") {
  Json tokens = top_k();
  tokens["exits"] = {{"confidence", 1.0}};
  const Trace never = iret("model", tokens);
  CHECK_NOTHROW(check_trace(never));
  CHECK(operations_of(never, "stage1/0").front() == "stage1/0/exit_norm");
  CHECK(tensors_of(never, operation(never, "stage1/0/exit_classifier").inputs).front() ==
        "stage1/0/exit_norm_output:197,64");
  CHECK(tensors_of(never, operation(never, "stage2/0/exit_test").inputs) ==
        Names{"stage2/0/assumed_logits:1,1000", "stage2/0/exit_logits:1,1000"});
  CHECK(operations_of(never, "head").size() == 2);
  // An exit asks nothing of the tokens that are kept.
  CHECK(attention_queries(never) == kTopKTokens);

  tokens["exits"] = {{"confidence", 0.0}, {"boundaries", {6}}};
  const Trace second = iret("model", tokens);
  CHECK_NOTHROW(check_trace(second));
  CHECK(second.operations.back().name == "stage2/0/exit_test");
  CHECK(params_of<ExitTest>(second, "stage2/0/exit_test") == ExitTest{1000, 0, true});
  CHECK(operations_of(second, "stage2/0") ==
        Names{"stage2/0/exit_norm", "stage2/0/exit_classifier", "stage2/0/exit_test"});
  CHECK(second.layers.back().name == "stage2/0");
  CHECK(attention_queries(second) ==
        std::vector<std::uint32_t>(kTopKTokens.begin(), kTopKTokens.begin() + 6));
}

/// DeiT-Tiny with a published schedule at 3, 6 and 9.
Trace published(const char* kind, const char* scope) {
  Json tokens = top_k();
  tokens["kind"] = kind;
  return make_trace(specification("deit-tiny", scope, tokens), ".");
}

/// Rows of the first layer of each MLP.
std::vector<std::uint32_t> tokens_of_mlps(const Trace& trace) {
  std::vector<std::uint32_t> tokens;
  for (const Operation& each : trace.operations) {
    if (each.name.ends_with("/mlp1")) tokens.push_back(std::get<DenseLinear>(each.params).m);
  }
  return tokens;
}

TEST_CASE("DynamicViT's schedule on DeiT selects before blocks") {
  const Trace trace = published("dynamicvit", "model");
  CHECK_NOTHROW(check_trace(trace));
  CHECK(attention_queries(trace) == kTopKTokens);
  CHECK(tokens_of_mlps(trace) == kTopKTokens);
  CHECK(operations_of(trace, "layer3")[0] == "layer3/select");
  CHECK(operations_of(trace, "layer3")[1] == "layer3/gather");
  CHECK(tensors_of(trace, operation(trace, "layer3/gather").inputs) ==
        Names{"layer2/stream:197,192", "layer3/kept:138"});
  CHECK(attention_queries(published("dynamicvit", "attention")) == kTopKTokens);
}

TEST_CASE("EViT's schedule on DeiT selects between attention and MLP") {
  const Trace trace = published("evit", "model");
  CHECK_NOTHROW(check_trace(trace));
  // ceil(0.7 x 196) = 138, ceil(0.7 x 138) = 97, ceil(0.7 x 97) = 68, and the class token.
  CHECK(attention_queries(trace) ==
        std::vector<std::uint32_t>{197, 197, 197, 197, 139, 139, 139, 98, 98, 98, 69, 69});
  CHECK(tokens_of_mlps(trace) ==
        std::vector<std::uint32_t>{197, 197, 197, 139, 139, 139, 98, 98, 98, 69, 69, 69});
  const Names names = operations_of(trace, "layer6");
  CHECK(Names(names.end() - 6, names.end()) == Names{"layer6/output_projection", "layer6/select",
                                                     "layer6/gather", "layer6/norm2", "layer6/mlp1",
                                                     "layer6/mlp2"});
  CHECK(tensors_of(trace, operation(trace, "layer6/select").inputs) ==
        Names{"layer6/selection_q:3,1,64", "layer6/selection_k:3,139,64",
              "layer6/k_compressed:2,139,64", "layer3/origins:139"});
  CHECK(tensors_of(trace, {operation(trace, "layer6/mlp2").inputs[4]}) ==
        Names{"layer6/gathered:98,192"});
  const Trace attention = published("evit", "attention");
  CHECK_NOTHROW(check_trace(attention));
  CHECK(attention_queries(attention) == attention_queries(trace));
  CHECK(operations_of(attention, "layer3").back() == "layer3/select");
}

TEST_CASE("Traces of token dropping are read back the same") {
  Json tokens = top_k();
  tokens["seed"] = 0xffffffffffffffffU;
  for (const std::string scope : {"attention", "model"}) {
    if (scope == "model") tokens["exits"] = {{"confidence", 0.9}};
    const Trace trace = iret(scope.c_str(), tokens);
    const test::TempFolder folder;
    write_trace(trace, folder / "trace");
    CHECK(read_trace(folder / "trace") == trace);
  }
}

TEST_CASE("Kept tokens do not depend on the seed of the values") {
  Json spec = specification("iret-tiny", "model", top_k());
  spec["values"] = {{"seed", 1}};
  const Trace one = make_trace(spec, ".");
  spec["values"] = {{"seed", 2}};
  const Trace two = make_trace(spec, ".");
  CHECK(one.operations == two.operations);
  CHECK(one.restrictions == two.restrictions);
}

TEST_CASE("The schedule of tokens is among the figures of a workload") {
  Json tokens = top_k();
  tokens["exits"] = {{"confidence", 0.0}, {"boundaries", {9}}};
  const Trace trace = iret("model", tokens);
  const std::string text = workload_info(trace);
  CHECK(text.find("\ntokens by layer: 197 x 3, 138 x 3, 97 x 3\n") != std::string::npos);
  CHECK(text.find("\nmaps restricted to kept tokens, in their offline order: 6\n") !=
        std::string::npos);
  CHECK(text.find("\nstage1/0          197      138    70.1%   highest 137\n") !=
        std::string::npos);
  CHECK(text.find("\nstage3/0     exit at a confidence of 0.000: taken\n") != std::string::npos);
  const Json json = workload_info_json(trace)["tokens"];
  CHECK(json["layers"].size() == 9);
  CHECK(json["layers"][3] == Json{{"name", "stage1/0"}, {"tokens", 138}, {"restricted_map", true}});
  CHECK(json["selections"][1] == Json{{"layer", "stage2/0"},
                                      {"tokens_in", 138},
                                      {"kept", 97},
                                      {"rule", "top_k"},
                                      {"threshold", 96}});
  CHECK(json["exits"] ==
        Json::array({{{"layer", "stage3/0"}, {"confidence", 0.0}, {"taken", true}}}));
  // A score of tau of an even share, of 65536 in all: 0.5 x 65536 / 196 = 167.2 for each of two
  // heads, rounded up to 335 for both.
  tokens = {{"kind", "iret"}, {"boundaries", {3}}, {"threshold", 0.5}, {"seed", 1}};
  CHECK(workload_info(iret("attention", tokens)).find("score of 0.00256 or more\n") !=
        std::string::npos);
  const Json without = workload_info_json(make_trace(
      {{"model", "iret-tiny"}, {"scope", "attention"}, {"maps", {{"kind", "dense"}}}}, "."));
  CHECK(!without.contains("tokens"));
}

}  // namespace
}  // namespace vitcod::iret_test
