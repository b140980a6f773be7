// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

// Values of the tensors that stand for others where a trace decides what depends on its image:
// which tokens stay or are merged, and whether an exit is taken (inputs 0 and 1 of ScoreSelect,
// input 0 of SimilarityMatch and of ExitTest). They depend on the trace's token seed, not on its
// value seed, so that the trace's kept tokens and exits are true for all values of the network.
// Every number here is an assumption.

/// Turns keys of independent values, (heads, tokens, features), into those whose softmax with
/// `query`, (heads, 1, features), shows where the image is salient. At the b-th selection of a run,
/// from 0, the score of patch token p in head h is
///
///     (0.57 + 0.08 b) (s(p) + 0.4 n(b, p) + 0.4 n(b, h, p))
///
/// and 0 for prefix tokens: s is a smooth field over the grid of patches, n is normal noise. Each
/// key is moved along its query as far as that takes; what is at right angles to it stays. The grid
/// is the one that is most nearly square.
void imprint_saliency(const Trace& trace, const Operation& select,
                      std::span<const std::int8_t> query, std::vector<std::int8_t>& keys);

/// Keys, (heads, tokens, features), that tokens are matched by: each token shows one of 16 objects,
/// drawn anew for each match of a run, and is the object's key of the head, of deviation 24, with
/// noise of deviation 16.
std::vector<std::int8_t> match_keys(const Trace& trace, const Operation& match);

/// Logits, (1, classes): one class at the most that 8 bits hold, eight rivals about `gap` below it,
/// the others where they weigh nothing. At the b-th exit of a run, from 0, the rivals leave the
/// class a share of about 1 / (1 + exp(0.6 - b - z / 2)), with z normal, one number for the image.
std::vector<std::int8_t> exit_logits(const Trace& trace, const Operation& exit);

}  // namespace vitcod
