// SPDX-License-Identifier: Apache-2.0
#include "workloads/model_config.hpp"

#include <stdlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "test/support/temp_folder.hpp"
#include "workloads/config_dir.hpp"

namespace vitcod {
namespace {

using Catch::Matchers::Message;

/// Multiply-accumulates of the whole model, from its shapes.
struct Macs {
  double conv = 0, linear = 0, attention = 0;
};

Macs count_macs(const ModelConfig& model) {
  Macs macs;
  double side = model.image_size;
  for (const StemLayer& layer : model.stem) {
    side /= layer.stride;
    macs.conv += side * side * layer.kernel * layer.kernel * layer.in_channels * layer.out_channels;
  }
  for (const AttentionGroup& g : model.groups) {
    const double queries = model.num_queries(g), keys = model.num_keys(g);
    const double qk = double(g.heads) * g.key_dim, v = double(g.heads) * g.value_dim;
    macs.attention += g.num_blocks * queries * keys * (qk + v);
    macs.linear += g.num_blocks *
                   (queries * g.width_in * qk + keys * g.width_in * (qk + v) +
                    queries * v * g.width_out + 2 * queries * double(g.width_out) * g.mlp_hidden);
  }
  macs.linear += double(model.classes) * model.groups.back().width_out;
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

TEST_CASE("Tokens are the patches of the grid and the class token") {
  const ModelConfig tiny = load_model("deit-tiny");
  CHECK(tiny.num_queries(tiny.groups[0]) == 197);
  const ModelConfig levit = load_model("levit-256");
  CHECK(levit.num_queries(levit.groups[1]) == 49);
  CHECK(levit.num_keys(levit.groups[1]) == 196);
  CHECK(levit.num_queries(levit.groups[3]) == 16);
  CHECK(levit.num_keys(levit.groups[3]) == 49);
}

TEST_CASE("A model written as JSON is read back the same") {
  for (const char* name :
       {"deit-tiny", "deit-small", "deit-base", "levit-128", "levit-192", "levit-256"}) {
    const Json json = to_json(load_model(name));
    CHECK(to_json(read_config<ModelConfig>(json)) == json);
    CHECK(json == read_json_file(find_config_dir() / "models" / (std::string(name) + ".json")));
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
  CHECK(error_of("/groups/0/key_grid", {4096, 4096}) ==
        "/groups: 1.19e+11 entries in the attention maps; expected at most 2^30");
  Json twice = to_json(load_model("deit-tiny"))["groups"][0];
  CHECK(error_of("/groups", {twice, twice}) == "/groups: two groups are named \"layers\"");
  CHECK(error_of("/width", 3) ==
        "/width: unknown key; expected one of [\"name\", \"source\", \"cls\", \"image_size\", "
        "\"stem\", \"activation\", \"classes\", \"groups\"]");
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
    CHECK(load_model("deit-tiny").name == "deit-tiny");  // a folder without models/ adds none
    std::filesystem::create_directory(folder / "models");
    write_file_atomically(folder / "models" / "bad.json", "{\"name\": \"bad\"}");
    CHECK_THROWS_MATCHES(load_model("bad"), FileError,
                         Message("models/bad.json: /source: required key is missing"));
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
}  // namespace vitcod
