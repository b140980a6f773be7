// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "sim/base/npy.hpp"
#include "test/support/temp_folder.hpp"
#include "test/workloads/workload_fixtures.hpp"
#include "workloads/config_dir.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/workload.hpp"
#include "workloads/workload_spec.hpp"

namespace vitcod::make_trace_test {
namespace {

/// A small inline model with a non-square block: 2 blocks of 3 heads on 2 x 3 patches, then one
/// that subsamples them to 1 x 2 with 4 heads and wider V.
Json small_model_json() {
  const Json blocks = {{"name", "blocks"},     {"num_blocks", 2},         {"heads", 3},
                       {"query_grid", {2, 3}}, {"key_grid", {2, 3}},      {"key_dim", 8},
                       {"value_dim", 16},      {"auto_encoder_heads", 2}, {"width_in", 24},
                       {"width_out", 24},      {"mlp_hidden", 48},        {"residual", true}};
  const Json subsample = {{"name", "shrink"},     {"num_blocks", 1},         {"heads", 4},
                          {"query_grid", {1, 2}}, {"key_grid", {2, 3}},      {"key_dim", 8},
                          {"value_dim", 32},      {"auto_encoder_heads", 0}, {"width_in", 24},
                          {"width_out", 32},      {"mlp_hidden", 64},        {"residual", false}};
  return {{"name", "small"},  {"source", "made for this test"}, {"prefix_tokens", 0},
          {"image_size", 16}, {"stem", Json::array()},          {"activation", "gelu"},
          {"classes", 10},    {"groups", {blocks, subsample}}};
}

Json specification(const Json& model, const Json& maps) {
  return {{"model", model},
          {"scope", "attention"},
          {"maps", maps},
          {"polarization", {{"theta_d_fraction", 0.5}}}};
}

Json dense() { return {{"kind", "dense"}}; }

const Operation& operation(const Trace& trace, const std::string& name) {
  for (const Operation& operation : trace.operations) {
    if (operation.name == name) return operation;
  }
  throw std::runtime_error("no operation " + name);
}

std::string shape_of(const Trace& trace, TensorId id) {
  const Tensor& tensor = trace.tensor(id);
  std::string text = tensor.name + ":" + std::to_string(tensor.bits);
  for (const std::uint32_t extent : tensor.shape) text += "," + std::to_string(extent);
  return text;
}

/// An operation's tensors, in order: "NAME:BITS,EXTENTS... -> ...".
std::string tensors_of(const Trace& trace, const std::string& name) {
  std::string text;
  for (const TensorId id : operation(trace, name).inputs) text += shape_of(trace, id) + " ";
  text += "->";
  for (const TensorId id : operation(trace, name).outputs) text += " " + shape_of(trace, id);
  return text;
}

std::string error_of(const Json& json, const std::filesystem::path& base_dir = ".") {
  try {
    make_trace(json, base_dir);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE(
    "A block with auto-encoder decodes Q and K, then scores, normalises and multiplies by V") {
  const Trace trace = make_trace(specification(small_model_json(), dense()), ".");
  REQUIRE(trace.layers.size() == 3);
  CHECK(trace.layers[1].name == "blocks/1");
  std::vector<std::string> names;
  for (const Operation& op : trace.operations) {
    if (op.layer == 1) names.push_back(op.name);
  }
  CHECK(names == std::vector<std::string>{"blocks/1/decode_q", "blocks/1/decode_k",
                                          "blocks/1/sddmm", "blocks/1/softmax", "blocks/1/spmm"});
  CHECK(tensors_of(trace, "blocks/1/decode_q") ==
        "blocks/1/q_compressed:8,2,6,8 blocks/1/q_decode_weights:8,2,3 blocks/1/q_decode_bias:32,3 "
        "-> blocks/1/q:8,3,6,8");
  CHECK(tensors_of(trace, "blocks/1/sddmm") ==
        "blocks/1/q:8,3,6,8 blocks/1/k:8,3,6,8 -> blocks/1/scores:32,3,6,6");
  CHECK(tensors_of(trace, "blocks/1/softmax") ==
        "blocks/1/scores:32,3,6,6 -> blocks/1/probabilities:16,3,6,6");
  CHECK(tensors_of(trace, "blocks/1/spmm") ==
        "blocks/1/probabilities:16,3,6,6 blocks/1/v:8,3,6,16 -> blocks/1/output:8,3,6,16");
  CHECK(operation(trace, "blocks/1/decode_k").params == OperationParams(HeadMixDecode{2, 3, 6, 8}));
  CHECK(operation(trace, "blocks/1/sddmm").params == OperationParams(Sddmm{MapId{1}, 8}));
  CHECK(operation(trace, "blocks/1/softmax").params == OperationParams(RowNormalise{MapId{1}}));
  CHECK(operation(trace, "blocks/1/spmm").params == OperationParams(Spmm{MapId{1}, 16}));
}

TEST_CASE("A subsampling block has fewer queries than keys and no auto-encoder") {
  const Trace trace = make_trace(specification(small_model_json(), dense()), ".");
  CHECK(trace.layers[2].name == "shrink");
  CHECK(tensors_of(trace, "shrink/sddmm") ==
        "shrink/q:8,4,2,8 shrink/k:8,4,6,8 -> shrink/scores:32,4,2,6");
  CHECK(tensors_of(trace, "shrink/spmm") ==
        "shrink/probabilities:16,4,2,6 shrink/v:8,4,6,32 -> shrink/output:8,4,2,32");
  CHECK_THROWS(operation(trace, "shrink/decode_q"));
  CHECK(trace.maps[2].num_queries == 2);
  CHECK(trace.maps[2].num_keys == 6);
  CHECK_NOTHROW(check_trace(trace));
}

TEST_CASE("With the auto-encoder off Q and K are in DRAM as they are") {
  Json spec = specification("deit-tiny", dense());
  spec["auto_encoder"] = false;
  const Trace trace = make_trace(spec, ".");
  CHECK(trace.operations.size() == 36);
  CHECK(trace.operations[0].name == "layer0/sddmm");
  spec["auto_encoder"] = true;
  const Trace with = make_trace(spec, ".");
  CHECK(with.operations.size() == 60);
  CHECK(with.maps == trace.maps);
  spec.erase("auto_encoder");
  CHECK(make_trace(spec, ".").operations == with.operations);
}

TEST_CASE("Pruning off and polarization on make every column denser") {
  const Trace trace = make_trace(specification("deit-tiny", dense()), ".");
  CHECK(trace.maps.size() == 12);
  for (const PolarizedMap& map : trace.maps) {
    for (const PolarizedHead& head : map.heads) {
      CHECK(head.num_denser == 197);
      CHECK(head.sparser.nnz() == 0);
    }
  }
}

TEST_CASE("Polarization null leaves every column to the sparser engine") {
  Json spec = specification("deit-tiny", {{"kind", "generated"}, {"sparsity", 0.9}, {"seed", 4}});
  spec["polarization"] = nullptr;
  const Trace trace = make_trace(spec, ".");
  std::uint64_t nnz = 0;
  for (const PolarizedMap& map : trace.maps) {
    for (const PolarizedHead& head : map.heads) {
      CHECK(head.num_denser == 0);
      nnz += head.sparser.nnz();
    }
  }
  CHECK(nnz == 139712);  // a tenth of 36 x 197 x 197, rounded
}

TEST_CASE("theta_d_fraction is a share of the query rows, exceeded strictly") {
  const test::TempFolder folder;
  Json model = small_model_json();
  model["groups"].erase(1);
  model["groups"][0]["num_blocks"] = 1;
  model["groups"][0]["heads"] = 2;
  // 6 x 6: column 0 keeps 3 rows, column 1 keeps 4; half of the rows are 3.
  std::vector<std::uint8_t> pruned(72, 1);
  for (const std::size_t head : {0U, 1U}) {
    for (std::size_t query = 0; query < 4; ++query) {
      pruned[36 * head + 6 * query] = query < 3 ? 0 : 1;
      pruned[36 * head + 6 * query + 1] = 0;
    }
  }
  write_npy_bools(folder / "m.npy", pruned, {1, 2, 6, 6});
  Json spec = specification(model, {{"kind", "masks"}, {"files", {"m.npy"}}});
  const Trace trace = make_trace(spec, folder.path());
  CHECK(trace.maps[0].heads[0].num_denser == 1);
  CHECK(trace.maps[0].heads[0].key_order[0] == 1);
  spec["polarization"] = {{"theta_d", 2}};
  CHECK(make_trace(spec, folder.path()).maps[0].heads[0].num_denser == 2);
  // The files are in the provenance by base name and content.
  const Json provenance = parse_json(trace.provenance, "provenance");
  CHECK(provenance["maps"]["files"][0]["file"] == "m.npy");
  CHECK(provenance["maps"]["files"][0]["sha256"] == sha256_hex(read_file(folder / "m.npy")));
  CHECK(trace.provenance.find(folder.path().string()) == std::string::npos);
}

TEST_CASE("Attention maps take one cut-off for all groups or one each") {
  const test::TempFolder folder;
  Json model = small_model_json();
  model["groups"][0]["num_blocks"] = 1;
  const auto write = [&folder](const char* name, const NpyShape& shape, std::size_t rows) {
    std::vector<double> values;
    for (std::size_t row = 0; row < rows; ++row) {
      values.insert(values.end(), {0.5, 0.25, 0.125, 0.0625, 0.0625, 0.0});
    }
    write_npy(folder / name, values, shape);
  };
  write("a.npy", {1, 3, 6, 6}, 18);
  write("b.npy", {1, 4, 2, 6}, 8);
  Json maps = {{"kind", "attention"}, {"files", {"a.npy", "b.npy"}}, {"theta_p", {0.6, 2.0}}};
  const Trace two = make_trace(specification(model, maps), folder.path());
  // Sums .5 .75: one below .6, so three stay; above 1 everything stays.
  CHECK(two.maps[0].nnz() == 54);  // 3 heads x 6 rows x 3
  CHECK(two.maps[1].nnz() == 48);  // 4 heads x 2 rows x 6
  maps["theta_p"] = 0.5;
  const Trace one = make_trace(specification(model, maps), folder.path());
  CHECK(one.maps[0].nnz() == 36);
  CHECK(one.maps[1].nnz() == 16);
  maps["theta_p"] = {0.5, 0.5, 0.5};
  CHECK(error_of(specification(model, maps), folder.path()) ==
        "/maps/theta_p: 3 numbers for the 2 groups of small");
  maps["theta_p"] = Json::array();
  CHECK(error_of(specification(model, maps), folder.path()) ==
        "/maps/theta_p: expected at least 1 element, found 0");
  maps["theta_p"] = {0.5, "x"};
  CHECK(error_of(specification(model, maps), folder.path()) ==
        "/maps/theta_p/1: expected a number, found \"x\"");
  maps["theta_p"] = -0.5;
  CHECK(error_of(specification(model, maps), folder.path()).starts_with("/maps/theta_p: -0.5 is"));
}

TEST_CASE("A subset of the layers keeps the maps and values those layers have in the whole") {
  Json spec = specification("deit-tiny", {{"kind", "generated"}, {"sparsity", 0.95}, {"seed", 1}});
  const Trace all = make_trace(spec, ".");
  spec["layers"] = {2, 11};
  const Trace two = make_trace(spec, ".");
  REQUIRE(two.layers.size() == 2);
  CHECK(two.layers[0].name == "layer2");
  CHECK(two.layers[1].name == "layer11");
  CHECK(two.maps[0] == all.maps[2]);
  CHECK(two.maps[1] == all.maps[11]);
  CHECK(operation(two, "layer11/sddmm").layer == 1);
}

TEST_CASE("The same specification gives the same trace") {
  const Json spec =
      specification("levit-128", {{"kind", "generated"}, {"sparsity", 0.9}, {"seed", 9}});
  CHECK(make_trace(spec, ".") == make_trace(spec, "/elsewhere"));
}

TEST_CASE("Names of layers, tensors and operations are unique") {
  const Trace trace = make_trace(specification("levit-256", dense()), ".");
  std::set<std::string> names;
  for (const Tensor& tensor : trace.tensors) CHECK(names.insert(tensor.name).second);
  names.clear();
  for (const Operation& op : trace.operations) CHECK(names.insert(op.name).second);
  CHECK_NOTHROW(check_trace(trace));
}

TEST_CASE("Every shipped workload makes a trace") {
  std::size_t num_found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(find_config_dir() / "workloads")) {
    CAPTURE(entry.path().filename().string());
    const Trace trace = make_trace(read_json_file(entry.path()), find_config_dir() / "workloads");
    CHECK(!trace.operations.empty());
    CHECK_NOTHROW(check_trace(trace));
    ++num_found;
  }
  CHECK(num_found >= 6);
}

TEST_CASE("The schema of a specification has every key of the shipped workloads") {
  Json schema;
  describe_config<WorkloadSpec>(schema);
  for (const auto& entry : std::filesystem::directory_iterator(find_config_dir() / "workloads")) {
    const Json spec = read_json_file(entry.path());
    for (const auto& member : spec.items()) {
      CAPTURE(entry.path().filename().string(), member.key());
      CHECK(schema["properties"].contains(member.key()));
    }
  }
  CHECK(schema["required"] == Json{"model", "scope", "maps"});
  CHECK(schema["properties"]["maps"]["required"] == Json{"kind"});
  CHECK(schema["properties"]["maps"]["allOf"].size() == 4);  // the keys of each kind
}

TEST_CASE("A model can be a file, relative to the workload's folder, and leaves no path behind") {
  const test::TempFolder folder;
  std::filesystem::create_directory(folder / "shapes");
  write_file_atomically(folder / "shapes" / "mine.json", small_model_json().dump());
  const Trace trace = make_trace(specification("shapes/mine.json", dense()), folder.path());
  CHECK(trace == make_trace(specification(small_model_json(), dense()), "."));
}

TEST_CASE("A mask's polarity is chosen in the specification, and a full one is warned of") {
  const test::TempFolder folder;
  Json model = small_model_json();
  model["groups"].erase(1);
  model["groups"][0]["num_blocks"] = 1;
  std::vector<std::uint8_t> kept(std::size_t{3} * 6 * 6, 0);
  for (std::size_t row = 0; row < 18; ++row) kept[6 * row + row % 6] = 1;  // the diagonal alone
  write_npy(folder / "m.npy", kept, {1, 3, 6, 6});
  Json maps = {{"kind", "masks"}, {"files", {"m.npy"}}, {"polarity", "kept"}};
  std::vector<std::string> warnings;
  const Trace diagonal = make_trace(specification(model, maps), folder.path(), &warnings);
  CHECK(diagonal.maps[0].nnz() == 18);
  CHECK(warnings.empty());
  for (std::uint8_t& entry : kept) entry = 0;
  kept[0] = 1;
  write_npy(folder / "m.npy", kept, {1, 3, 6, 6});
  maps.erase("polarity");
  const Trace full = make_trace(specification(model, maps), folder.path(), &warnings);
  CHECK(full.maps[0].nnz() == 3 * 6 * 6 - 1);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("m.npy: 99.1 % of the entries are kept") != std::string::npos);
  maps["polarity"] = "sideways";
  CHECK(error_of(specification(model, maps), folder.path()) ==
        "/maps/polarity: expected one of [\"pruned\", \"kept\"], found \"sideways\"");
}

TEST_CASE("Maps that no run could hold are refused before they are made") {
  Json model = small_model_json();
  model["groups"].erase(1);
  model["groups"][0]["query_grid"] = model["groups"][0]["key_grid"] = {128, 128};
  model["groups"][0]["num_blocks"] = 12;
  // 36 heads of 2^28 entries: 9.66e9, of which a twentieth are 4.83e8.
  const auto generated = [](double sparsity) {
    return Json{{"kind", "generated"}, {"sparsity", sparsity}, {"seed", 1}};
  };
  CHECK(error_of(specification(model, dense())) ==
        "/maps: 9.66e+09 entries of the maps to hold; expected at most 2^30");
  Json wide = model;
  wide["groups"][0]["query_grid"] = {1, 1};
  wide["groups"][0]["key_grid"] = {2048, 129};
  CHECK(error_of(specification(wide, generated(0.9))) ==
        "/maps/kind: 264192 key patches in \"blocks\"; expected at most 2^18 for generated maps");
  Json tall = model;
  tall["groups"][0]["query_grid"] = {2048, 2048};  // 36 x 2^22 rows of three keys
  tall["groups"][0]["key_grid"] = {1, 3};
  CHECK(error_of(specification(tall, generated(0.3))) ==
        "/maps/kind: 1.51e+08 rows of all heads; expected at most 2^26 for generated maps");
  CHECK(error_of(specification(model, generated(0.5))) ==
        "/maps/sparsity: 4.83e+09 entries of the maps to hold; expected at most 2^30");
}

TEST_CASE("The provenance names the model's shapes and every choice, and no host path") {
  const Json spec =
      specification("deit-tiny", {{"kind", "generated"}, {"sparsity", 0.9}, {"seed", 4}});
  const Json provenance = parse_json(make_trace(spec, "/some/folder").provenance, "provenance");
  CHECK(provenance["model"]["groups"][0]["heads"] == 3);
  CHECK(provenance["maps"]["sparsity"] == 0.9);
  CHECK(provenance["auto_encoder"] == true);
  CHECK(provenance["values"]["seed"] == 0);
  CHECK(provenance.dump().find("/some") == std::string::npos);
}

TEST_CASE("Wrong specifications get one line with the place") {
  const Json good = specification("deit-tiny", dense());
  const auto changed = [&good](const char* pointer, const Json& value) {
    Json json = good;
    json[Json::json_pointer(pointer)] = value;
    return error_of(json);
  };
  CHECK(error_of(good) == "no error");
  CHECK(changed("/model", "deit-huge") ==
        "/model: no model named \"deit-huge\"; expected one of clip-vit-large-14-336, deit-base, "
        "deit-base-distilled, deit-small, deit-small-distilled, deit-tiny, deit-tiny-distilled, "
        "iret-small, iret-tiny, levit-128, levit-128s, levit-192, levit-256, strided-transformer, "
        "strided-transformer-27, "
        "vit-base-16, vittm-base, vittm-base-64, vittm-small, vittm-small-64, vittm-tiny, or the "
        "name of a .json file");
  CHECK(changed("/model", 3) == "/model: expected a string, found 3");
  CHECK(changed("/model", "none.json") == "./none.json: cannot read: No such file or directory");
  CHECK(changed("/model", Json::object()) == "/model/name: required key is missing");
  CHECK(changed("/scope", "whole") ==
        "/scope: expected one of [\"attention\", \"model\"], found \"whole\"");
  CHECK(changed("/token", Json::object())
            .starts_with("/token: unknown key; expected one of [\"model\", "));
  CHECK(changed("/speed", 1).starts_with("/speed: unknown key; expected one of [\"model\", "));
  CHECK(changed("/maps/kind", "random") ==
        "/maps/kind: expected one of [\"generated\", \"masks\", \"attention\", \"dense\"], found "
        "\"random\"");
  CHECK(changed("/maps", {{"sparsity", 0.5}}) == "/maps/kind: required key is missing");
  CHECK(changed("/maps/seed", 1) == "/maps/seed: unknown key; expected one of [\"kind\"]");
  CHECK(changed("/maps", {{"kind", "generated"}, {"sparsity", 0.9}}) ==
        "/maps/seed: required key is missing");
  CHECK(changed("/maps", {{"kind", "generated"}, {"sparsity", 1.5}, {"seed", 1}}) ==
        "/maps/sparsity: 1.5 is out of range [0, 1]");
  CHECK(changed("/maps", {{"kind", "generated"}, {"sparsity", 0.99}, {"seed", 1}}) ==
        "/maps/sparsity: 0.99 is out of reach for deit-tiny; expected at most 0.984823");
  CHECK(changed("/maps", {{"kind", "masks"}, {"files", {"a.npy", "b.npy"}}}) ==
        "/maps/files: 2 files for the 1 group of deit-tiny");
  CHECK(changed("/maps", {{"kind", "masks"}, {"files", {"none.npy"}}}) ==
        "./none.npy: cannot read: No such file or directory");
  CHECK(changed("/polarization", Json::object()) ==
        "/polarization/theta_d: expected theta_d or theta_d_fraction");
  CHECK(changed("/polarization", {{"theta_d", 1}, {"theta_d_fraction", 0.5}}) ==
        "/polarization/theta_d: theta_d and theta_d_fraction exclude each other");
  CHECK(changed("/polarization", {{"theta_d", -1}}).starts_with("/polarization/theta_d: -1 is"));
  CHECK(changed("/auto_encoder", 1) == "/auto_encoder: expected true or false, found 1");
  CHECK(changed("/values", Json::object()) == "/values/seed: required key is missing");
  CHECK(changed("/layers", Json::array()) == "/layers: expected at least 1 element, found 0");
  CHECK(changed("/layers", {3, 3}) == "/layers: expected layers in ascending order");
  CHECK(changed("/layers", {3, 12}) ==
        "/layers: 12 is not a layer of deit-tiny; expected less than 12");
  Json json = good;
  json.erase("scope");
  CHECK(error_of(json) == "/scope: required key is missing");
}

}  // namespace
}  // namespace vitcod::make_trace_test
