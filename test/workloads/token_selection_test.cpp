// SPDX-License-Identifier: Apache-2.0
#include "workloads/token_selection.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <random>

namespace vitcod::token_selection_test {
namespace {

using Bytes = std::vector<std::int8_t>;
using Numbers = std::vector<std::uint32_t>;

ScoreSelect selection(std::uint32_t heads, std::uint32_t features, std::uint32_t tokens) {
  return {heads, features, tokens, 1, SelectionRule::kTopK, 0, {}, {}};
}

TEST_CASE("Scores of equal tokens are equal shares of one a head") {
  // t is 0: mantissa 128, exponent 0. Of 4 tokens: r = 2^24 / 512 = 2^15, p = 128 x 2^15 >> 8.
  CHECK(token_scores(selection(1, 4, 4), Bytes(4, 0), Bytes(16, 5)) == Numbers(4, 16384));
  CHECK(token_scores(selection(3, 4, 4), Bytes(12, 0), Bytes(48, 5)) == Numbers(4, 3 * 16384));
  // Of 3 tokens: r = floor(2^24 / 384) = 43690, p = floor(128 x 43690 / 256).
  CHECK(token_scores(selection(1, 4, 3), Bytes(4, 0), Bytes(12, 5)) == Numbers(3, 21845));
}

TEST_CASE("Scores follow the score format by hand") {
  // One feature: t = log2(e) q k / 1024 in steps of 1/256. With q = 64: k = 32 gives 2.885, which
  // is 738.65, so 739: exponent 2, fraction 227, mantissa round(128 x 2^(227/256)) = 237. k = 0
  // gives exponent 0 and mantissa 128, shifted right by 2: 32. k = -128 gives -11.54: -2955 = -12 x
  // 256 + 117, so 14 bits right: 0. Sum 237 + 32 = 269, r = floor(2^24 / 269) = 62368; 237 x 62368
  // / 256 = 57739.1, 32 x 62368 / 256 = 7796.
  CHECK(token_scores(selection(1, 1, 3), Bytes{64}, Bytes{32, 0, -128}) == Numbers{57739, 7796, 0});
  // Halves go up: k = 19 gives t = 1.7132 = 438.6, so 439: exponent 1, fraction 183, mantissa
  // 128 x 2^(183/256) = 210.1; beside exponent 2 it is (210 + 1) / 2 = 105. Sum 237 + 105 = 342,
  // r = 49056; 237 x 49056 / 256 = 45415.1, 105 x 49056 / 256 = 20120.6.
  CHECK(token_scores(selection(1, 1, 2), Bytes{64}, Bytes{32, 19}) == Numbers{45415, 20120});
}

Bytes random_bytes(std::mt19937_64& engine, std::size_t size) {
  Bytes bytes(size);
  for (std::int8_t& byte : bytes) byte = static_cast<std::int8_t>(int(engine() % 128) - 64);
  return bytes;
}

/// exp(q.k / sqrt(features)) of each token of one head, operands with 5 fraction bits.
std::vector<double> exponentials(const ScoreSelect& select, const std::int8_t* query,
                                 const std::int8_t* keys) {
  std::vector<double> values;
  for (std::size_t token = 0; token < select.tokens_in; ++token) {
    double sum = 0.0;
    for (std::size_t f = 0; f < select.features; ++f) {
      sum += double(query[f]) * keys[token * select.features + f];
    }
    values.push_back(std::exp(sum / 1024.0 / std::sqrt(double(select.features))));
  }
  return values;
}

TEST_CASE("Scores are those of a softmax in double precision, within their rounding") {
  std::mt19937_64 engine(5);
  for (int round = 0; round < 40; ++round) {
    const auto heads = static_cast<std::uint32_t>(1 + engine() % 4);
    const auto features = static_cast<std::uint32_t>(1 + engine() % 64);
    const auto tokens = static_cast<std::uint32_t>(1 + engine() % 200);
    const ScoreSelect select = selection(heads, features, tokens);
    const Bytes query = random_bytes(engine, heads * features);
    const Bytes keys = random_bytes(engine, std::size_t{heads} * tokens * features);
    std::vector<double> expected(tokens, 0.0), bound(tokens, 0.0);
    for (std::size_t h = 0; h < heads; ++h) {
      const auto values = exponentials(select, &query[h * features], &keys[h * tokens * features]);
      const double total = std::accumulate(values.begin(), values.end(), 0.0);
      const double largest = *std::max_element(values.begin(), values.end());
      for (std::size_t token = 0; token < tokens; ++token) {
        const double share = values[token] / total;
        expected[token] += share;
        // A step of t is 0.3 % of e^x, half of it and of a mantissa's step at the most; a weight
        // that is shifted is off by half of 1/128 of the largest, and so is the mean of all in the
        // sum.
        const double shifted = 0.5 / 128.0 * largest / total;
        bound[token] += share * 0.008 + shifted + share * tokens * shifted + 2.0 / 65536.0;
      }
    }
    const Numbers scores = token_scores(select, query, keys);
    for (std::size_t token = 0; token < tokens; ++token) {
      CAPTURE(round, token);
      CHECK(std::abs(scores[token] / 65536.0 - expected[token]) <= bound[token]);
    }
  }
}

TEST_CASE("Origins lead back through the selections before") {
  Trace trace;
  trace.tensors = {{"q", {1, 1, 1}, 8},  {"k", {1, 5, 1}, 8}, {"kept", {3}, 16},
                   {"origins", {3}, 16}, {"kept2", {2}, 16},  {"origins2", {2}, 16}};
  const auto id = [](std::uint32_t index) { return TensorId{index}; };
  const ScoreSelect first{1, 1, 5, 1, SelectionRule::kTopK, 2, {}, {0, 2, 4}};
  const ScoreSelect second{1, 1, 3, 1, SelectionRule::kTopK, 1, {}, {0, 2}};
  trace.operations = {{"a", 0, first, {id(0), id(1), id(1)}, {id(2), id(3)}},
                      {"b", 0, second, {id(0), id(1), id(1), id(3)}, {id(4), id(5)}}};
  CHECK(input_origins(trace, trace.operations[0]) == Numbers{0, 1, 2, 3, 4});
  CHECK(input_origins(trace, trace.operations[1]) == Numbers{0, 2, 4});
  CHECK(selection_chain(trace, trace.operations[1]) ==
        std::vector<const Operation*>{&trace.operations[0], &trace.operations[1]});
  trace.operations[1].inputs[3] = id(2);
  CHECK_THROWS_WITH(input_origins(trace, trace.operations[1]),
                    Catch::Matchers::Contains("origins that no earlier selection makes"));
}

Numbers kept_by(SelectionRule rule, std::uint32_t threshold, std::uint32_t prefix, Numbers scores) {
  const auto tokens = static_cast<std::uint32_t>(scores.size());
  return kept_tokens({1, 1, tokens, prefix, rule, threshold, std::move(scores), {}});
}

TEST_CASE("The highest patch tokens are kept, the lower number first among equals") {
  const Numbers scores{1, 7, 9, 7, 2, 7};
  CHECK(kept_by(SelectionRule::kTopK, 0, 1, scores) == Numbers{0});
  CHECK(kept_by(SelectionRule::kTopK, 1, 1, scores) == Numbers{0, 2});
  CHECK(kept_by(SelectionRule::kTopK, 2, 1, scores) == Numbers{0, 1, 2});
  CHECK(kept_by(SelectionRule::kTopK, 3, 1, scores) == Numbers{0, 1, 2, 3});
  CHECK(kept_by(SelectionRule::kTopK, 5, 1, scores) == Numbers{0, 1, 2, 3, 4, 5});
  CHECK(kept_by(SelectionRule::kTopK, 1, 3, scores) == Numbers{0, 1, 2, 3});
}

TEST_CASE("Patch tokens of at least the threshold are kept, prefix tokens always") {
  const Numbers scores{1, 7, 9, 7, 2, 7};
  CHECK(kept_by(SelectionRule::kThreshold, 8, 1, scores) == Numbers{0, 2});
  CHECK(kept_by(SelectionRule::kThreshold, 7, 1, scores) == Numbers{0, 1, 2, 3, 5});
  CHECK(kept_by(SelectionRule::kThreshold, 10, 1, scores) == Numbers{0});
  CHECK(kept_by(SelectionRule::kThreshold, 0, 2, scores) == Numbers{0, 1, 2, 3, 4, 5});
}

TEST_CASE("A threshold is a share of the even score, rounded up") {
  CHECK(least_score(1.0, 1, 65536) == 1);
  CHECK(least_score(0.5, 2, 128) == 512);   // 0.5 x 2 x 65536 / 128
  CHECK(least_score(1.0, 3, 196) == 1004);  // 196608 / 196 = 1003.1
  CHECK(least_score(0.0, 3, 196) == 0);
  CHECK(least_score(1e9, 3, 196) == 4294967295U);
}

TEST_CASE("An exit is taken where the likeliest class has the share that is asked for") {
  // x = 127: t = 5.7258 = 1465.8, so 1466: exponent 5, fraction 186, mantissa 128 x 2^(186/256) =
  // 211.8. x = 96: t = 4.3281 = 1108: exponent 4, fraction 84, mantissa 160.7: (161 + 1) / 2 = 81.
  // x = -128: exponent -6, 11 bits right: 0.
  const Bytes logits{-128, 127, -128, 96, -128};
  const std::uint32_t share = 212 * 65536 / (212 + 81);  // 47418.6
  CHECK(exit_confidence(logits) == share);
  CHECK(is_exit_taken({5, share, false}, logits));
  CHECK(!is_exit_taken({5, share + 1, true}, logits));
  CHECK(exit_confidence(Bytes{127, -128}) == 65536);
  CHECK(is_exit_taken({2, 65536, false}, Bytes{127, -128}));
  CHECK(is_exit_taken({2, 0, false}, Bytes{0, 0}));
  CHECK(exit_confidence(Bytes{0, 0}) == 32768);
}

}  // namespace
}  // namespace vitcod::token_selection_test
