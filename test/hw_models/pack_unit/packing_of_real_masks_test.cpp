// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <catch2/catch.hpp>

#include "hw_models/pack_unit/packed_pass.hpp"
#include "test/support/packed_tile.hpp"
#include "test/workloads/workload_fixtures.hpp"
#include "workloads/map_files.hpp"

namespace vitcod::test::packing_of_real_masks_test {

// How the published masks pack into sub-rows of 64-wide segments: expected are numbers measured
// apart from this program (NumPy), kept entries by places of sub-rows.

namespace {

struct Packing {
  double utilisation = 0.0;
  double sub_rows_a_head = 0.0;
};

Packing packing_of(const std::vector<HeadMaps>& blocks, std::uint32_t columns) {
  double entries = 0, sub_rows = 0, heads = 0;
  for (const HeadMaps& maps : blocks) {
    const TinyLayer tiny(maps, std::vector<std::uint32_t>(maps.size(), 0), 64, 64);
    const auto tile = packed_tile(tiny);
    heads += tile->num_heads;
    for (const PackingStep& step : pack(SegmentedMask(*tile, 64), PassShape{64, columns, 64}, 1)) {
      sub_rows += step.pass.num_sub_rows();
      for (const SubRow& sub_row : *step.pass.sub_rows) entries += std::popcount(sub_row.keys);
    }
  }
  return {entries / columns / sub_rows, sub_rows / heads};
}

}  // namespace

TEST_CASE("the DeiT-Tiny mask of 95 % packs as measured") {
  const auto file =
      real_file("the DeiT-Tiny mask of 95 % packs as measured", "deit-tiny/mask_95.npy");
  if (!file) return;
  const ModelConfig model = load_model("deit-tiny");
  const GroupMaps masks = read_masks(*file, model, model.groups[0], MaskPolarity::kPruned);
  const Packing of_16 = packing_of(masks.blocks, 16);
  CHECK(of_16.utilisation == Approx(0.261).margin(0.0005));
  CHECK(of_16.sub_rows_a_head == Approx(495).margin(0.5));
  const Packing of_8 = packing_of(masks.blocks, 8);
  CHECK(of_8.utilisation == Approx(0.454).margin(0.0005));
  CHECK(of_8.sub_rows_a_head == Approx(569).margin(0.5));
}

}  // namespace vitcod::test::packing_of_real_masks_test
