// SPDX-License-Identifier: Apache-2.0
#include "hw_models/program/unit_context.hpp"

#include <catch2/catch.hpp>

#include "test/support/tiny_layer.hpp"

using namespace vitcod;
using namespace vitcod::test;

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

TEST_CASE("S of the sparser engine has a bucket for each row of the unit, head by head") {
  const TinyLayer layer(kHeads, 8, 4);
  const auto unit = make_unit_context(layer.whole(), false);
  CHECK(unit->row_ptr == Numbers{0, 1, 1, 3, 3, 6, 7});
  CHECK(unit->filled == Numbers(6, 0));
  CHECK(unit->entry_key.size() == 7);
  CHECK(unit->num_entries(4) == 3);
  CHECK_FALSE(unit->has_sparse_entries(1));
  CHECK(unit->has_sparse_entries(5));
  CHECK(unit->has_denser_entries(0));
  CHECK(unit->denser_column_base == Numbers{0, 2});
  CHECK(unit->entry_score.empty());  // no values
}

TEST_CASE("a tile of one head has buckets for its rows") {
  const TinyLayer layer(kHeads, 8, 4);
  const auto unit = make_unit_context(layer.unit(1, 1, 1, 2), false);
  CHECK(unit->row_ptr == Numbers{0, 3, 4});
  CHECK(unit->denser_column_base == Numbers{0});
}

TEST_CASE("without polarization every kept entry has a place in the sparser engine's S") {
  const TinyLayer layer(kHeads, 8, 4);
  const auto unit = make_unit_context(layer.whole(false), false);
  CHECK(unit->row_ptr == Numbers{0, 2, 3, 7, 8, 11, 13});
  CHECK_FALSE(unit->has_denser_entries(0));
}

TEST_CASE("with values there is room for the operands of both engines") {
  const TinyLayer layer(kHeads, 8, 4);
  const auto unit = make_unit_context(layer.unit(0, 2, 1, 2), true);
  for (const EngineId engine : kEngines) {
    const std::size_t e = index_of(engine);
    CHECK(unit->query[e].features() == 8);
    CHECK(unit->query[e].row(1) - unit->query[e].row(0) == 8);
    CHECK(unit->key[e]->features() == 8);
    CHECK(unit->value[e]->features() == 4);
    CHECK(unit->accumulator[e] == std::vector<std::int32_t>(4 * 4, 0));
    CHECK(unit->row_exponent[e] == std::vector<std::int16_t>(4, kNoExponent));
    CHECK(unit->row_sum[e] == Numbers(4, 0));
  }
  CHECK(unit->entry_score.size() == 2 + 4);         // head 0: 0 + 2, head 1: 3 + 1
  CHECK(unit->denser_score.size() == (2 + 1) * 2);  // columns x rows of the tile
}
