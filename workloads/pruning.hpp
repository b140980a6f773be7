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

/// Keeps row 0 and column 0 of `map`, the class token's, as the authors do for models that have
/// one.
void keep_class_token(KeptMap& map);

}  // namespace vitcod
