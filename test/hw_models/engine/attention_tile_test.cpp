// SPDX-License-Identifier: Apache-2.0
#include "hw_models/engine/attention_tile.hpp"

#include <catch2/catch.hpp>

#include "test/support/tiny_layer.hpp"

namespace vitcod::test::attention_tile_test {
namespace {

/// Columns as text: "head/key: rows".
std::vector<std::string> columns_of(const AttentionTile& tile) {
  std::vector<std::vector<std::uint32_t>> storage;
  std::vector<std::string> list;
  for (const ColumnSegment& column : sparser_columns(tile, storage)) {
    std::string text =
        std::to_string(value_of(column.head)) + "/" + std::to_string(value_of(column.key)) + ":";
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
  CHECK(columns_of(*layer.tile()) ==
        List{"0/1: 0 4", "0/2: 2", "0/3: 0 1 2 4", "1/0: 0", "1/1: 1 3", "1/3: 1 3 4"});
}

TEST_CASE("a tile's columns hold its rows only") {
  const TinyLayer layer(kHeads, 8, 8);
  CHECK(columns_of(*layer.tile(0, 2, 0, 2)) ==
        List{"0/1: 0", "0/3: 0 1", "1/0: 0", "1/1: 1", "1/3: 1"});
  CHECK(columns_of(*layer.tile(0, 2, 2, 2)) == List{"0/2: 2", "0/3: 2", "1/1: 3", "1/3: 3"});
  CHECK(columns_of(*layer.tile(0, 2, 4, 1)) == List{"0/1: 4", "0/3: 4", "1/3: 4"});
}

TEST_CASE("heads are counted from the tile's first one") {
  const TinyLayer layer(kHeads, 8, 8);
  const auto second = layer.tile(1, 1, 0, 5);
  CHECK(columns_of(*second) == List{"0/0: 0", "0/1: 1 3", "0/3: 1 3 4"});
  CHECK(second->num_denser(0) == 0);
  CHECK(layer.tile(0, 1, 0, 5)->num_denser(0) == 1);
}

TEST_CASE("without polarization the kept entries of denser columns are sparse ones") {
  const TinyLayer layer(kHeads, 8, 8);
  CHECK(columns_of(*layer.tile(false)) == List{"0/0: 0 1 3 4", "0/1: 0 4", "0/2: 2", "0/3: 0 1 2 4",
                                               "1/0: 0", "1/1: 1 3", "1/3: 1 3 4"});
  CHECK(columns_of(*layer.tile(0, 1, 1, 3, false)) == List{"0/0: 1 3", "0/2: 2", "0/3: 1 2"});
  CHECK(layer.tile(false)->num_denser(0) == 0);
}

TEST_CASE("rows of a tile are numbered head by head within the tile") {
  const TinyLayer layer(kHeads, 8, 8);
  const auto tile = layer.tile(0, 2, 2, 3);
  CHECK(tile->total_rows() == 6);
  CHECK(tile->row_index(TileHead{0}, HeadRow{0}) == TileRow{0});
  CHECK(tile->row_index(TileHead{0}, HeadRow{2}) == TileRow{2});
  CHECK(tile->row_index(TileHead{1}, HeadRow{0}) == TileRow{3});
  CHECK(tile->head_of_row(TileRow{2}) == TileHead{0});
  CHECK(tile->head_of_row(TileRow{3}) == TileHead{1});
  CHECK(tile->row_of_head(TileRow{2}) == HeadRow{2});
  CHECK(tile->row_of_head(TileRow{3}) == HeadRow{0});
  CHECK(tile->key_index(TileHead{1}, KeyPosition{2}) == KeyIndex{4 + 2});
  CHECK(tile->token_index(TileHead{1}, KeyToken{3}) == KeyIndex{4 + 3});
}

TEST_CASE("a tile's heads and rows are the layer's, counted from its first ones") {
  const TinyLayer layer(kHeads, 8, 8);
  const auto tile = layer.tile(1, 1, 2, 3);  // head 1, queries 2 to 4
  CHECK(tile->head_row(QueryRow{2}) == HeadRow{0});
  CHECK(tile->head_row(QueryRow{4}) == HeadRow{2});
  CHECK(tile->query_row(HeadRow{2}) == QueryRow{4});
  CHECK(tile->layer_head(TileHead{0}) == LayerHead{1});
}

TEST_CASE("a tile knows which of its rows each engine has entries of") {
  const TinyLayer layer(kHeads, 8, 8);
  const auto tile = layer.tile(0, 2, 2, 3);
  std::vector<std::uint32_t> entries;
  for (std::uint32_t row = 0; row < 6; ++row)
    entries.push_back(tile->num_sparse_entries(TileRow{row}));
  CHECK(entries == std::vector<std::uint32_t>{2, 0, 2, 0, 2, 1});
  CHECK(tile->has_sparse_entries(TileRow{0}));
  CHECK_FALSE(tile->has_sparse_entries(TileRow{1}));
  CHECK(tile->has_denser_entries(TileRow{2}));
  CHECK_FALSE(tile->has_denser_entries(TileRow{3}));  // head 1 has no denser columns
  CHECK_FALSE(layer.tile(false)->has_denser_entries(TileRow{0}));
}

}  // namespace vitcod::test::attention_tile_test
