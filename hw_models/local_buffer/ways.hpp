// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "hw_models/local_buffer/line_groups.hpp"
#include "sim/kernel/clock.hpp"

namespace vitcod {

/// The ways of a network from banks to lines, by the group of lines that they serve. Each carries
/// one row at a time, to one line of its group or to all that want it, and all rows of a phase take
/// a way for as long, so that those of a group become free in the order in which they were taken.
class Ways {
 public:
  /// A set of groups, a bit each.
  using Groups = std::uint64_t;

  explicit Ways(const LineGroups& groups) : groups_(groups) {
    for (std::uint32_t line = 0; line < groups.lines; ++line) {
      group_of_.push_back(static_cast<std::uint8_t>(groups.of(line)));
    }
    for (std::uint32_t group = 0; group < groups.groups; ++group) {
      rings_.push_back(Ring{std::vector<Cycle>(groups.ways_of(group), 0), 0});
    }
  }

  /// The groups of `num_lines` lines from `first_line` on.
  Groups groups_of(std::uint32_t first_line, std::uint32_t num_lines) const {
    if (groups_.groups == 1) return 1;
    const std::uint32_t first = group_of(first_line);
    if (num_lines == 1) return Groups{1} << first;
    const std::uint32_t last = group_of(first_line + num_lines - 1);
    return (~Groups{0} >> (kMostLineGroups - 1 - (last - first))) << first;
  }
  /// Whether each of the groups has a way free.
  bool have_free(Cycle now, Groups groups) const {
    for (; groups != 0; groups &= groups - 1) {
      const Ring& ring = rings_[static_cast<std::size_t>(std::countr_zero(groups))];
      if (ring.free_at[ring.next] > now) return false;
    }
    return true;
  }
  /// Takes of each group the free one that was taken first, until `until`. Returns how many.
  std::uint32_t take(Groups groups, Cycle until) {
    std::uint32_t number = 0;
    for (; groups != 0; groups &= groups - 1, ++number) {
      Ring& ring = rings_[static_cast<std::size_t>(std::countr_zero(groups))];
      ring.free_at[ring.next] = until;
      ring.next = ring.next + 1 == ring.free_at.size() ? 0 : ring.next + 1;
    }
    return number;
  }

 private:
  struct Ring {
    std::vector<Cycle> free_at;
    std::size_t next = 0;  ///< the one that becomes free first
  };

  std::uint32_t group_of(std::uint32_t line) const {
    return line < group_of_.size() ? group_of_[line] : groups_.of(line);
  }

  LineGroups groups_;
  std::vector<std::uint8_t> group_of_;  ///< by line: a division a request would show
  std::vector<Ring> rings_;             ///< by group
};

}  // namespace vitcod
