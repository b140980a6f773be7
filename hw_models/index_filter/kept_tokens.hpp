// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/base/errors.hpp"

namespace vitcod {

/// Tokens of the bitmap to which one word of the rank table belongs.
inline constexpr std::uint32_t kRankWordTokens = 32;

/// Which tokens are kept, and the rank of each among them: a bitmap, and for each of its words how
/// many tokens are kept before it. A rank is the word's plus the ones below the token's own bit.
class KeptTokens {
 public:
  void clear(std::uint32_t num_tokens) {
    words_.assign((num_tokens + kRankWordTokens - 1) / kRankWordTokens, Word{});
    num_kept_ = 0;
    next_ = 0;
    num_tokens_ = num_tokens;
  }
  /// Numbers come in ascending order; ModelError if not, or if the map has no such token.
  void add(std::uint32_t token) {
    check(token >= next_ && token < num_tokens_, "the number of a kept token is out of order");
    words_[token / kRankWordTokens].bits |= 1U << token % kRankWordTokens;
    ++num_kept_;
    for (std::size_t w = token / kRankWordTokens + 1; w < words_.size(); ++w) {
      words_[w].before = num_kept_;
    }
    next_ = token + 1;
  }

  /// None is kept if it is not one of the map's.
  bool keeps(std::uint32_t token) const {
    return token < num_tokens_ &&
           (words_[token / kRankWordTokens].bits >> token % kRankWordTokens & 1U) != 0;
  }
  /// Of a token that is kept.
  std::uint32_t rank(std::uint32_t token) const {
    const Word& word = words_[token / kRankWordTokens];
    const std::uint32_t below = word.bits & ((1U << token % kRankWordTokens) - 1);
    return word.before + static_cast<std::uint32_t>(std::popcount(below));
  }
  std::uint32_t num_kept() const { return num_kept_; }
  std::uint32_t num_tokens() const { return num_tokens_; }

 private:
  struct Word {
    std::uint32_t bits = 0;
    std::uint32_t before = 0;
  };
  std::vector<Word> words_;
  std::uint32_t num_kept_ = 0;
  std::uint32_t next_ = 0;  ///< the least number that may come
  std::uint32_t num_tokens_ = 0;
};

}  // namespace vitcod
