// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// Most queries, and keys, of a map that is drawn.
inline constexpr std::uint32_t kMaxDrawnTokens = 4096;

/// A drawing and the name of its file.
struct Picture {
  std::string file_name;
  std::string svg;
};

/// A map as an SVG drawing, two panels a head with a row a query: its kept entries before
/// polarization, keys in the model's order, and after it, keys in polarized order, with the denser
/// block shaded. Throws InputError for a map of more than kMaxDrawnTokens queries or keys.
std::string map_picture(const PolarizedMap& map, const std::string& layer);

/// Tokens of each layer's attention as an SVG drawing: a bar a layer, and behind it what the first
/// layer has.
std::string token_picture(const Trace& trace);

/// A picture a map, "map00-layer0.svg" and on, in the order of used_maps; and "tokens.svg" where
/// the trace has a schedule of tokens.
std::vector<Picture> workload_pictures(const Trace& trace);

}  // namespace vitcod
