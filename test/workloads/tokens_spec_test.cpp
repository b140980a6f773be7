// SPDX-License-Identifier: Apache-2.0
#include "workloads/tokens_spec.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"
#include "test/workloads/iret_fixtures.hpp"
#include "workloads/config_dir.hpp"

namespace vitcod::tokens_spec_test {
namespace {

using test::attention_queries;
using test::specification;
using test::top_k;

/// The error of the tokens with some keys changed; null removes a key.
std::string error_with(const Json& changes, const char* scope = "attention",
                       const Json& model = "iret-tiny") {
  Json spec = specification(model, scope, top_k());
  spec["tokens"].merge_patch(changes);
  try {
    make_trace(spec, ".");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("Wrong schedules of tokens get one line each") {
  CHECK(error_with({{"kind", "iron"}}) ==
        "/tokens/kind: expected one of [\"iret\", \"dynamicvit\", \"evit\", \"tome\", "
        "\"hired\"], found \"iron\"");
  CHECK(error_with({{"keep_ratio", 1.1}}) == "/tokens/keep_ratio: 1.1 is out of range [0, 1]");
  CHECK(error_with({{"keep_ratio", 0.1}}) ==
        "/tokens/keep_ratio: 0 patches are left of 1 at boundary 9; expected 1 to 1");
  const auto counts = [](const Json& numbers) {
    return error_with({{"keep_ratio", nullptr}, {"keep_patches", numbers}});
  };
  CHECK(counts({197, 96, 67}) ==
        "/tokens/keep_patches: 197 patches are left of 196 at boundary 3; expected 1 to 196");
  CHECK(counts({137, 138, 67}) ==
        "/tokens/keep_patches: 138 patches are left of 137 at boundary 6; expected 1 to 137");
  CHECK(counts({137, 96}) == "/tokens/keep_patches: 2 numbers for 3 boundaries");
  CHECK(error_with({{"keep_ratio", nullptr}}) ==
        "/tokens/threshold: expected one of threshold, keep_ratio and keep_patches, found 0");
  CHECK(error_with({{"threshold", 0.7}}) ==
        "/tokens/threshold: expected one of threshold, keep_ratio and keep_patches, found 2");
  CHECK(error_with({{"boundaries", {3, 3}}}) ==
        "/tokens/boundaries: expected them in ascending order");
  CHECK(error_with({{"boundaries", {3, 6, 12}}}) ==
        "/tokens/boundaries: 12 is not between two layers of iret-tiny; expected 1 to 11");
  CHECK(error_with({{"boundaries", {0, 3}}}) ==
        "/tokens/boundaries: 0 is not between two layers of iret-tiny; expected 1 to 11");
  CHECK(error_with({{"threshold", 50.0}, {"keep_ratio", nullptr}}) ==
        "/tokens/threshold: 50 leaves none of 196 patches at boundary 3");
  const auto exit_at = [](const Json& boundaries) {
    return error_with({{"exits", {{"confidence", 0.5}, {"boundaries", boundaries}}}}, "model");
  };
  CHECK(exit_at({3, 12}) ==
        "/tokens/exits/boundaries: 12 is behind the last layer of iret-tiny, which ends in a "
        "classifier");
  CHECK(exit_at({4}) == "/tokens/exits/boundaries: 4 is not one of the boundaries 3, 6, 9");
  CHECK(exit_at({6, 3}) == "/tokens/exits/boundaries: expected them in ascending order");
  CHECK(error_with({{"exits", {{"confidence", 0.5}}}}) ==
        "/tokens/exits: scope \"attention\" has no classes; expected none");
  CHECK(error_with({{"exits", {{"confidence", 1.5}}}}) ==
        "/tokens/exits/confidence: 1.5 is out of range [0, 1]");
}

TEST_CASE("How many columns are denser is not left to a compiler where tokens are dropped") {
  Json spec = specification("iret-tiny", "attention", top_k());
  spec["polarization"] = {{"theta_d", "auto"}};
  CHECK_THROWS_WITH(make_trace(spec, "."),
                    "/polarization: expected a number for theta_d beside token dropping");
}

TEST_CASE("Schedules of tokens and models that do not go together get one line each") {
  CHECK(error_with({{"boundaries", {3, 6}}}, "model") ==
        "/tokens/boundaries: iret-tiny grows before layer 9; expected a boundary there");
  CHECK(error_with(Json::object(), "model", "deit-tiny") ==
        "/model: deit-tiny does not grow its embedding; tokens of kind \"iret\" in scope \"model\" "
        "need a model with growth_level, such as iret-tiny");
  CHECK(error_with(Json::object(), "attention", "levit-128") ==
        "/tokens: levit-128 has no class token, by whose attention tokens are selected");
  Json shrinking = read_json_file(find_config_dir() / "models" / "deit-tiny.json");
  shrinking["groups"].push_back(shrinking["groups"][0]);
  shrinking["groups"][1].merge_patch({{"name", "small"}, {"query_grid", {7, 7}}});
  CHECK(error_with(Json::object(), "attention", shrinking) ==
        "/tokens: \"small\" of deit-tiny changes the number of patches itself");
  Json spec = specification("iret-tiny", "model", top_k());
  spec.erase("tokens");
  const auto error_of = [](const Json& json) -> std::string {
    try {
      make_trace(json, ".");
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  };
  CHECK(error_of(spec) ==
        "/tokens: is missing; the embedding of iret-tiny grows where tokens are selected (a "
        "keep_ratio of 1 keeps all)");
  Json some = specification("iret-tiny", "attention", top_k());
  some["layers"] = {0, 1, 2, 3};
  CHECK(attention_queries(make_trace(some, ".")) == std::vector<std::uint32_t>{197, 197, 197, 138});
  some["layers"] = {3, 4};
  CHECK(error_of(some) ==
        "/layers: expected the first layers, none left out, with a schedule of tokens");
}

TEST_CASE("Published schedules go with models that do not grow, and have a ratio alone") {
  Json evit = {{"kind", "evit"}, {"keep_ratio", 0.7}};
  CHECK(error_with(evit, "model") ==
        "/tokens/kind: the embedding of iret-tiny grows; expected \"iret\"");
  evit["threshold"] = 0.7;
  CHECK(error_with(evit) ==
        "/tokens/threshold: unknown key; expected one of [\"kind\", \"fuse\", \"boundaries\", "
        "\"keep_ratio\", \"seed\", \"masks\"]");
  evit["threshold"] = nullptr;
  evit["keep_ratio"] = nullptr;
  CHECK(error_with(evit) == "/tokens/keep_ratio: required key is missing");
  Json narrow = read_json_file(find_config_dir() / "models" / "deit-tiny.json");
  narrow["activation"] = "hardswish";
  CHECK(error_with({{"kind", "dynamicvit"}}, "model", narrow) ==
        "/tokens: the residual stream of deit-tiny has 8 bits; expected one of 16, as \"gelu\" and "
        "\"relu\" have");
}

TEST_CASE("Models whose embedding grows fit together") {
  const auto error_of = [](const std::string& pointer, const Json& value) -> std::string {
    Json model = read_json_file(find_config_dir() / "models" / "iret-tiny.json");
    model[Json::json_pointer(pointer)] = value;
    try {
      make_trace(specification(model, "model", top_k()), ".");
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  };
  const std::string whole = "; scope \"model\" needs all that lies around the attention blocks";
  REQUIRE(error_of("/classes", 10) == "no error");
  CHECK(error_of("/groups/0/growth_level", 1) ==
        "/model: iret-tiny: growth_level: the first group has no other before it" + whole);
  CHECK(error_of("/patch_samples", nullptr) ==
        "/model: iret-tiny: patch_samples: is missing, and groups grow" + whole);
  CHECK(error_of("/patch_samples/side", 32) ==
        "/model: iret-tiny: patch_samples: 32 x 32 samples of 3 channels, 2 times halved, are not "
        "the patches that the stem embeds" +
            whole);
  CHECK(error_of("/groups/1/growth_level", nullptr) ==
        "/model: iret-tiny: groups: \"stage0\" leaves 14 x 14 patches of 64 channels, and "
        "\"stage1\" takes 14 x 14 of 96" +
            whole);
  CHECK(error_of("/groups/1/growth_level", 17) ==
        "/model/groups/1/growth_level: 17 is out of range [1, 16]");
  Json still = read_json_file(find_config_dir() / "models" / "deit-tiny.json");
  still["patch_samples"] = {{"side", 16}, {"channels", 3}};
  CHECK_THROWS_WITH(make_trace(specification(still, "model", top_k()), "."),
                    "/model: deit-tiny: patch_samples: no group grows" + whole);
}

}  // namespace
}  // namespace vitcod::tokens_spec_test
