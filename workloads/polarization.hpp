// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "workloads/attention_map.hpp"

namespace vitcod {

/// Splits one head's map into denser columns and a CSC sparser part ("polarization", ViTCoD section
/// IV). A key is global if its column holds strictly more than `theta_d` kept entries, class-token
/// row included; the globals are swapped to the front one by one in ascending order, as the
/// authors' `reorder.py` does. No `theta_d`: no denser column, all keys in their original order.
PolarizedHead polarize(const KeptMap& map, std::optional<std::uint32_t> theta_d);

/// The same for a given split: the first `num_denser` positions of `key_order` (a permutation of
/// the keys) are the denser columns.
PolarizedHead polarize(const KeptMap& map, std::vector<std::uint32_t> key_order,
                       std::uint32_t num_denser);

/// All columns sorted by their kept entries, the most first, and none of them denser; among equals
/// in their original order.
PolarizedHead sort_columns(const KeptMap& map);

/// Polarizes `head` and appends it to `map`, whose other heads must have its shape (ModelError).
void add_head(PolarizedMap& map, const KeptMap& head, std::optional<std::uint32_t> theta_d);

/// The same with its columns sorted, for a map that is left uncut.
void add_uncut_head(PolarizedMap& map, const KeptMap& head);

/// All heads of one attention block, each with its own order. The heads must have one shape and
/// there must be at least one (ModelError).
PolarizedMap polarize_heads(const HeadMaps& heads, std::optional<std::uint32_t> theta_d);

/// The map that was polarized; `num_queries` and `num_keys` are those of its PolarizedMap.
KeptMap kept_map(const PolarizedHead& head, std::uint32_t num_queries, std::uint32_t num_keys);

}  // namespace vitcod
