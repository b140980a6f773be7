// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/base/int_math.hpp"

namespace vitcod {

/// Most groups that the lines of an engine form: a set of them is a word.
inline constexpr std::uint32_t kMostLineGroups = 64;

/// Neighbouring lines that share ways of a network, and the ways that are theirs alone: way w
/// serves the lines of group w mod groups. No more groups than ways or lines, so that each line is
/// reached. One group: every way reaches every line. An engine counts its lines from its own end of
/// the array, so that its groups stay where they are when the other engine takes more or fewer.
struct LineGroups {
  std::uint32_t groups = 1;
  std::uint32_t ways = 1;
  std::uint32_t lines = 1;

  LineGroups(std::uint32_t groups_asked, std::uint32_t num_ways, std::uint32_t num_lines)
      : groups(std::min({groups_asked, num_ways, num_lines})), ways(num_ways), lines(num_lines) {}

  /// The group that the line belongs to; the last one for lines beyond the array.
  std::uint32_t of(std::uint32_t line) const {
    const std::uint64_t group = std::uint64_t{line} * groups / lines;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(group, groups - 1));
  }
  std::uint32_t lines_of(std::uint32_t group) const { return first(group + 1) - first(group); }
  std::uint32_t ways_of(std::uint32_t group) const {
    return ways / groups + (group < ways % groups ? 1 : 0);
  }

 private:
  std::uint32_t first(std::uint32_t group) const {
    return static_cast<std::uint32_t>(
        ceil_div(std::uint64_t{group} * lines, std::uint64_t{groups}));
  }
};

}  // namespace vitcod
