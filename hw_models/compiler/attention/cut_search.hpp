// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "hw_models/compiler/attention/line_splitter.hpp"
#include "hw_models/compiler/attention/work_unit.hpp"
#include "hw_models/compiler/holding_rules.hpp"

namespace vitcod {

/// Which buffer is too small for the units of a cut; empty if all fit.
struct Shortage {
  const char* buffer = nullptr;
  std::uint64_t needed = 0;
  std::uint64_t available = 0;
  const char* unit = "bytes";
  std::uint32_t key_tiles = 1;  ///< that the keys are cut into
};

/// Part `index` of `number` of what is cut evenly.
inline void set_part(std::uint32_t whole, std::uint32_t index, std::uint32_t number,
                     std::uint32_t& first, std::uint32_t& size) {
  first = static_cast<std::uint32_t>(std::uint64_t{whole} * index / number);
  size = static_cast<std::uint32_t>(std::uint64_t{whole} * (index + 1) / number) - first;
}

/// Entries in a word of the sparser engine's S.
std::uint32_t entries_a_word(const AttentionLayer& layer, const HoldingRules& rules);

/// Units whose heads are all pruned load nothing: the others decide which one is first and last.
void mark_loads(std::vector<WorkUnit>& units);

/// Divides the lines for both phases of each unit.
void split_lines(std::vector<WorkUnit>& units, const LineSplitter& splitter);

/// The next number after `tiles` of 1, 2, 3, 4, 6, 8, 12, ...: the same for all machines, so that
/// one with more room finds the cuts of the smaller one among its candidates.
std::uint32_t next_on_grid(std::uint32_t tiles);

/// The fewest of up to `most` row tiles that fit. Doubling finds a number that fits, halving what
/// lies between it and one that does not the fewest. Sparse rows differ, so a few tiles less may
/// fit again: they are not looked for, because each look costs a pass over all units.
template <typename Fits>
std::optional<std::uint32_t> fewest_tiles(std::uint32_t most, Fits fits) {
  std::uint32_t too_few = 0;
  std::uint32_t fewest = 1;
  while (!fits(fewest)) {
    if (fewest == most) return std::nullopt;
    too_few = fewest;
    fewest = std::min(fewest * 2, most);
  }
  while (fewest - too_few > 1) {
    const std::uint32_t middle = too_few + (fewest - too_few) / 2;
    (fits(middle) ? fewest : too_few) = middle;
  }
  return fewest;
}

}  // namespace vitcod
