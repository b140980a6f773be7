// SPDX-License-Identifier: Apache-2.0
#include "hw_models/engine/engine_contents.hpp"

#include <catch2/catch.hpp>

namespace vitcod::engine_contents_test {
namespace {

constexpr RegionId kFirst{3};
constexpr RegionId kSecond{8};

}  // namespace

TEST_CASE("a region of a buffer has its rows one after the other, and each region its own") {
  RowContents contents;
  contents.make_room(kFirst, 4, 8);
  contents.make_room(kSecond, 2, 4);
  CHECK(contents.row(kFirst, 1) - contents.row(kFirst, 0) == 8);
  CHECK(contents.row(kSecond, 1) - contents.row(kSecond, 0) == 4);
  contents.row(kFirst, 1)[7] = -5;
  CHECK(contents.row(kFirst, 1)[7] == -5);
  CHECK(contents.row(kFirst, 2)[0] == 0);  // never written
  CHECK(contents.row(kSecond, 1)[3] == 0);
}

TEST_CASE("a region that has room keeps what it holds") {
  RowContents contents;
  contents.make_room(kFirst, 4, 8);
  contents.row(kFirst, 0)[0] = 7;
  contents.make_room(kFirst, 4, 8);
  CHECK(contents.row(kFirst, 0)[0] == 7);
}

TEST_CASE("what is read before it came, or after it was freed, is a broken invariant") {
  EngineContents contents;
  CHECK_THROWS_AS(contents.query_value.row(kFirst, 0), ModelError);
  contents.query_value.make_room(kFirst, 1, 8);
  contents.key_score.make_room(kFirst, 1, 8);
  contents.key_score.make_room(kSecond, 1, 8);
  contents.index[kFirst] = {1, 2};
  contents.free(kFirst);
  CHECK_THROWS_AS(contents.query_value.row(kFirst, 0), ModelError);
  CHECK_THROWS_AS(contents.key_score.row(kFirst, 0), ModelError);
  CHECK(contents.index.empty());
  CHECK_NOTHROW(contents.key_score.row(kSecond, 0));
}

TEST_CASE("each engine keeps the largest exponent of a row, from none on") {
  RowExponents exponents;
  exponents.begin(0, 4);
  CHECK(exponents.largest[0] == std::vector<std::int16_t>(4, kNoExponent));
  exponents.raise(0, 2, -3);
  exponents.raise(0, 2, -7);
  CHECK(exponents.largest[0][2] == -3);
  exponents.raise(0, 2, 4);
  CHECK(exponents.largest[0][2] == 4);
  CHECK(exponents.largest[1].empty());
  exponents.begin(0, 1);
  CHECK(exponents.largest[0] == std::vector<std::int16_t>{kNoExponent});
}

}  // namespace vitcod::engine_contents_test
