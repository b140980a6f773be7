// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "workloads/attention_map.hpp"

namespace vitcod {

/// The ViTCoD authors' pruning rule for one row of an averaged attention map (`gen_mask.py`):
/// sorted descending (the lower index first among equals) and accumulated in double precision, the
/// row keeps its first n = min(row length, count(running sum < theta_p) + 2) entries, one more than
/// the sum needs. Sets `kept[i]` to 1 or 0; `row` and `kept` have one length. A cut-off above 1
/// keeps everything.
void prune_row(std::span<const double> row, double theta_p, std::span<std::uint8_t> kept);

/// Keeps the first `num_tokens` rows and columns of `map` whole, as the authors do for the class
/// token.
void keep_prefix_tokens(KeptMap& map, std::uint32_t num_tokens);

}  // namespace vitcod
