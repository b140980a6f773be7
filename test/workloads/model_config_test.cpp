// SPDX-License-Identifier: Apache-2.0
#include "workloads/model_config.hpp"

#include <stdlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"
#include "workloads/config_dir.hpp"
#include "workloads/workload_spec.hpp"

namespace vitcod::model_config_test {
namespace {

using Catch::Matchers::Message;

/// Multiply-accumulates of the whole model, from its shapes.
struct Macs {
  double conv = 0, linear = 0, attention = 0;
};

Macs count_macs(const ModelConfig& model) {
  Macs macs;
  double side = model.image_size.value();
  for (const StemLayer& layer : model.stem) {
    side /= layer.stride;
    macs.conv += side * side * layer.kernel * layer.kernel * layer.in_channels * layer.out_channels;
  }
  for (const AttentionGroup& g : model.groups) {
    const double queries = model.num_queries(g), keys = model.num_keys(g);
    const double qk = double(g.heads) * g.key_dim, v = double(g.heads) * g.value_dim;
    macs.attention += g.num_blocks * queries * keys * (qk + v);
    const double in = g.width_in.value(), out = g.width_out.value(), hidden = g.mlp_hidden.value();
    macs.linear += g.num_blocks * (queries * in * qk + keys * in * (qk + v) + queries * v * out +
                                   2 * queries * out * hidden);
  }
  macs.linear += double(model.classes.value()) * model.groups.back().width_out.value();
  return macs;
}

// The survey's tables 9.1 and 9.2, which were counted from the authors' model code.
TEST_CASE("The shipped DeiT shapes have the published numbers of operations") {
  struct Row {
    const char* name;
    double attention, total;  // G MAC
  };
  for (const Row& row : {Row{"deit-tiny", 0.179, 1.25}, Row{"deit-small", 0.358, 4.60},
                         Row{"deit-base", 0.715, 17.56}}) {
    CAPTURE(row.name);
    const Macs macs = count_macs(load_model(row.name));
    CHECK(macs.attention / 1e9 == Approx(row.attention).margin(5e-4));
    CHECK((macs.conv + macs.linear + macs.attention) / 1e9 == Approx(row.total).margin(0.01));
  }
}

TEST_CASE("The shipped LeViT shapes have the published numbers of operations") {
  struct Row {
    const char* name;
    double conv, linear, attention;  // M MAC
  };
  for (const Row& row : {Row{"levit-128", 48.8, 314.9, 40.9}, Row{"levit-192", 105.7, 490.8, 59.8},
                         Row{"levit-256", 184.2, 862.9, 79.1}}) {
    CAPTURE(row.name);
    const Macs macs = count_macs(load_model(row.name));
    CHECK(macs.conv / 1e6 == Approx(row.conv).margin(0.06));
    CHECK(macs.linear / 1e6 == Approx(row.linear).epsilon(0.004));
    CHECK(macs.attention / 1e6 == Approx(row.attention).margin(0.06));
  }
}

TEST_CASE(
    "The auto-encoder keeps half the heads, with the authors' exceptions, none to subsample") {
  const auto heads = [](const char* name) {
    std::vector<std::uint32_t> compressed;
    for (const AttentionGroup& group : load_model(name).groups) {
      compressed.push_back(group.auto_encoder_heads);
    }
    return compressed;
  };
  using List = std::vector<std::uint32_t>;
  CHECK(heads("deit-tiny") == List{2});
  CHECK(heads("deit-small") == List{3});
  CHECK(heads("deit-base") == List{6});
  CHECK(heads("levit-128") == List{2, 0, 4, 0, 6});
  CHECK(heads("levit-192") == List{2, 0, 3, 0, 4});
  CHECK(heads("levit-256") == List{2, 0, 4, 0, 4});
}

TEST_CASE("Attention blocks are numbered within their group, single ones go by its name") {
  const auto tiny = attention_blocks(load_model("deit-tiny"));
  REQUIRE(tiny.size() == 12);
  CHECK(tiny[3].name == "layer3");
  const auto levit = attention_blocks(load_model("levit-128"));
  REQUIRE(levit.size() == 14);
  CHECK(levit[2].name == "stage0/2");
  CHECK(levit[4].name == "subsample0");
  CHECK(levit[9].name == "subsample1");
  CHECK(levit[13].name == "stage2/3");
  CHECK(levit[13].group == 4);
  CHECK(levit[13].index_in_group == 3);
}

TEST_CASE("Tokens are the patches of the grid and the prefix tokens") {
  const ModelConfig tiny = load_model("deit-tiny");
  CHECK(tiny.num_queries(tiny.groups[0]) == 197);
  const ModelConfig levit = load_model("levit-256");
  CHECK(levit.num_queries(levit.groups[1]) == 49);
  CHECK(levit.num_keys(levit.groups[1]) == 196);
  CHECK(levit.num_queries(levit.groups[3]) == 16);
  CHECK(levit.num_keys(levit.groups[3]) == 49);
  ModelConfig distilled = load_model("deit-small");
  distilled.prefix_tokens = 2;  // a class and a distillation token
  CHECK(distilled.num_queries(distilled.groups[0]) == 198);
  CHECK(distilled.num_keys(distilled.groups[0]) == 198);
}

/// The keys that attention scope needs, and no others.
Json bare_model() {
  return {{"name", "bare"},
          {"prefix_tokens", 1},
          {"groups", Json::array({{{"name", "layers"},
                                   {"num_blocks", 6},
                                   {"heads", 4},
                                   {"query_grid", {7, 7}},
                                   {"key_grid", {7, 7}},
                                   {"key_dim", 32},
                                   {"value_dim", 32}}})}};
}

TEST_CASE("A model needs no more keys than its attention blocks do") {
  const auto model = read_config<ModelConfig>(bare_model());
  CHECK(model.num_keys(model.groups[0]) == 50);
  CHECK(model.groups[0].auto_encoder_heads == 0);
  CHECK(!model.groups[0].width_in);
  CHECK(!model.image_size);
  CHECK(model.stem.empty());
  // What is absent stays absent, but for the auto-encoder, whose absence is a number.
  Json expected = bare_model();
  expected["groups"][0]["auto_encoder_heads"] = 0;
  CHECK(to_json(model) == expected);
  for (const char* key : {"name", "prefix_tokens", "groups"}) {
    Json json = bare_model();
    json.erase(key);
    CHECK_THROWS_MATCHES(read_config<ModelConfig>(json), ConfigError,
                         Message("/" + std::string(key) + ": required key is missing"));
  }
}

TEST_CASE("A model in a file of its own is read as one in the configs folder is") {
  const test::TempFolder folder;
  write_file_atomically(folder / "bare.json", bare_model().dump());
  CHECK(to_json(read_model_file(folder / "bare.json")) ==
        to_json(read_config<ModelConfig>(bare_model())));
  CHECK(is_model_file("bare.json"));
  CHECK(is_model_file("models/bare"));
  CHECK(!is_model_file("deit-tiny"));
  write_file_atomically(folder / "bad.json", "{\"name\": \"bad\"}");
  CHECK_THROWS_MATCHES(
      read_model_file(folder / "bad.json"), FileError,
      Message((folder / "bad.json").string() + ": /prefix_tokens: required key is missing"));
}

TEST_CASE("A model written as JSON is read back the same") {
  for (const std::string& name : config_names("models")) {
    const Json json = to_json(load_model(name));
    CHECK(to_json(read_config<ModelConfig>(json)) == json);
    CHECK(json == read_json_file(find_config_dir() / "models" / (name + ".json")));
  }
}

/// The error that a change of the DeiT-Tiny document gives.
std::string error_of(const std::string& pointer, const Json& value) {
  Json json = to_json(load_model("deit-tiny"));
  json[Json::json_pointer(pointer)] = value;
  try {
    read_config<ModelConfig>(json);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("Wrong models get one line with the place") {
  CHECK(error_of("/groups/0/heads", 0) == "/groups/0/heads: 0 is out of range [1, 65536]");
  CHECK(error_of("/groups/0/auto_encoder_heads", 4) ==
        "/groups/0/auto_encoder_heads: 4 is more than the 3 heads");
  CHECK(error_of("/groups/0/query_grid", Json{14}) ==
        "/groups/0/query_grid: expected 2 elements, found 1");
  CHECK(error_of("/groups/0/name", "a/b") == "/groups/0/name: expected a name without \"/\"");
  CHECK(error_of("/groups", Json::array()) == "/groups: expected at least 1 element, found 0");
  // 197 x (4096 x 4096 + 1)
  CHECK(error_of("/groups/0/key_grid", {4096, 4096}) ==
        "/groups: 3305111749 entries in a head's map of \"layers\"; expected at most 2^31");
  // 3 x 12 x 197 x 4 x 10^6 entries are within bounds; a thousand times the blocks are not.
  CHECK(error_of("/groups/0/key_grid", {2000, 2000}) ==
        "/groups: 2.84e+10 entries in the attention maps; expected at most 2^34");
  CHECK(error_of("/groups/0/num_blocks", 65536) == "no error");
  Json many = to_json(load_model("deit-tiny"))["groups"];
  many[0]["num_blocks"] = 65536;
  many[0]["heads"] = 65536;
  CHECK(error_of("/groups", many) ==
        "/groups: 4294967296 heads in all blocks; expected at most 2^18");
  CHECK(error_of("/prefix_tokens", 4097) == "/prefix_tokens: 4097 is out of range [0, 4096]");
  CHECK(error_of("/prefix_tokens", true) == "/prefix_tokens: expected an integer, found true");
  Json twice = to_json(load_model("deit-tiny"))["groups"][0];
  CHECK(error_of("/groups", {twice, twice}) == "/groups: two groups are named \"layers\"");
  CHECK(error_of("/width", 3) ==
        "/width: unknown key; expected one of [\"name\", \"source\", \"prefix_tokens\", "
        "\"image_size\", \"stem\", \"patch_samples\", \"memory\", \"activation\", \"pre_norm\", "
        "\"classes\", "
        "\"classifiers\", "
        "\"groups\"]");
}

/// The names in backticks in the first column of the tables below a heading of a page.
std::set<std::string> keys_on_page(const char* page, const std::string& heading) {
  std::istringstream text(read_file(std::filesystem::path(test::source_dir()) / page));
  std::set<std::string> keys;
  bool is_below = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("## ")) is_below = line == heading;
    if (!is_below || !line.starts_with("| `")) continue;
    const std::string column = line.substr(0, line.find(" | "));
    for (std::size_t at = column.find('`'); at != std::string::npos; at = column.find('`', at)) {
      const std::size_t end = column.find('`', at + 1);
      keys.insert(column.substr(at + 1, end - at - 1));
      at = end + 1;
    }
  }
  return keys;
}

TEST_CASE("The page of models has every key that a model's file takes, and no other") {
  Json schema;
  describe_config<ModelConfig>(schema);
  std::set<std::string> keys;
  for (const auto& [key, value] : schema["properties"].items()) keys.insert(key);
  const Json& group = schema["properties"]["groups"]["items"]["properties"];
  for (const auto& [key, value] : group.items()) keys.insert("groups/" + key);
  for (const char* not_ours : {"$schema", "groups/$schema"}) keys.erase(not_ours);
  CHECK(keys_on_page("configs/README.md", "## Models") == keys);
}

TEST_CASE("The page of workloads has every key of a specification, and no other") {
  Json schema;
  describe_config<WorkloadSpec>(schema);
  std::set<std::string> keys;
  for (const auto& [key, value] : schema["properties"].items()) {
    if (key != "maps" && key != "values") keys.insert(key);
  }
  keys.insert("values/seed");
  const Json& maps = schema["properties"]["maps"];
  for (const auto& [key, value] : maps["properties"].items()) keys.insert("maps/" + key);
  for (const Json& choice : maps["allOf"]) {
    for (const auto& [key, value] : choice["then"]["properties"].items())
      keys.insert("maps/" + key);
  }
  for (const char* not_ours : {"$schema", "maps/$schema"}) keys.erase(not_ours);
  CHECK(keys_on_page("workloads/README.md", "## Specification") == keys);
}

/// Sets VITCOD_CONFIG_DIR for one scope.
class ConfigDirSetting {
 public:
  explicit ConfigDirSetting(const std::string& value) {
    const char* old = std::getenv("VITCOD_CONFIG_DIR");
    if (old != nullptr) old_ = old;
    ::setenv("VITCOD_CONFIG_DIR", value.c_str(), 1);
  }
  ~ConfigDirSetting() {
    if (old_.empty()) {
      ::unsetenv("VITCOD_CONFIG_DIR");
    } else {
      ::setenv("VITCOD_CONFIG_DIR", old_.c_str(), 1);
    }
  }
  ConfigDirSetting(const ConfigDirSetting&) = delete;
  ConfigDirSetting& operator=(const ConfigDirSetting&) = delete;

 private:
  std::string old_;
};

TEST_CASE("The environment's configs folder adds to the shipped one, and must be a folder") {
  const test::TempFolder folder;
  {
    const ConfigDirSetting setting(folder.path().string());
    CHECK_THROWS_AS(load_model("none"), UnknownModelError);
    CHECK_THROWS_WITH(load_model("none"),
                      Catch::Matchers::StartsWith("no model named \"none\"; expected one of "
                                                  "clip-vit-large-14-336, deit-base, "));
    CHECK(load_model("deit-tiny").name == "deit-tiny");  // a folder without models/ adds none
    std::filesystem::create_directory(folder / "models");
    write_file_atomically(folder / "models" / "bad.json", "{\"name\": \"bad\"}");
    CHECK_THROWS_MATCHES(load_model("bad"), FileError,
                         Message("models/bad.json: /prefix_tokens: required key is missing"));
    Json mine = to_json(load_model("deit-tiny"));
    mine["name"] = "mine";
    write_file_atomically(folder / "models" / "deit-tiny.json", mine.dump());
    CHECK(load_model("deit-tiny").name == "mine");
    CHECK(load_model("levit-128").name == "levit-128");
    const std::vector<std::string> names = config_names("models");
    CHECK(std::count(names.begin(), names.end(), "deit-tiny") == 1);
    CHECK(std::count(names.begin(), names.end(), "bad") == 1);
  }
  const ConfigDirSetting setting((folder / "none").string());
  CHECK_THROWS_MATCHES(load_model("deit-tiny"), FileError,
                       Message((folder / "none").string() + ": VITCOD_CONFIG_DIR is not a folder"));
}

}  // namespace
}  // namespace vitcod::model_config_test
