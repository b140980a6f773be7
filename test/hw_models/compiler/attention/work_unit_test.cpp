// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/work_unit.hpp"

#include <catch2/catch.hpp>

#include "test/support/tiny_layer.hpp"

namespace vitcod::test::work_unit_test {
namespace {

// Head 0 has one denser column, key 0; head 1 none.
const std::vector<TinyHead> kHeads = {{{"xx.x",  //
                                        "x..x",  //
                                        "..xx",  //
                                        "x...",  //
                                        "xx.x"},
                                       1},
                                      {{"x...",  //
                                        ".x.x",  //
                                        "....",  //
                                        ".x.x",  //
                                        "...x"},
                                       0}};

}  // namespace

TEST_CASE("a unit's workload counts its denser columns and its sparse entries") {
  const TinyLayer layer(kHeads, 16, 24);
  const UnitWorkload whole = layer.whole().workload;
  CHECK(whole.num_rows == 5);
  CHECK(whole.query_features == 16);
  CHECK(whole.value_features == 24);
  REQUIRE(whole.denser_heads.size() == 1);
  CHECK(whole.denser_heads[0].head == 0);
  CHECK(whole.denser_heads[0].columns == 1);
  CHECK(whole.sparse_entries == 7 + 6);
  CHECK(whole.sparse_rows == 4 + 4);  // head 0: all but row 3; head 1: all but row 2
  CHECK(whole.longest_row == 2);

  const UnitWorkload tile = layer.unit(0, 2, 2, 2).workload;
  CHECK(tile.sparse_entries == 4);
  CHECK(tile.sparse_rows == 2);
  CHECK(tile.denser_columns() == 1);

  const UnitWorkload one_engine = layer.whole(false).workload;
  CHECK(one_engine.denser_heads.empty());
  CHECK(one_engine.sparse_entries == 11 + 6);
  CHECK(one_engine.sparse_rows == 5 + 4);
  CHECK(one_engine.longest_row == 3);
}

TEST_CASE("only polarized units have denser columns") {
  const TinyLayer layer(kHeads, 8, 8);
  CHECK(layer.unit(0, 1, 0, 5).num_denser(0) == 1);
  CHECK(layer.unit(1, 1, 0, 5).num_denser(0) == 0);
  CHECK(layer.whole(false).num_denser(0) == 0);
}

TEST_CASE("the engines see a unit as a tile") {
  const TinyLayer layer(kHeads, 16, 24);
  const auto tile = tile_of(layer.unit(1, 1, 2, 3, false), false, true);
  CHECK(tile->map == &layer.map);
  CHECK(tile->query_features == 16);
  CHECK(tile->value_features == 24);
  CHECK(tile->first_head == 1);
  CHECK(tile->num_heads == 1);
  CHECK(tile->first_row == 2);
  CHECK(tile->num_rows == 3);
  CHECK(tile->num_sparse_entries(TileRow{0}) == 0);  // head 1, query 2
  CHECK(tile->num_sparse_entries(TileRow{1}) == 2);
  CHECK_FALSE(tile->polarized);
  CHECK_FALSE(tile->mask_denser_block);
  CHECK(tile_of(layer.whole(), true, true)->polarized);
  CHECK(tile_of(layer.whole(), true, true)->mask_denser_block);
}

TEST_CASE("an index takes 1, 2 or 4 bytes") {
  CHECK(index_bytes(1) == 1);
  CHECK(index_bytes(256) == 1);
  CHECK(index_bytes(257) == 2);
  CHECK(index_bytes(65536) == 2);
  CHECK(index_bytes(65537) == 4);
}

TEST_CASE("the longest column segment is bounded by the map, the tile and the segment's length") {
  const TinyLayer layer(kHeads, 8, 8);
  const auto longest = [](const WorkUnit& unit, std::uint32_t max_rows) {
    return LayerProfile(*unit.layer, unit.polarized, max_rows, 1).workload(unit).longest_segment;
  };
  CHECK(longest(layer.whole(), 0) == 4);           // head 0, key 3
  CHECK(longest(layer.unit(1, 1, 0, 5), 0) == 3);  // head 1, key 3
  CHECK(longest(layer.unit(0, 2, 0, 2), 0) == 2);  // two rows
  CHECK(longest(layer.whole(), 3) == 3);
  const std::vector<TinyHead> all_denser = {{{"x.", "x.", "x."}, 1}};
  const TinyLayer dense(all_denser, 8, 8);
  CHECK(longest(dense.whole(), 0) == 0);
  CHECK(longest(dense.whole(false), 0) == 3);  // the denser column is a sparse one
}

}  // namespace vitcod::test::work_unit_test
