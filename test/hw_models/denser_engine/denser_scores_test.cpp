// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "hw_models/denser_engine/denser_sddmm.hpp"
#include "test/support/tiny_layer.hpp"

namespace vitcod::test::denser_scores_test {
namespace {

using Numbers = std::vector<std::uint32_t>;

// Heads of 2 and 1 denser columns. Sparse entries by row: head 0: 1, 0, 2; head 1: 0, 3, 1.
const std::vector<TinyHead> kHeads = {{{"x.x.",  //
                                        ".x..",  //
                                        "xxxx"},
                                       2},
                                      {{"x...",  //
                                        ".xxx",  //
                                        "x..x"},
                                       1}};

}  // namespace

TEST_CASE("S of the denser engine has a place for each row of each denser column") {
  const TinyLayer layer(kHeads, 8, 4);
  DenserScores scores;
  scores.lay_out(*layer.tile());
  CHECK(scores.column_base == Numbers{0, 2});
  CHECK(scores.scores.size() == (2 + 1) * 3);  // columns x rows
  const auto tile = layer.tile(0, 2, 1, 2);
  scores.lay_out(*tile);
  CHECK(scores.scores.size() == (2 + 1) * 2);
  CHECK(&scores.at(*tile, TileHead{1}, KeyPosition{0}, HeadRow{1}) ==
        &scores.scores[2 * 2 + 1]);  // after head 0's two columns
}

TEST_CASE("a tile of one head counts its denser columns from that head") {
  const TinyLayer layer(kHeads, 8, 4);
  DenserScores scores;
  scores.lay_out(*layer.tile(1, 1, 1, 2));
  CHECK(scores.column_base == Numbers{0});
  CHECK(scores.scores.size() == 1 * 2);
}

TEST_CASE("without polarization the denser engine has no scores") {
  const TinyLayer layer(kHeads, 8, 4);
  DenserScores scores;
  scores.lay_out(*layer.tile(false));
  CHECK(scores.scores.empty());
}

}  // namespace vitcod::test::denser_scores_test
