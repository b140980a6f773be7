// SPDX-License-Identifier: Apache-2.0
// The ViTCoD authors' published masks and averaged attention maps. The files are not part of the
// project; where they are absent these tests are skipped by name.
#include <array>
#include <catch2/catch.hpp>
#include <cmath>

#include "sim/base/npy.hpp"
#include "test/workloads/map_statistics.hpp"
#include "test/workloads/workload_fixtures.hpp"
#include "workloads/map_files.hpp"
#include "workloads/polarization.hpp"

namespace vitcod::real_data_test {
namespace {

using test::real_file;

TEST_CASE("The published DeiT-Tiny mask has the published global tokens at theta_d 50") {
  const auto mask_file = real_file("DeiT-Tiny global tokens", "deit-tiny/mask_95.npy");
  const auto globals_file = real_file("DeiT-Tiny global tokens", "deit-tiny/global_tokens_95.npy");
  if (!mask_file || !globals_file) return;
  const ModelConfig model = load_model("deit-tiny");
  const GroupMaps maps = read_masks(*mask_file, model, model.groups[0], MaskPolarity::kPruned);
  const NpyArray globals = read_npy(*globals_file);
  const auto expected = globals.values<double>();
  REQUIRE(expected.size() == 36);
  std::uint64_t nnz = 0;
  for (std::size_t layer = 0; layer < 12; ++layer) {
    const PolarizedMap map = polarize_heads(maps.blocks[layer], 50);
    nnz += map.nnz();
    for (std::size_t head = 0; head < 3; ++head) {
      CAPTURE(layer, head);
      CHECK(map.heads[head].num_denser == expected[3 * layer + head]);
      CHECK(kept_map(map.heads[head], 197, 197) == maps.blocks[layer][head]);
    }
  }
  CHECK(nnz == 74399);  // the data's README
}

TEST_CASE("Pruning the LeViT-128 maps gives the published 90% masks in every entry") {
  const char* const groups[] = {"stage0", "subsample0", "stage1", "subsample1", "stage2"};
  const double theta_p[] = {0.46, 0.74, 0.50, 0.70, 0.92};
  const ModelConfig model = load_model("levit-128");
  for (std::size_t g = 0; g < 5; ++g) {
    CAPTURE(groups[g]);
    const std::string file = std::string(groups[g]) + ".npy";
    const auto attention = real_file("LeViT-128 pruning", "levit-128/attention/" + file);
    const auto mask = real_file("LeViT-128 pruning", "levit-128/mask_90/" + file);
    if (!attention || !mask) return;
    REQUIRE(model.groups[g].name == groups[g]);
    const GroupMaps made = read_and_prune_attention(*attention, model, model.groups[g], theta_p[g]);
    const GroupMaps published = read_masks(*mask, model, model.groups[g], MaskPolarity::kPruned);
    REQUIRE(made.blocks.size() == published.blocks.size());
    CHECK(made.blocks == published.blocks);
  }
}

TEST_CASE("The published DeiT-Tiny mask has the statistics the generator was fitted to") {
  const auto file = real_file("DeiT-Tiny statistics", "deit-tiny/mask_95.npy");
  if (!file) return;
  const ModelConfig model = load_model("deit-tiny");
  const auto s =
      test::map_statistics(read_masks(*file, model, model.groups[0], MaskPolarity::kPruned).blocks);
  // The column "real" of the survey's table 8.4, in its digits: this checks the yardstick itself.
  CHECK(s.density == Approx(0.0533).margin(5e-5));
  CHECK(s.num_globals() == 274);
  CHECK(s.global_share == Approx(0.464).margin(5e-4));
  CHECK(s.globals_per_layer == std::vector<int>{12, 3, 72, 3, 3, 24, 19, 3, 7, 17, 31, 80});
  CHECK(s.row_mean == Approx(9.54).margin(5e-3));
  CHECK(s.row_sd == Approx(8.76).margin(5e-3));
  CHECK(s.row_max == 40);
  CHECK(s.jaccard == Approx(0.433).margin(5e-4));
  CHECK(s.run_length == Approx(1.71).margin(5e-3));
  CHECK(s.reuse4 == Approx(2.34).margin(5e-3));
  CHECK(s.reuse8 == Approx(3.06).margin(5e-3));
  CHECK(s.reuse16 == Approx(4.15).margin(5e-3));
  CHECK(s.tile_occupancy == Approx(0.335).margin(5e-4));
  CHECK(s.tile_fill == Approx(0.138).margin(5e-4));
  CHECK(s.head_imbalance == Approx(1.62).margin(5e-3));
}

}  // namespace
}  // namespace vitcod::real_data_test
