// SPDX-License-Identifier: Apache-2.0
#include "hw_models/decoder/row_placement.hpp"

#include <catch2/catch.hpp>

#include "test/support/tiny_trace.hpp"

namespace vitcod::test::row_placement_test {
namespace {

using Kind = RowPlacement::Kind;
using Operand = RowPlacement::Operand;

/// Heads of 4 keys: 1 denser column, none, all.
struct Tile {
  RowPlacement placement(Operand operand, bool polarized = true) const {
    RowPlacement result;
    result.operand = operand;
    result.tile = tile_of(tiny.whole(polarized), true, true);
    result.engine_outputs = {1, 2};
    return result;
  }

  TinyLayer tiny{{{{"xxxx", "xxxx"}, 1}, {{"xxxx", "xxxx"}, 0}, {{"xxxx", "xxxx"}, 4}}, 8, 8};
};

/// Engines that keep each of some rows, given by head and key position: 'd', 's', 'b' or '-'.
std::string kept(const RowPlacement& placement,
                 const std::vector<std::array<std::uint32_t, 2>>& rows) {
  std::string text;
  for (const auto& [head, position] : rows) {
    const bool denser = placement.keeps(EngineId::kDenser, TileHead{head}, KeyPosition{position});
    const bool sparser = placement.keeps(EngineId::kSparser, TileHead{head}, KeyPosition{position});
    text += denser ? (sparser ? 'b' : 'd') : (sparser ? 's' : '-');
  }
  return text;
}

}  // namespace

TEST_CASE("the denser engine keeps K and V of a head's denser columns, the other one the rest") {
  const Tile tile;
  for (const Operand operand : {Operand::kKey, Operand::kValue}) {
    const RowPlacement placement = tile.placement(operand);
    CHECK(kept(placement, {{0, 0}, {0, 1}, {0, 3}, {1, 0}, {1, 3}, {2, 0}, {2, 3}}) == "dssssdd");
    CHECK(placement.rows_a_head() == 4);
    // One engine keeps all.
    CHECK(kept(tile.placement(operand, false), {{0, 0}, {0, 1}, {1, 0}, {2, 3}}) == "ssss");
  }
}

TEST_CASE("Q of a head goes to the denser engine if it has columns of it") {
  const Tile tile;
  RowPlacement placement = tile.placement(Operand::kQuery);
  CHECK(kept(placement, {{0, 0}, {0, 3}, {1, 0}, {2, 0}}) == "ddsd");
  CHECK(placement.rows_a_head() == 2);
  // The second load, without forwarding: heads that both engines work on.
  placement.again_for_sparser = true;
  CHECK(kept(placement, {{0, 0}, {0, 3}, {1, 0}, {2, 0}}) == "ss--");
}

TEST_CASE("rows go to the engines that keep some of them; what has no rows, to all it is for") {
  RowPlacement placement;
  placement.engine_outputs = {1, 2};
  // Rows of the transfer: denser, nobody, both (a token), sparser.
  placement.kept_before = {std::vector<std::uint32_t>{0, 1, 1, 3, 3},
                           std::vector<std::uint32_t>{0, 0, 0, 1, 2}};
  for (const Kind kind : {Kind::kRows, Kind::kTokens}) {
    placement.kind = kind;
    CHECK(placement.outputs(0, 1) == 1);
    CHECK(placement.outputs(1, 2) == 0);
    CHECK(placement.outputs(0, 2) == 1);
    CHECK(placement.outputs(2, 3) == 3);
    CHECK(placement.outputs(3, 4) == 2);
    CHECK(placement.outputs(0, 4) == 3);
    CHECK(placement.outputs(2, 2) == 0);
  }
  CHECK(placement.num_kept(0, 0, 4) == 3);
  CHECK(placement.num_kept(1, 2, 4) == 2);
  for (const Kind kind : {Kind::kWeights, Kind::kIndex}) {
    placement.kind = kind;
    CHECK(placement.outputs(0, 0) == 3);
  }
  placement.engine_outputs = {0, 2};  // an index is for the sparser engine alone
  CHECK(placement.outputs(0, 0) == 2);
}

}  // namespace vitcod::test::row_placement_test
