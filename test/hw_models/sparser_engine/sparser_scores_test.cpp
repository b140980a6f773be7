// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "hw_models/sparser_engine/sparser_sddmm.hpp"
#include "test/support/tiny_layer.hpp"

namespace vitcod::test::sparser_scores_test {
namespace {

using Numbers = std::vector<std::uint32_t>;

SparserScores scores_of(const AttentionTile& tile, bool with_values = false) {
  SparserScores scores;
  scores.lay_out(tile, 1, with_values);
  return scores;
}

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

TEST_CASE("S of the sparser engine has a bucket for each row of the tile, head by head") {
  const TinyLayer layer(kHeads, 8, 4);
  const SparserScores scores = scores_of(*layer.tile());
  CHECK(scores.row_ptr == Numbers{0, 1, 1, 3, 3, 6, 7});
  for (std::uint32_t row = 0; row < 6; ++row) CHECK(scores.free[row].entry == scores.row_ptr[row]);
  CHECK(scores.entry_key.size() == 7);
  CHECK(scores.entry_score.empty());  // no values
}

TEST_CASE("each bucket begins with a word of its own") {
  // Two entries a word: rows of 1, 0, 2, 0, 3 and 1 entries fill 1, 0, 1, 0, 2 and 1 words.
  const TinyLayer layer(kHeads, 8, 4);
  SparserScores scores;
  scores.lay_out(*layer.tile(), 2, false);
  CHECK(scores.first_word == std::vector<std::uint64_t>{0, 1, 1, 2, 2, 4, 5});
}

TEST_CASE("scores of a row take the entries of its bucket one after the other, word by word") {
  const TinyLayer layer(kHeads, 8, 4);
  SparserScores scores;
  scores.lay_out(*layer.tile(), 2, false);
  Numbers entries;
  std::vector<std::uint64_t> words;
  for (int score = 0; score < 3; ++score) {
    words.push_back(scores.free[4].word);
    entries.push_back(scores.take_entry(4));
  }
  CHECK(entries == Numbers{3, 4, 5});
  CHECK(words == std::vector<std::uint64_t>{2, 2, 3});
  CHECK(scores.free[5].word == 4);
}

TEST_CASE("a tile of one head has buckets for its rows") {
  const TinyLayer layer(kHeads, 8, 4);
  CHECK(scores_of(*layer.tile(1, 1, 1, 2)).row_ptr == Numbers{0, 3, 4});
}

TEST_CASE("without polarization every kept entry has a place in the sparser engine's S") {
  const TinyLayer layer(kHeads, 8, 4);
  CHECK(scores_of(*layer.tile(false)).row_ptr == Numbers{0, 2, 3, 7, 8, 11, 13});
}

TEST_CASE("with values there is a score for each entry of the sparser engine's S") {
  const TinyLayer layer(kHeads, 8, 4);
  const SparserScores scores = scores_of(*layer.tile(0, 2, 1, 2), true);
  CHECK(scores.entry_score.size() == 2 + 4);  // head 0: 0 + 2, head 1: 3 + 1
}

TEST_CASE("laying S out again leaves nothing of the tile before") {
  const TinyLayer layer(kHeads, 8, 4);
  SparserScores scores = scores_of(*layer.tile(), true);
  CHECK(scores.take_entry(2) == 1);
  scores.entry_score[1].mantissa = 5;
  scores.lay_out(*layer.tile(1, 1, 1, 2), 1, true);
  CHECK(scores.row_ptr == Numbers{0, 3, 4});
  CHECK(scores.free.size() == 2);
  CHECK(scores.free[0].entry == 0);
  CHECK(scores.free[1].entry == 3);
  CHECK(scores.entry_score.size() == 4);
  CHECK(scores.entry_score[1].mantissa == 0);
}

}  // namespace vitcod::test::sparser_scores_test
