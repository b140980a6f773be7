// SPDX-License-Identifier: Apache-2.0
#include "workloads/token_merging.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

#include "sim/base/errors.hpp"
#include "workloads/number_formats.hpp"
#include "workloads/values.hpp"

namespace vitcod {
namespace {

constexpr std::int64_t kCosineOne = kFixedOne;
constexpr std::uint32_t kMostWeight = 65535;
constexpr std::uint32_t kEndBit = 0x8000;

std::uint64_t integer_root(std::uint64_t square) {
  auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(square)));
  while (root * root > square) --root;
  while ((root + 1) * (root + 1) <= square) ++root;
  return root;
}

/// The mean of K over the heads of all tokens, and the reciprocals of their lengths.
struct Directions {
  std::size_t features;
  std::vector<std::int64_t> means;
  std::vector<std::int64_t> reciprocals;

  std::int64_t product(std::size_t a, std::size_t b) const {
    std::int64_t sum = 0;
    for (std::size_t f = 0; f < features; ++f) {
      sum += means[a * features + f] * means[b * features + f];
    }
    return sum;
  }
};

Directions directions_of(const SimilarityMatch& match, std::uint32_t heads,
                         std::span<const std::int8_t> keys) {
  const std::size_t elements = std::size_t{match.tokens} * match.features;
  Directions directions{match.features, std::vector<std::int64_t>(elements, 0), {}};
  for (std::size_t i = 0; i < keys.size(); ++i) directions.means[i % elements] += keys[i];
  for (std::int64_t& mean : directions.means) mean >>= std::bit_width(heads - 1);
  for (std::uint32_t token = 0; token < match.tokens; ++token) {
    const auto square = static_cast<std::uint64_t>(directions.product(token, token));
    const std::uint64_t root = integer_root(square << 16U);
    directions.reciprocals.push_back(
        square == 0 ? 0 : static_cast<std::int64_t>((std::uint64_t{1} << 32U) / root));
  }
  return directions;
}

/// A source with the destination that is most like it.
struct Match {
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::int64_t cosine = 0;
};

Match best_match(const Directions& directions, std::uint32_t source, std::uint32_t tokens) {
  Match match{source, 1, 0};
  std::int64_t best = 0;
  for (std::uint32_t d = 1; d < tokens; d += 2) {
    const std::int64_t likeness = (directions.product(source, d) * directions.reciprocals[d]) >> 12;
    if (d > 1 && likeness <= best) continue;
    best = likeness;
    match.destination = d;
  }
  match.cosine = std::clamp((best * directions.reciprocals[source]) >> 20, -kCosineOne, kCosineOne);
  return match;
}

/// Each source's destination, 0 if it joins none.
std::vector<std::uint32_t> destinations(const SimilarityMatch& match,
                                        const Directions& directions) {
  std::vector<Match> matches;
  for (std::uint32_t source = 2; source < match.tokens; source += 2) {
    matches.push_back(best_match(directions, source, match.tokens));
  }
  std::stable_sort(matches.begin(), matches.end(),
                   [](const Match& a, const Match& b) { return a.cosine > b.cosine; });
  matches.resize(std::min<std::size_t>(matches.size(), match.merged));
  std::vector<std::uint32_t> joined(match.tokens, 0);
  for (const Match& pair : matches) joined[pair.source] = pair.destination;
  return joined;
}

std::int16_t weighted_mean(std::int64_t sum, std::uint64_t weight) {
  const auto s = static_cast<std::int64_t>(std::bit_width(weight)) - 1;
  const std::int64_t t = std::max<std::int64_t>(s - 8, 0);
  const auto reciprocal = static_cast<std::int64_t>((std::uint64_t{1} << (s + 17)) / weight);
  const std::int64_t mean =
      ((sum >> t) * reciprocal + (std::int64_t{1} << (s - t + 16))) >> (s - t + 17);
  return static_cast<std::int16_t>(std::clamp<std::int64_t>(mean, -32768, 32767));
}

std::vector<std::uint32_t> input_sizes(const Trace& trace, const Operation& match);

TokenMembers members_made_by(const Trace& trace, const Operation& maker) {
  if (const auto* select = std::get_if<ScoreSelect>(&maker.params)) return fused_members(*select);
  const auto& match = std::get<SimilarityMatch>(maker.params);
  return matched_members(match, trace.tensor(maker.inputs[0]).shape[0],
                         operand_values(trace, maker.inputs[0]), input_sizes(trace, maker));
}

std::vector<std::uint32_t> input_sizes(const Trace& trace, const Operation& match) {
  const std::uint32_t tokens = std::get<SimilarityMatch>(match.params).tokens;
  if (match.inputs.size() < 3) return std::vector<std::uint32_t>(tokens, 1);
  for (const Operation& operation : trace.operations) {
    if (&operation == &match) break;
    if (!std::holds_alternative<TokenFuse>(operation.params) || operation.outputs.size() < 2 ||
        operation.outputs[1] != match.inputs[2]) {
      continue;
    }
    return members_of(trace, operation, operation.inputs[1]).sizes();
  }
  throw InputError(
      fmt::format("operation \"{}\", inputs/2: expected sizes of an earlier merging, "
                  "found \"{}\"",
                  match.name, trace.tensor(match.inputs[2]).name));
}

}  // namespace

std::uint32_t TokenMembers::num_groups() const {
  return static_cast<std::uint32_t>(std::count(ends.begin(), ends.end(), true));
}

std::vector<std::uint32_t> TokenMembers::sizes() const {
  std::vector<std::uint32_t> sizes;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    sum += weights[i];
    if (!ends[i]) continue;
    sizes.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, kMostWeight)));
    sum = 0;
  }
  return sizes;
}

std::vector<std::int16_t> TokenMembers::words() const {
  std::vector<std::int16_t> words;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    words.push_back(static_cast<std::int16_t>(numbers[i] | (ends[i] ? kEndBit : 0U)));
  }
  for (const std::uint32_t weight : weights) words.push_back(static_cast<std::int16_t>(weight));
  return words;
}

TokenMembers fused_members(const ScoreSelect& select) {
  const auto weight = [&](std::uint32_t token) {
    return std::max(1U, select.scores[token] >> std::bit_width(select.heads));
  };
  TokenMembers members;
  for (const std::uint32_t token : select.kept) members.add(token, weight(token), true);
  for (std::uint32_t token = 0; token < select.tokens_in; ++token) {
    if (std::binary_search(select.kept.begin(), select.kept.end(), token)) continue;
    members.add(token, weight(token), false);
  }
  members.ends.back() = true;
  return members;
}

TokenMembers matched_members(const SimilarityMatch& match, std::uint32_t heads,
                             std::span<const std::int8_t> keys,
                             std::span<const std::uint32_t> sizes) {
  const std::vector<std::uint32_t> joined = destinations(match, directions_of(match, heads, keys));
  TokenMembers members;
  for (std::uint32_t source = 0; source < match.tokens; source += 2) {
    if (joined[source] == 0) members.add(source, sizes[source], true);
  }
  for (std::uint32_t d = 1; d < match.tokens; d += 2) {
    members.add(d, sizes[d], false);
    for (std::uint32_t source = 0; source < match.tokens; source += 2) {
      if (joined[source] == d) members.add(source, sizes[source], false);
    }
    members.ends.back() = true;
  }
  return members;
}

bool has_fused_token(const Operation& select) { return select.outputs.size() == 1; }

TokenMembers members_of(const Trace& trace, const Operation& reader, TensorId table) {
  for (const Operation& operation : trace.operations) {
    if (&operation == &reader) break;
    const bool makes_members =
        std::holds_alternative<SimilarityMatch>(operation.params) ||
        (std::holds_alternative<ScoreSelect>(operation.params) && has_fused_token(operation));
    if (makes_members && operation.outputs[0] == table) return members_made_by(trace, operation);
  }
  throw InputError(fmt::format("operation \"{}\": expected a table of members, found \"{}\"",
                               reader.name, trace.tensor(table).name));
}

std::vector<std::int16_t> merged_rows(const TokenMembers& members, std::uint32_t features,
                                      std::span<const std::int16_t> rows) {
  std::vector<std::int16_t> merged;
  std::vector<std::int64_t> sums(features, 0);
  std::uint64_t weight = 0;
  bool is_first = true;
  for (std::size_t i = 0; i < members.numbers.size(); ++i) {
    const std::int16_t* row = &rows[std::size_t{members.numbers[i]} * features];
    weight += members.weights[i];
    for (std::size_t f = 0; f < features; ++f) sums[f] += std::int64_t{row[f]} * members.weights[i];
    const bool is_alone = is_first && members.ends[i];
    is_first = members.ends[i];
    if (!members.ends[i]) continue;
    for (std::size_t f = 0; f < features; ++f) {
      merged.push_back(is_alone ? row[f] : weighted_mean(sums[f], weight));
    }
    sums.assign(features, 0);
    weight = 0;
  }
  return merged;
}

KeptMap merged_map(const KeptMap& map, std::span<const std::uint32_t> group_of,
                   std::uint32_t groups) {
  KeptMap merged(groups, groups);
  for (std::uint32_t query = 0; query < map.num_queries(); ++query) {
    map.for_each_kept(query,
                      [&](std::uint32_t key) { merged.set(group_of[query], group_of[key], true); });
  }
  return merged;
}

}  // namespace vitcod
