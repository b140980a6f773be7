// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/json.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Tokens of the attention of one layer.
struct LayerTokens {
  std::string layer;
  std::uint32_t tokens;
  bool is_restricted;  ///< its map is another one's, restricted
};

/// In the order of the layers.
std::vector<LayerTokens> tokens_by_layer(const Trace& trace);

/// Whether a trace selects tokens or tests an exit.
bool has_token_schedule(const Trace& trace);

/// The schedule of tokens of a trace, for people: tokens by layer, a line a selection, a line an
/// exit. Empty where nothing is selected and no exit is there.
std::string token_lines(const Trace& trace);

/// The same as JSON; null where there is none.
Json tokens_json(const Trace& trace);

}  // namespace vitcod
