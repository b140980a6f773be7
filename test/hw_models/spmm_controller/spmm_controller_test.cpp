// SPDX-License-Identifier: Apache-2.0
#include "hw_models/spmm_controller/spmm_controller.hpp"

#include <catch2/catch.hpp>

#include "test/support/sim_bench.hpp"
#include "test/support/tiny_layer.hpp"

namespace vitcod::test::spmm_controller_test {
namespace {

/// A segment as "head:key:first row+rows".
std::vector<std::string> segments_of(const SpmmControllerConfig& config,
                                     const AttentionTile& tile) {
  SimBench bench;
  IndexBuffer index("index", bench.clock, IndexBufferConfig{1, 1000}, bench.stats);
  SpmmController controller(config, index);
  controller.begin_sddmm(tile);
  std::vector<std::string> list;
  while (controller.has_segments()) {
    const ColumnSegment& segment = *controller.take_segment(0);
    list.push_back(std::to_string(value_of(segment.head)) + ":" +
                   std::to_string(value_of(segment.key)) + ":" + std::to_string(segment.rows[0]) +
                   "+" + std::to_string(segment.num_rows));
  }
  CHECK(list.size() == controller.num_segments());
  return list;
}

using List = std::vector<std::string>;
constexpr auto kNatural = ColumnOrder::kNatural;
constexpr auto kLongestFirst = ColumnOrder::kLongestFirst;

// Columns of 1, 5, 0, 3 entries in head 0; 2, 0, 3, 1 in head 1.
const std::vector<TinyHead> kHeads = {{{".x..",  //
                                        "xx.x",  //
                                        ".x.x",  //
                                        ".x..",  //
                                        ".x.x"},
                                       0},
                                      {{"x.x.",  //
                                        "..xx",  //
                                        "x...",  //
                                        "..x.",  //
                                        "...."},
                                       0}};

}  // namespace

TEST_CASE("columns are handed out head by head, empty ones never") {
  const TinyLayer layer(kHeads, 8, 8);
  CHECK(segments_of({kNatural, 0}, *layer.tile()) ==
        List{"0:0:1+1", "0:1:0+5", "0:3:1+3", "1:0:0+2", "1:2:0+3", "1:3:1+1"});
}

TEST_CASE("long columns are cut into segments") {
  const TinyLayer layer(kHeads, 8, 8);
  CHECK(segments_of({kNatural, 2}, *layer.tile()) ==
        List{"0:0:1+1", "0:1:0+2", "0:1:2+2", "0:1:4+1", "0:3:1+2", "0:3:4+1", "1:0:0+2", "1:2:0+2",
             "1:2:3+1", "1:3:1+1"});
  // A segment may just be as long as the column: one piece.
  CHECK(segments_of({kNatural, 5}, *layer.tile()).size() == 6);
  CHECK(segments_of({kNatural, 4}, *layer.tile()).size() == 7);
}

TEST_CASE("longest first sorts the segments and keeps the order of equals") {
  const TinyLayer layer(kHeads, 8, 8);
  CHECK(segments_of({kLongestFirst, 0}, *layer.tile()) ==
        List{"0:1:0+5", "0:3:1+3", "1:2:0+3", "1:0:0+2", "0:0:1+1", "1:3:1+1"});
  CHECK(segments_of({kLongestFirst, 2}, *layer.tile()) ==
        List{"0:1:0+2", "0:1:2+2", "0:3:1+2", "1:0:0+2", "1:2:0+2", "0:0:1+1", "0:1:4+1", "0:3:4+1",
             "1:2:3+1", "1:3:1+1"});
}

TEST_CASE("a tile hands out its own rows only") {
  const TinyLayer layer(kHeads, 8, 8);
  CHECK(segments_of({kNatural, 0}, *layer.tile(0, 2, 1, 2)) ==
        List{"0:0:1+1", "0:1:1+2", "0:3:1+2", "1:0:2+1", "1:2:1+1", "1:3:1+1"});
}

TEST_CASE("a hand-out takes a look-up; rows without entries are not handed out") {
  const TinyLayer layer(kHeads, 8, 8);
  const auto tile = layer.tile();
  SimBench bench;
  IndexBuffer index("index", bench.clock, IndexBufferConfig{1, 2}, bench.stats);
  SpmmController controller({kNatural, 0}, index);
  controller.begin_sddmm(*tile);
  CHECK(controller.take_segment(3) != nullptr);
  CHECK(controller.take_segment(3) != nullptr);
  CHECK(controller.take_segment(3) == nullptr);
  CHECK(controller.has_segments());
  CHECK(controller.take_segment(4)->key == KeyPosition{3});  // the refused one comes next

  controller.begin_spmm(*tile);
  CHECK(controller.take_row(4) == 0U);  // the second look-up of cycle 4
  CHECK(controller.take_row(4) == std::nullopt);
  std::vector<std::uint32_t> rows;
  for (Cycle now = 5; controller.has_rows(); ++now) rows.push_back(*controller.take_row(now));
  CHECK(rows == std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6, 7, 8});  // row 9 has no entries
}

}  // namespace vitcod::test::spmm_controller_test
