// SPDX-License-Identifier: Apache-2.0
#include "hw_models/index_buffer/index_format.hpp"

#include <catch2/catch.hpp>

#include "test/support/tiny_layer.hpp"

namespace vitcod::test::index_format_test {

TEST_CASE("the starts of the rows lie behind those of the columns, head by head") {
  // Rows 1 and 2. Head 0 has two sparser columns: starts 0, 1, end 2; rows 0, 1, end 2. Head 1 is
  // denser throughout: no starts. Head 2: columns 0, 1, 1, end 2; rows 0, 0, end 2.
  const TinyLayer layer(
      {{{"xxx", "xx.", "..x"}, 1}, {{"xxx", "xxx", "xxx"}, 3}, {{"xxx", "...", "x.x"}, 0}}, 8, 8);
  const auto tile = layer.tile(0, 3, 1, 2);
  const std::vector<std::uint8_t> index = encode_index(*tile);
  const std::vector<IndexPiece> pieces = row_starts(*tile);
  REQUIRE(pieces.size() == 2);
  CHECK(pieces[0].offset == 6);
  CHECK(pieces[0].bytes == 6);
  CHECK(pieces[1].offset == 12 + 8);
  std::vector<int> starts;
  for (const IndexPiece& piece : pieces) {
    for (std::uint64_t i = 0; i < piece.bytes; i += 2) starts.push_back(index[piece.offset + i]);
  }
  CHECK(starts == std::vector<int>{0, 1, 2, 2, 2, 4});  // head 2's go on behind head 0's entries
}

}  // namespace vitcod::test::index_format_test
