// SPDX-License-Identifier: Apache-2.0
#include "hw_models/program/work_unit.hpp"

#include <catch2/catch.hpp>

#include "test/support/tiny_layer.hpp"

using namespace vitcod;
using namespace vitcod::test;

namespace {

/// Columns as text: "head/key: rows".
std::vector<std::string> columns_of(const WorkUnit& unit) {
  std::vector<std::vector<std::uint32_t>> storage;
  std::vector<std::string> list;
  for (const ColumnSegment& column : sparser_columns(unit, storage)) {
    std::string text = std::to_string(column.head) + "/" + std::to_string(column.key) + ":";
    for (std::uint32_t i = 0; i < column.num_rows; ++i)
      text += " " + std::to_string(column.rows[i]);
    list.push_back(text);
  }
  return list;
}

using List = std::vector<std::string>;

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

TEST_CASE("the sparser columns of a whole layer leave out the denser ones and the empty ones") {
  const TinyLayer layer(kHeads, 8, 8);
  CHECK(columns_of(layer.whole()) ==
        List{"0/1: 0 4", "0/2: 2", "0/3: 0 1 2 4", "1/0: 0", "1/1: 1 3", "1/3: 1 3 4"});
}

TEST_CASE("a tile's columns hold its rows only") {
  const TinyLayer layer(kHeads, 8, 8);
  CHECK(columns_of(layer.unit(0, 2, 0, 2)) ==
        List{"0/1: 0", "0/3: 0 1", "1/0: 0", "1/1: 1", "1/3: 1"});
  CHECK(columns_of(layer.unit(0, 2, 2, 2)) == List{"0/2: 2", "0/3: 2", "1/1: 3", "1/3: 3"});
  CHECK(columns_of(layer.unit(0, 2, 4, 1)) == List{"0/1: 4", "0/3: 4", "1/3: 4"});
}

TEST_CASE("heads are counted from the unit's first one") {
  const TinyLayer layer(kHeads, 8, 8);
  const WorkUnit second = layer.unit(1, 1, 0, 5);
  CHECK(columns_of(second) == List{"0/0: 0", "0/1: 1 3", "0/3: 1 3 4"});
  CHECK(second.num_denser(0) == 0);
  CHECK(layer.unit(0, 1, 0, 5).num_denser(0) == 1);
}

TEST_CASE("without polarization the kept entries of denser columns are sparse ones") {
  const TinyLayer layer(kHeads, 8, 8);
  CHECK(columns_of(layer.whole(false)) == List{"0/0: 0 1 3 4", "0/1: 0 4", "0/2: 2", "0/3: 0 1 2 4",
                                               "1/0: 0", "1/1: 1 3", "1/3: 1 3 4"});
  CHECK(columns_of(layer.unit(0, 1, 1, 3, false)) == List{"0/0: 1 3", "0/2: 2", "0/3: 1 2"});
  CHECK(layer.whole(false).num_denser(0) == 0);
}

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

TEST_CASE("rows of a unit are numbered head by head within the tile") {
  const TinyLayer layer(kHeads, 8, 8);
  const WorkUnit tile = layer.unit(0, 2, 2, 3);
  CHECK(tile.total_rows() == 6);
  CHECK(tile.row_index(0, 2) == 0);
  CHECK(tile.row_index(0, 4) == 2);
  CHECK(tile.row_index(1, 2) == 3);
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
    return LayerProfile(*unit.layer, unit.polarized, max_rows).workload(unit).longest_segment;
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
