// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/local_buffer/line_groups.hpp"

namespace vitcod {

/// From the ways to the lines: a line chooses among the ways of its group, and of one way it is a
/// tap.
inline void add_ways_to_lines(const LineGroups& groups, std::uint64_t bits, PartList& parts) {
  for (std::uint32_t group = 0; group < groups.groups; ++group) {
    parts.add_network(groups.ways_of(group), groups.lines_of(group), bits);
  }
}

/// The lines' requests: any of a group may be the one whose row a way of it brings.
inline void add_requests(const LineGroups& groups, std::uint64_t address_bits, PartList& parts) {
  for (std::uint32_t group = 0; group < groups.groups; ++group) {
    parts.add_network(groups.lines_of(group), groups.ways_of(group), address_bits);
  }
}

/// Each line compares what it asks for with what is on all ways of its group, to share one.
inline void add_sharing(const LineGroups& groups, std::uint64_t address_bits, PartList& parts) {
  for (std::uint32_t group = 0; group < groups.groups; ++group) {
    parts.add_comparators(std::uint64_t{groups.lines_of(group)} * groups.ways_of(group),
                          address_bits);
  }
}

}  // namespace vitcod
