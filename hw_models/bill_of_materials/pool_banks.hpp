// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"

namespace vitcod {

/// A memory whose banks are handed out whole, as those see it that are given them.
struct PoolBanks {
  std::uint64_t banks = 1;
  std::uint64_t width_bytes = 1;  ///< of a bank's word

  /// Of `banks` that a buffer asks for, those that lie apart in the memory.
  std::uint64_t apart(std::uint64_t asked) const { return std::min(asked, banks); }
};

/// From the memory's banks to the ports of a buffer of `banks` banks that is given some of them:
/// bank m of the memory may be its bank m mod `banks`, so that each port chooses among as many. An
/// access that is wider than a bank's word takes banks side by side.
inline void add_pool_ports(const PoolBanks& pool, std::uint64_t banks, std::uint64_t ports_per_bank,
                           std::uint64_t width_bytes, PartList& parts) {
  parts.add_multiplexers(ports_per_bank * (pool.banks - pool.apart(banks)),
                         8 * std::min(width_bytes, pool.width_bytes));
}

}  // namespace vitcod
