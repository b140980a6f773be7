// SPDX-License-Identifier: Apache-2.0
#include "workloads/routing.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "sim/base/random.hpp"

namespace vitcod {
namespace {

constexpr double kStandardDeviation = 32.0;
constexpr double kMost = 126.0;  ///< so that one more or less is still a logit

}  // namespace

Routing routing_of(std::span<const std::int8_t> logits) {
  Routing routing;
  std::vector<std::uint32_t> second;
  for (std::uint32_t token = 0; token < logits.size() / kNumExperts; ++token) {
    const std::size_t at = std::size_t{kNumExperts} * token;
    const bool is_first = logits[at] >= logits[at + 1];
    (is_first ? routing.order : second).push_back(token);
  }
  routing.tokens_first = static_cast<std::uint32_t>(routing.order.size());
  routing.order.insert(routing.order.end(), second.begin(), second.end());
  return routing;
}

std::vector<std::int8_t> router_logits(const Trace& trace, const Operation& operation) {
  const auto& split = std::get<RouterSplit>(operation.params);
  Random random(trace.token_seed, "tokens/router/" + operation.name);
  std::vector<std::int8_t> logits;
  for (std::size_t i = 0; i < std::size_t{kNumExperts} * split.tokens; ++i) {
    const double drawn = std::floor(kStandardDeviation * random.normal() + 0.5);
    logits.push_back(static_cast<std::int8_t>(std::clamp(drawn, -kMost, kMost)));
  }
  const auto distance = [&logits](std::size_t token) {
    return logits[kNumExperts * token] - logits[kNumExperts * token + 1];
  };
  std::vector<std::uint32_t> tokens(split.tokens);
  std::iota(tokens.begin(), tokens.end(), 0U);
  std::stable_sort(tokens.begin(), tokens.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return distance(a) > distance(b); });
  for (std::size_t place = 0; place < tokens.size(); ++place) {
    std::int8_t* const pair = &logits[std::size_t{kNumExperts} * tokens[place]];
    const bool goes_first = place < split.tokens_first;
    if (goes_first ? pair[0] < pair[1] : pair[0] > pair[1]) std::swap(pair[0], pair[1]);
    if (!goes_first && pair[0] == pair[1]) ++pair[1];
  }
  return logits;
}

}  // namespace vitcod
