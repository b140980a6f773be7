// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "sim/base/json.hpp"
#include "workloads/info.hpp"
#include "workloads/workload.hpp"

namespace vitcod::test {

/// Tokens at 3, 6 and 9, kept by a ratio of 0.7.
inline Json top_k() {
  return {{"kind", "iret"}, {"boundaries", {3, 6, 9}}, {"keep_ratio", 0.7}, {"seed", 1}};
}

inline Json specification(const Json& model, const char* scope, const Json& tokens) {
  return {{"model", model},
          {"scope", scope},
          {"maps", {{"kind", "generated"}, {"sparsity", 0.9}, {"seed", 1}}},
          {"polarization", {{"theta_d", 50}}},
          {"tokens", tokens}};
}

inline Trace iret(const char* scope, const Json& tokens) {
  return make_trace(specification("iret-tiny", scope, tokens), ".");
}

/// Queries of the map of each attention layer.
inline std::vector<std::uint32_t> attention_queries(const Trace& trace) {
  std::vector<std::uint32_t> tokens;
  for (const MapInfo& map : map_infos(trace)) tokens.push_back(map.num_queries);
  return tokens;
}

}  // namespace vitcod::test
