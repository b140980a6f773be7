// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/base/json.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// The schedule of tokens of a trace, for people: tokens by layer, a line a selection, a line an
/// exit. Empty where nothing is selected and no exit is there.
std::string token_lines(const Trace& trace);

/// The same as JSON; null where there is none.
Json tokens_json(const Trace& trace);

}  // namespace vitcod
