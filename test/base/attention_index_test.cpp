// SPDX-License-Identifier: Apache-2.0
#include "sim/base/attention_index.hpp"

#include <catch2/catch.hpp>
#include <tuple>

namespace vitcod::attention_index_test {

using Spaces = std::tuple<LayerHead, TileHead, QueryRow, HeadRow, TileRow, KeyToken, KeyPosition,
                          KeyIndex, TensorRow>;

template <typename From, typename... To>
constexpr bool turns_into_none_but_itself(std::tuple<To...>*) {
  return ((std::is_same_v<From, To> || !std::is_convertible_v<From, To>)&&...);
}
template <typename... From>
constexpr bool stay_apart(std::tuple<From...>* spaces) {
  return (turns_into_none_but_itself<From>(spaces) && ...) &&
         ((!std::is_convertible_v<From, std::uint64_t> &&
           !std::is_convertible_v<std::uint32_t, From>)&&...);
}
static_assert(stay_apart(static_cast<Spaces*>(nullptr)),
              "an index turns into one of another space");

template <typename Head, typename Row>
concept FormTileRow = requires(Head head, Row row) {
  TileRows(3).index(head, row);
};
static_assert(FormTileRow<TileHead, HeadRow>);
static_assert(!FormTileRow<HeadRow, TileHead>, "a head and a row were swapped");
static_assert(!FormTileRow<LayerHead, HeadRow>, "a head of the layer is not one of the tile");
static_assert(!FormTileRow<TileHead, QueryRow>, "a row of the map is not one of the tile");
static_assert(!FormTileRow<TileHead, std::uint32_t>);

TEST_CASE("rows lie head by head, and a row's number leads back to its head") {
  constexpr TileRows kRows(5);
  CHECK(value_of(kRows.index(TileHead{0}, HeadRow{0})) == 0);
  CHECK(value_of(kRows.index(TileHead{0}, HeadRow{4})) == 4);
  CHECK(value_of(kRows.index(TileHead{1}, HeadRow{0})) == 5);
  CHECK(value_of(kRows.index(TileHead{2}, HeadRow{3})) == 13);
  CHECK(kRows.head_of(TileRow{13}) == TileHead{2});
  CHECK(kRows.row_of(TileRow{13}) == HeadRow{3});
  CHECK(kRows.head_of(TileRow{4}) == TileHead{0});
  CHECK(kRows.head_of(TileRow{5}) == TileHead{1});
}

TEST_CASE("rows of a tensor are counted beyond 32 bits") {
  constexpr LayerKeys kKeys(std::uint64_t{1} << 31U);
  CHECK(value_of(kKeys.index(LayerHead{3}, KeyToken{1})) == 6'442'450'945);  // 3 x 2^31 + 1
  CHECK(kKeys.head_of(TensorRow{6'442'450'945}) == LayerHead{3});
}

}  // namespace vitcod::attention_index_test
