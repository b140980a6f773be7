// SPDX-License-Identifier: Apache-2.0
#include "hw_models/token_matcher/token_likeness.hpp"

#include <algorithm>
#include <bit>

#include "hw_models/packet_unit/store_packets.hpp"
#include "hw_models/token_matcher/token_matcher_cost.hpp"

namespace vitcod {
namespace {

constexpr std::int64_t kCosineOne = 1 << 16;

/// floor(2^32 / isqrt(2^16 square)): the root bit by bit from the top, then one division.
std::int64_t reciprocal_length(std::uint64_t square) {
  if (square == 0) return 0;
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31U; bit != 0; bit >>= 1U) {
    if ((root | bit) * (root | bit) <= square << 16U) root |= bit;
  }
  return static_cast<std::int64_t>((std::uint64_t{1} << 32U) / root);
}

}  // namespace

void TokenLikeness::restart(const SimilarityMatch& match) {
  match_ = match;
  sums_.assign(std::size_t{match.tokens} * match.features, 0);
  sizes_.assign(match.tokens, 1);
}

void TokenLikeness::add_key(std::size_t token, const std::uint8_t* key) {
  for (std::size_t f = 0; f < match_.features; ++f) {
    sums_[token * match_.features + f] += static_cast<std::int8_t>(key[f]);
  }
}

std::vector<std::uint8_t> TokenLikeness::members(std::uint32_t heads) {
  for (std::int32_t& sum : sums_) sum >>= static_cast<int>(std::bit_width(heads - 1));
  measure();
  match_sources();
  link();
  std::vector<std::uint8_t> numbers, weights;
  const auto emit = [&](std::uint32_t token) {
    append_16_bits(token | (next_[token] == 0 ? kEndOfGroup : 0U), numbers);
    append_16_bits(sizes_[token], weights);
  };
  for (std::uint32_t source = 0; source < match_.tokens; source += 2) {
    if (!joined_[source]) emit(source);
  }
  for (std::uint32_t d = 1; d < match_.tokens; d += 2) {
    emit(d);
    for (std::uint32_t token = next_[d]; token != 0; token = next_[token]) emit(token);
  }
  numbers.insert(numbers.end(), weights.begin(), weights.end());
  return numbers;
}

std::int64_t TokenLikeness::product(std::size_t a, std::size_t b) const {
  std::int64_t sum = 0;
  for (std::size_t f = 0; f < match_.features; ++f) {
    sum += std::int64_t{sums_[a * match_.features + f]} * sums_[b * match_.features + f];
  }
  return sum;
}

void TokenLikeness::measure() {
  reciprocals_.clear();
  for (std::size_t token = 0; token < match_.tokens; ++token) {
    reciprocals_.push_back(reciprocal_length(static_cast<std::uint64_t>(product(token, token))));
  }
}

void TokenLikeness::match_sources() {
  destinations_.clear();
  cosines_.clear();
  for (std::size_t source = 2; source < match_.tokens; source += 2) {
    cosines_.push_back(best_cosine(source));
  }
}

/// Of the destinations one after the other, the largest stays in a register.
std::int64_t TokenLikeness::best_cosine(std::size_t source) {
  std::int64_t best = INT64_MIN;
  std::uint32_t destination = 0;
  for (std::uint32_t d = 1; d < match_.tokens; d += 2) {
    const std::int64_t likeness = (product(source, d) * reciprocals_[d]) >> 12;
    if (likeness <= best) continue;
    best = likeness;
    destination = d;
  }
  destinations_.push_back(destination);
  return std::clamp((best * reciprocals_[source]) >> 20, -kCosineOne, kCosineOne) + kCosineOne;
}

/// The bar that the best sources reach, bit by bit from the top; and how many that just reach it
/// are among them.
std::int64_t TokenLikeness::bar(std::uint32_t& ties) const {
  std::int64_t bar = 0;
  std::uint32_t above = 0;
  for (std::uint64_t bit = kCosineBits; bit-- > 0;) {
    const std::int64_t trial = bar | std::int64_t{1} << bit;
    const auto count = static_cast<std::uint32_t>(std::count_if(
        cosines_.begin(), cosines_.end(), [&](std::int64_t cosine) { return cosine >= trial; }));
    if (count >= match_.merged) {
      bar = trial;
    } else {
      above = count;
    }
  }
  ties = match_.merged - above;
  return bar;
}

/// Source by source from the last one: each goes right behind its destination, so that those of a
/// destination stand in order.
void TokenLikeness::link() {
  next_.assign(match_.tokens, 0);
  joined_.assign(match_.tokens, false);
  std::uint32_t ties = 0;
  const std::int64_t least = bar(ties);
  // Ties are taken from the lowest number on: so many of the first ones.
  std::vector<bool> is_best(cosines_.size(), false);
  for (std::size_t i = 0; i < cosines_.size(); ++i) {
    const bool is_tie = cosines_[i] == least && ties > 0;
    if (is_tie) --ties;
    is_best[i] = is_tie || cosines_[i] > least;
  }
  for (std::size_t i = cosines_.size(); i-- > 0;) {
    if (!is_best[i]) continue;
    const auto source = static_cast<std::uint32_t>(2 * i + 2);
    next_[source] = next_[destinations_[i]];
    next_[destinations_[i]] = source;
    joined_[source] = true;
  }
}

}  // namespace vitcod
