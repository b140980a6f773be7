// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"

namespace vitcod {

/// A scoreboard of the jobs that may be in flight at a time, and the space of each pool. How the
/// program comes to it is not modelled, and not on the bill.
inline PartList controller_parts(std::uint64_t jobs_in_flight, std::uint64_t pools) {
  constexpr std::uint64_t kJobBits = 512;  // loads, deliveries, reports, regions, orders
  constexpr std::uint64_t kPoolBits = 20;
  PartList parts;
  parts.add_queue(jobs_in_flight, kJobBits)
      .add_accumulators(pools, kPoolBits)
      .add_comparators(pools, kPoolBits);
  return parts;
}

}  // namespace vitcod
