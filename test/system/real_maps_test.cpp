// SPDX-License-Identifier: Apache-2.0
// The ViTCoD authors' own maps through the whole machine. Absent files skip a test, by name.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/npy.hpp"
#include "test/system/result_checks.hpp"
#include "test/system/runs.hpp"
#include "test/workloads/workload_fixtures.hpp"

namespace vitcod::real_maps_test {
namespace {

const std::vector<std::string> kLevitGroups = {"stage0", "subsample0", "stage1", "subsample1",
                                               "stage2"};

/// Checks that hold for any run; returns the event-driven result.
Json checked_result(const RunConfig& run) {
  Json result = simulate(run, {});
  CHECK(result["values"]["mismatches"] == 0);
  CHECK(test::accounts_fault(result) == "");
  CHECK(test::floor_fault(result, test::machine_of(run), run.trace) == "");
  CHECK(test::stepped_result(run).dump() == result.dump());
  return result;
}

/// A run of LeViT-128 on the files of `folder`; nothing if one is absent.
std::optional<RunConfig> levit_run(const std::string& test, const std::string& folder,
                                   const Json& theta_p) {
  Json workload;
  workload["model"] = "levit-128";
  workload["scope"] = "attention";
  workload["maps"]["kind"] = theta_p.is_null() ? "masks" : "attention";
  for (const std::string& group : kLevitGroups) {
    const auto file = test::real_file(test, fmt::format("levit-128/{}/{}.npy", folder, group));
    if (!file) return std::nullopt;
    workload["maps"]["files"].push_back(std::filesystem::absolute(*file).string());
  }
  if (!theta_p.is_null()) workload["maps"]["theta_p"] = theta_p;
  workload["polarization"]["theta_d_fraction"] = 0.25;
  return test::default_run({"/workload=" + workload.dump()});
}

Json without_configuration(Json result) {
  for (const char* key : {"config", "config_sha256"}) result.erase(key);
  return result;
}

}  // namespace

TEST_CASE("the authors' DeiT-Tiny mask runs as 12 layers of 3 heads, each with its own mask") {
  const std::string test = "the authors' DeiT-Tiny mask runs";
  const auto mask = test::real_file(test, "deit-tiny/mask_95.npy");
  const auto globals = test::real_file(test, "deit-tiny/global_tokens_95.npy");
  if (!mask || !globals) return;
  Json workload;
  workload["model"] = "deit-tiny";
  workload["scope"] = "attention";
  workload["maps"] = {{"kind", "masks"}, {"files", {std::filesystem::absolute(*mask).string()}}};
  workload["polarization"]["theta_d"] = 50;
  const RunConfig run = test::default_run({"/workload=" + workload.dump()});
  const Json result = checked_result(run);

  CHECK(result["workload"]["layers"] == 12);
  for (const PolarizedMap& map : run.trace.maps) CHECK(map.heads.size() == 3);
  // From the files alone: kept entries of the mask (False = kept), global columns of the list.
  const NpyArray mask_file = read_npy(*mask);
  const NpyArray globals_file = read_npy(*globals);
  constexpr std::size_t kTokens = 197;
  constexpr std::uint64_t kFeatures = 64 + 64;
  std::uint64_t kept = 0;
  std::uint64_t products = 0;  // global columns in full, other columns where kept
  std::size_t num_heads = 0;
  for (const double count : globals_file.values<double>()) {
    const std::span<const std::uint8_t> head =
        mask_file.bools().subspan(num_heads++ * kTokens * kTokens, kTokens * kTokens);
    std::uint64_t num_globals = 0;
    for (std::size_t key = 0; key < kTokens; ++key) {
      std::uint64_t in_column = 0;
      for (std::size_t query = 0; query < kTokens; ++query) {
        in_column += head[query * kTokens + key] == 0 ? 1 : 0;
      }
      kept += in_column;
      num_globals += in_column > 50 ? 1 : 0;
      products += in_column > 50 ? kTokens : in_column;
    }
    CHECK(static_cast<double>(num_globals) == count);
  }
  CHECK(num_heads == 36);
  CHECK(kept == 74'399);  // data's README
  CHECK(result["workload"]["nnz"] == kept);
  CHECK(result["macs"]["attention"] == products * kFeatures);
}

TEST_CASE("the five groups of LeViT-128 run together, from maps and from masks alike") {
  const std::string test = "the five groups of LeViT-128 run together";
  const auto from_maps = levit_run(test, "attention", Json::array({0.46, 0.74, 0.50, 0.70, 0.92}));
  const auto from_masks = levit_run(test, "mask_90", nullptr);
  if (!from_maps || !from_masks) return;
  const Json result = checked_result(*from_maps);
  // 4 + 1 + 4 + 1 + 4 blocks; the share of pruned entries is 0.8951 of 793152 (data's README).
  CHECK(result["workload"]["layers"] == 14);
  CHECK(result["workload"]["nnz"].get<double>() / 793'152 == Approx(1 - 0.8951).margin(5e-5));
  CHECK(result["layers"][4]["name"] == "subsample0");
  CHECK(from_maps->trace.maps[4].num_queries == 49);
  CHECK(from_maps->trace.maps[4].num_keys == 196);
  // Weights of compressed groups alone: (h' x h + 4 h) bytes for Q and for K of each block.
  const std::uint64_t weights = 2 * (4 * (2 * 4 + 16) + 4 * (4 * 8 + 32) + 4 * (6 * 12 + 48));
  CHECK(result["traffic"]["weights"]["first_load"] == weights);
  CHECK(without_configuration(checked_result(*from_masks)) == without_configuration(result));
}

}  // namespace vitcod::real_maps_test
