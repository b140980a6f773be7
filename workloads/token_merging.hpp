// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "workloads/attention_map.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

// Tokens that are merged: what SimilarityMatch, TokenFuse and a ScoreSelect with a fused token come
// to. Which tokens are merged follows from the trace's token seed, as kept tokens do.
//
// A *table of members* is a tensor of 16 bits, (2, tokens): first the numbers of all tokens, group
// by group, with bit 15 set at the last one of each group; then, in the same order, the weight of
// each, 1 to 65535. A group becomes one token.
//
// **ScoreSelect with a fused token** (EViT). Inputs as without, but never origins; its one output
// is a table of members: each kept token is a group of its own, ascending; the dropped ones, at
// least one, are the last group, ascending. Weights: max(1, score >> bit width of the number of
// heads).
//
// **SimilarityMatch** (ToMe): `merged` pairs of `tokens` tokens. Inputs: [0] K, 8 bits (heads,
// tokens, features) [1] the tensor that it stands for, not read, only waited for [2] only after an
// earlier merging: sizes, 16 bits (tokens), how many tokens each is made of. Output: [0] a table of
// members, whose weights are the sizes (1 each without input 2). Tokens of even numbers are
// sources, those of odd ones destinations; the class token, 0, is merged into none:
//
//     m_t[f] = (sum of K over the heads) >> bit width of (heads - 1)
//     r_t    = floor(2^32 / isqrt(2^16 m_t.m_t)), 0 if m_t is 0           about 2^24 / |m_t|
//     c      = (m_s.m_d r_d) >> 12 for source s and destination d; the largest is s's best, the
//              lower d among equals
//     v_s    = clamp((best r_s) >> 20, -2^16, 2^16)                       the cosine, 16 bits
//
// The `merged` sources of the largest v, the lower number first among equals, join their
// destinations. Groups: the other sources, ascending, then the destinations, ascending, each
// followed by the sources that join it, ascending. `merged` is at most ceil(tokens / 2) - 1.
//
// **TokenFuse**: the weighted mean of the rows of each group. Inputs: [0] X, 16 bits (tokens_in,
// features) [1] a table of members (2, tokens_in). Outputs: [0] 16 bits (tokens_out, features) [1]
// optional: sums of the groups' weights, at most 65535 each, 16 bits (tokens_out). A group of one
// is that row as it is; else with W the sum of weights w, at most 2^31, and s = floor(log2 W), t =
// max(s - 8, 0):
//
//     R = floor(2^(s + 17) / W)                                           17 bits, or 2^17
//     y = sat16(((sum of w x) >> t) R + 2^(s - t + 16)) >> (s - t + 17))

/// A table of members: group by group.
struct TokenMembers {
  std::vector<std::uint32_t> numbers;
  std::vector<bool> ends;  ///< the last one of its group
  std::vector<std::uint32_t> weights;

  void add(std::uint32_t number, std::uint32_t weight, bool ends_group) {
    numbers.push_back(number);
    weights.push_back(weight);
    ends.push_back(ends_group);
  }
  std::uint32_t num_groups() const;
  /// Sums of weights, by group, at most 65535 each.
  std::vector<std::uint32_t> sizes() const;
  /// As the tensor has them.
  std::vector<std::int16_t> words() const;
  bool operator==(const TokenMembers&) const = default;
};

/// Most pairs that can be merged of so many tokens.
inline std::uint32_t most_merged(std::uint32_t tokens) {
  return tokens == 0 ? 0 : (tokens - 1) / 2;
}

/// Of a selection with a fused token, from its scores and its kept tokens.
TokenMembers fused_members(const ScoreSelect& select);

/// Of a match by K, (heads, tokens, features); `sizes` has one a token.
TokenMembers matched_members(const SimilarityMatch& match, std::uint32_t heads,
                             std::span<const std::int8_t> keys,
                             std::span<const std::uint32_t> sizes);

/// Whether a selection makes a table of members, for a fused token.
bool has_fused_token(const Operation& select);

/// The members that a table of the trace holds, from the operation that makes it. Throws InputError
/// with the name of `reader` if none does.
TokenMembers members_of(const Trace& trace, const Operation& reader, TensorId table);

/// The rows of TokenFuse: X (tokens_in, features).
std::vector<std::int16_t> merged_rows(const TokenMembers& members, std::uint32_t features,
                                      std::span<const std::int16_t> rows);

/// A head's kept entries between groups of tokens: kept where those of any members are. `group_of`
/// has the group of each token.
KeptMap merged_map(const KeptMap& map, std::span<const std::uint32_t> group_of,
                   std::uint32_t groups);

}  // namespace vitcod
