// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// The selections of a trace that lead to `select`: the first one first, `select` last.
std::vector<const Operation*> selection_chain(const Trace& trace, const Operation& select);

/// The number that each of the tokens that `select` takes had before any selection.
std::vector<std::uint32_t> input_origins(const Trace& trace, const Operation& select);

// What ScoreSelect and ExitTest (operation_params.hpp) come to, computed from their descriptions
// there.

/// Scores of all tokens, 16 fraction bits, from Q of the class token, (heads, 1, features), and K,
/// (heads, tokens, features); the sizes are those of `select`, whose other fields are not read.
std::vector<std::uint32_t> token_scores(const ScoreSelect& select,
                                        std::span<const std::int8_t> query,
                                        std::span<const std::int8_t> keys);

/// The tokens that `select` keeps by its scores, its rule and its threshold, ascending.
std::vector<std::uint32_t> kept_tokens(const ScoreSelect& select);

/// The least score that is kept by a threshold of `tau` times the score that `patches` patch tokens
/// would have if all attention were spread evenly over them: ceil(tau heads 2^16 / patches).
std::uint32_t least_score(double tau, std::uint32_t heads, std::uint32_t patches);

/// Whether the exit is taken on these logits; `taken` is not read.
bool is_exit_taken(const ExitTest& exit, std::span<const std::int8_t> logits);

/// Attention's share of the most likely class in a softmax of the logits as ExitTest computes it,
/// 16 fraction bits, rounded down: the greatest confidence at which the exit is taken.
std::uint32_t exit_confidence(std::span<const std::int8_t> logits);

}  // namespace vitcod
