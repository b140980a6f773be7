// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/packed_attention/packed_cut.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"
#include "test/support/tiny_layer.hpp"

namespace vitcod::test::packed_cut_test {
namespace {

PlanLimits limits_of(std::uint64_t input_bytes, std::uint64_t output_bytes,
                     std::uint64_t mask_bytes) {
  PlanLimits limits;
  limits.input_bytes = input_bytes;
  limits.output_bytes = output_bytes;
  limits.index_bytes = mask_bytes;
  limits.holding.input_bank_bytes = 64;
  limits.holding.output_bank_bytes = 64;
  return limits;
}

PackedArray array_of(PredictionMode prediction, std::uint32_t sums) {
  PackedArray array;
  array.prediction = prediction;
  array.array.config.segment_keys = 64;
  array.array.config.accumulator_rows = sums;
  return array;
}

/// 4 heads of 10 queries and 12 keys; Q and K have 16 features, V 8.
TinyLayer layer() {
  const Drawing drawing(10, "x..........x");
  return TinyLayer({{drawing, 0}, {drawing, 0}, {drawing, 0}, {drawing, 0}}, 16, 8);
}

std::vector<std::size_t> sizes_of(const std::vector<PackedCut>& cuts) {
  std::vector<std::size_t> sizes;
  sizes.reserve(cuts.size());
  for (const PackedCut& cut : cuts) sizes.push_back(cut.size());
  return sizes;
}

/// How often the tiles of a cut have each head and row.
std::vector<int> covered(const PackedCut& cut, const AttentionLayer& of) {
  std::vector<int> times(std::size_t{of.num_heads} * of.num_queries, 0);
  for (const PackedTile& tile : cut) {
    for (std::uint32_t h = 0; h < tile.tile->num_heads; ++h) {
      for (std::uint32_t r = 0; r < tile.tile->num_rows; ++r) {
        ++times[(tile.tile->first_head + h) * of.num_queries + tile.tile->first_row + r];
      }
    }
  }
  return times;
}

std::string lack_of(const PackedArray& array, const PlanLimits& limits) {
  const TinyLayer tiny = layer();
  try {
    packed_cuts(tiny.layer, array, limits);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a layer is cut into tiles of one head, two, and all that fit") {
  const TinyLayer tiny = layer();
  const PackedArray array = array_of(PredictionMode::kSerial, 40);
  const auto cuts = packed_cuts(tiny.layer, array, limits_of(4096, 4096, 4096));
  CHECK(sizes_of(cuts) == std::vector<std::size_t>{4, 2, 1});
  for (const PackedCut& cut : cuts) CHECK(covered(cut, tiny.layer) == std::vector<int>(40, 1));
  // A head: 10 rows of 16 bytes in 3 banks of 64, 12 in 3, 12 of 8 in 2; 80 bytes of rows in 2; ten
  // words of a mask.
  const PackedTile& tile = cuts[0][0];
  CHECK(tile.query_bytes == 192);
  CHECK(tile.key_bytes == 192);
  CHECK(tile.value_bytes == 128);
  CHECK(tile.output_bytes == 128);
  CHECK(tile.mask_bytes == 80);
  CHECK(tile.tile->num_sparse_entries(TileRow{0}) == 2);
  // Sums of 30 rows: three heads.
  CHECK(sizes_of(packed_cuts(tiny.layer, array_of(PredictionMode::kSerial, 39),
                             limits_of(4096, 4096, 4096))) == std::vector<std::size_t>{4, 2, 2});
}

TEST_CASE("the next tile's Q, K and mask have room where they are predicted meanwhile") {
  const TinyLayer tiny = layer();
  // Two heads take 320 + 384 + 192 bytes; with Q and K of two more, 1600.
  const auto cuts_with = [&](PredictionMode prediction, std::uint64_t input, std::uint64_t masks) {
    return sizes_of(
        packed_cuts(tiny.layer, array_of(prediction, 20), limits_of(input, 4096, masks)));
  };
  using Sizes = std::vector<std::size_t>;
  CHECK(cuts_with(PredictionMode::kSerial, 896, 160) == Sizes{4, 2});
  CHECK(cuts_with(PredictionMode::kOverlapped, 1600, 320) == Sizes{4, 2});
  CHECK(cuts_with(PredictionMode::kOverlapped, 1599, 320) == Sizes{4});
  CHECK(cuts_with(PredictionMode::kOverlapped, 1600, 319) == Sizes{4});
}

TEST_CASE("a head that does not fit is cut into as few tiles of rows as that takes") {
  const TinyLayer tiny = layer();
  const PackedArray array = array_of(PredictionMode::kSerial, 4);
  const auto cuts = packed_cuts(tiny.layer, array, limits_of(4096, 4096, 4096));
  REQUIRE(cuts.size() == 1);
  // 10 rows in tiles of 4, 4 and 2.
  CHECK(cuts[0].size() == 12);
  CHECK(cuts[0][2].tile->first_row == 8);
  CHECK(cuts[0][2].tile->num_rows == 2);
  CHECK(covered(cuts[0], tiny.layer) == std::vector<int>(40, 1));
}

TEST_CASE("what does not hold a row of a head is named") {
  const PackedArray array = array_of(PredictionMode::kSerial, 40);
  CHECK(lack_of(array, limits_of(383, 4096, 4096)) ==
        "tiny: the input_buffer is too small for one row of a head");
  CHECK(lack_of(array, limits_of(384, 63, 4096)) ==
        "tiny: the output_buffer is too small for one row of a head");
  CHECK(lack_of(array, limits_of(384, 64, 7)) ==
        "tiny: pack_unit/mask_bytes are too small for one row of a head");
  CHECK(lack_of(array, limits_of(384, 64, 8)).empty());
  // V of 65 features takes two rows of the sums.
  const TinyLayer wide({{{"xx"}, 0}}, 16, 65);
  CHECK_THROWS_WITH(
      packed_cuts(wide.layer, array_of(PredictionMode::kSerial, 1), limits_of(4096, 4096, 4096)),
      "tiny: score_array/accumulator_rows are too small for one row of a head");
}

}  // namespace vitcod::test::packed_cut_test
