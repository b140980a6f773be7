// SPDX-License-Identifier: Apache-2.0
#include "workloads/generator/map_generator.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "sim/base/errors.hpp"
#include "sim/base/sha256.hpp"
#include "test/workloads/map_statistics.hpp"
#include "test/workloads/workload_fixtures.hpp"
#include "workloads/map_files.hpp"

namespace vitcod::map_generator_test {
namespace {

/// Sparsity of the published mask: 74,399 of 1,397,124 entries kept.
constexpr double kPublishedSparsity = 1.0 - 74399.0 / 1397124.0;

struct Count {
  std::uint64_t kept = 0, all = 0;
};

Count count(const std::vector<HeadMaps>& maps) {
  Count count;
  for (const HeadMaps& heads : maps) {
    for (const KeptMap& map : heads) {
      const std::vector<std::uint8_t> bytes = map.bytes();
      for (const std::uint8_t kept : bytes) count.kept += kept;
      count.all += bytes.size();
    }
  }
  return count;
}

std::uint32_t kept_in_row(const KeptMap& map, std::uint32_t query) {
  std::uint32_t kept = 0;
  map.for_each_kept(query, [&kept](std::uint32_t) { ++kept; });
  return kept;
}

bool is_near(double value, double low, double high, double tolerance) {
  return value >= low * (1.0 - tolerance) && value <= high * (1.0 + tolerance);
}

// Table 8.4 of the survey, column "generator, 3 seeds": the figures of the generator that the head
// library was fitted with. Tolerances: 3% on sums of many entries, 6% on quantiles and on figures
// that depend on where few columns fall.
TEST_CASE("Generated DeiT-Tiny maps have the statistics of the fitted generator") {
  const ModelConfig model = load_model("deit-tiny");
  const int real_globals[12] = {12, 3, 72, 3, 3, 24, 19, 3, 7, 17, 31, 80};
  for (const std::uint64_t seed : {31U, 32U, 33U, 34U, 35U}) {
    CAPTURE(seed);
    const auto s = test::map_statistics(test::generated_maps(model, kPublishedSparsity, seed));
    CHECK(s.density == Approx(0.05325).margin(1e-5));
    CHECK(is_near(s.num_globals(), 267, 270, 0.03));
    CHECK(is_near(s.global_share, 0.455, 0.458, 0.03));
    for (std::size_t layer = 0; layer < 12; ++layer) {
      CAPTURE(layer);
      CHECK(std::abs(s.globals_per_layer[layer] - real_globals[layer]) <= 4);
    }
    CHECK(is_near(s.row_mean, 9.54, 9.55, 0.005));
    CHECK(is_near(s.row_sd, 8.71, 8.71, 0.03));
    CHECK(s.row_max == 40);
    CHECK(s.column_quantile(0.25) == 2);
    CHECK(s.column_quantile(0.50) == 4);
    CHECK(is_near(s.column_quantile(0.75), 8, 8, 0.06));
    CHECK(std::abs(s.column_quantile(0.90) - 15) <= 1);
    CHECK(std::abs(s.column_quantile(0.95) - 29) <= 3);
    CHECK(is_near(s.column_quantile(0.99), 153, 153, 0.06));
    CHECK(is_near(s.jaccard, 0.39, 0.39, 0.03));
    CHECK(is_near(s.run_length, 1.55, 1.55, 0.03));
    CHECK(is_near(s.reuse4, 2.20, 2.20, 0.03));
    CHECK(is_near(s.reuse8, 2.88, 2.88, 0.03));
    CHECK(is_near(s.reuse16, 3.93, 3.93, 0.03));
    CHECK(is_near(s.tile_occupancy, 0.377, 0.386, 0.03));
    CHECK(is_near(s.tile_fill, 0.122, 0.126, 0.03));
    CHECK(is_near(s.head_imbalance, 1.62, 1.62, 0.005));
  }
}

TEST_CASE("Generated DeiT-Tiny maps have the real map's distance histograms") {
  const auto file = test::real_file("Generator distances", "deit-tiny/mask_95.npy");
  if (!file) return;
  const ModelConfig model = load_model("deit-tiny");
  const auto real =
      test::map_statistics(read_masks(*file, model, model.groups[0], MaskPolarity::kPruned).blocks);
  for (const std::uint64_t seed : {31U, 32U, 33U}) {
    CAPTURE(seed);
    const auto s = test::map_statistics(test::generated_maps(model, kPublishedSparsity, seed));
    // Table 8.4: .06 and .04 to .045.
    CHECK(test::total_variation(s.distance, real.distance) < 0.065);
    CHECK(test::total_variation(s.chebyshev, real.chebyshev) < 0.05);
  }
}

TEST_CASE("The number of kept entries is what the sparsity asks for, exactly") {
  for (const char* name : {"deit-tiny", "deit-small", "levit-128", "levit-192"}) {
    const ModelConfig model = load_model(name);
    for (const double sparsity : {0.0, 0.3, 0.5, 0.8, 0.9, 0.95, max_generated_sparsity(model)}) {
      if (sparsity > max_generated_sparsity(model)) continue;
      CAPTURE(name, sparsity);
      const Count c = count(test::generated_maps(model, sparsity, 5));
      CHECK(c.kept == static_cast<std::uint64_t>(
                          std::llround((1.0 - sparsity) * static_cast<double>(c.all))));
    }
  }
}

TEST_CASE("The highest sparsity leaves the class token and one entry a row, or two entries") {
  // 36 heads of 197 x 197: the class token's row and column are 393 entries, and 196 rows keep one.
  CHECK(max_generated_sparsity(load_model("deit-tiny")) ==
        Approx(1.0 - (393.0 + 196.0) / (197.0 * 197.0)).margin(1e-12));
  // 1 block of 2 heads on 2 x 3 patches: 6 rows keep 2 of 6.
  const ModelConfig model = test::small_model(1, 2, {2, 3}, 0);
  CHECK(max_generated_sparsity(model) == Approx(1.0 - 12.0 / 36.0).margin(1e-12));
  CHECK_THROWS_AS(test::generated_maps(model, 0.7, 1), ModelError);
}

TEST_CASE("Generated maps keep the class token whole and no row empty") {
  for (const char* name : {"deit-tiny", "levit-128"}) {
    const ModelConfig model = load_model(name);
    const auto maps = test::generated_maps(model, 0.9, 3);
    const auto blocks = attention_blocks(model);
    REQUIRE(maps.size() == blocks.size());
    for (std::size_t b = 0; b < maps.size(); ++b) {
      const AttentionGroup& group = model.groups[blocks[b].group];
      REQUIRE(maps[b].size() == group.heads);
      for (const KeptMap& map : maps[b]) {
        REQUIRE(map.num_queries() == model.num_queries(group));
        REQUIRE(map.num_keys() == model.num_keys(group));
        for (std::uint32_t query = 0; query < map.num_queries(); ++query) {
          REQUIRE(kept_in_row(map, query) >= 2);
          if (model.prefix_tokens > 0) REQUIRE(map.kept(query, 0));
        }
        if (model.prefix_tokens > 0) REQUIRE(kept_in_row(map, 0) == map.num_keys());
      }
    }
  }
}

TEST_CASE(
    "The rows and columns of every prefix token are whole, and the sparsity is met with them") {
  const ModelConfig model = test::small_model(2, 3, {6, 7}, 5);  // a class and four register tokens
  std::uint64_t kept = 0;
  for (const HeadMaps& heads : test::generated_maps(model, 0.7, 8)) {
    for (const KeptMap& map : heads) {
      REQUIRE(map.num_queries() == 47);
      for (std::uint32_t token = 0; token < 47; ++token) {
        REQUIRE(kept_in_row(map, token) >= 6);  // five prefix tokens and one patch
        for (std::uint32_t prefix = 0; prefix < 5; ++prefix) {
          REQUIRE(map.kept(token, prefix));
          REQUIRE(map.kept(prefix, token));
        }
        kept += kept_in_row(map, token);
      }
    }
  }
  CHECK(kept == 3976);  // three tenths of 6 x 47 x 47, rounded
  // 42 rows of one entry beside the prefix: 1 - (47^2 - 42^2 + 42) / 47^2.
  CHECK(max_generated_sparsity(model) == Approx(1.0 - (47.0 * 47 - 42.0 * 42 + 42) / (47.0 * 47)));
}

TEST_CASE("Heads differ in work as in the real map, for models of more heads as well") {
  for (const char* name : {"deit-small", "deit-base"}) {
    CAPTURE(name);
    const auto s = test::map_statistics(test::generated_maps(load_model(name), 0.9, 1));
    CHECK(s.density == Approx(0.1).margin(1e-5));
    CHECK(s.head_imbalance > 1.5);  // 1.62 on DeiT-Tiny; more heads, more extreme ones
    CHECK(s.num_globals() > 100);
  }
}

TEST_CASE("Maps depend on the seed alone") {
  const ModelConfig model = load_model("deit-tiny");
  const auto maps = test::generated_maps(model, 0.95, 1);
  CHECK(test::generated_maps(model, 0.95, 1) == maps);
  CHECK(test::generated_maps(model, 0.95, 2) != maps);
}

TEST_CASE("A block's maps do not depend on which other blocks are wanted") {
  const ModelConfig model = load_model("deit-tiny");
  const auto all = test::generated_maps(model, 0.9, 5);
  std::vector<bool> wanted(12, false);
  wanted[3] = wanted[11] = true;
  std::vector<std::pair<std::size_t, KeptMap>> taken;
  generate_maps(model, 0.9, 5, wanted, [&taken](std::size_t block, const KeptMap& map) {
    taken.emplace_back(block, map);
  });
  REQUIRE(taken.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(taken[i].first == (i < 3 ? 3U : 11U));
    CHECK(taken[i].second == all[taken[i].first][i % 3]);
  }
}

// Golden: what the generator gave when it was fitted (see the statistics above). The bits must not
// depend on host, compiler or optimisation; a change of the generator changes them on purpose.
TEST_CASE("The default workload's maps have the same bits everywhere") {
  std::string bytes;
  for (const HeadMaps& heads : test::generated_maps(load_model("deit-tiny"), 0.95, 1)) {
    for (const KeptMap& map : heads) {
      const std::vector<std::uint8_t> entries = map.bytes();
      bytes.append(entries.begin(), entries.end());
    }
  }
  CHECK(sha256_hex(bytes) == "0d1ac6d46b11b2955467537b82447e4352f5d98fdd25548ce705f93182db992d");
}

TEST_CASE("Odd models have maps too: one token, one row of patches, one head") {
  const ModelConfig one_token = test::small_model(1, 1, {1, 1}, 0);
  CHECK(count(test::generated_maps(one_token, 0.0, 1)).kept == 1);
  const ModelConfig one_patch = test::small_model(2, 1, {1, 1}, 1);
  CHECK(count(test::generated_maps(one_patch, 0.0, 1)).kept == 8);
  const ModelConfig sequence = test::small_model(3, 2, {1, 27}, 1);
  CHECK(count(test::generated_maps(sequence, 0.5, 1)).kept == 6 * 28 * 28 / 2);
  const ModelConfig flat = test::small_model(2, 5, {3, 11}, 0);
  CHECK(count(test::generated_maps(flat, 0.8, 1)).kept == 10 * 33 * 33 / 5);
}

}  // namespace
}  // namespace vitcod::map_generator_test
