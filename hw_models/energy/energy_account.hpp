// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hw_models/bill_of_materials/silicon.hpp"
#include "hw_models/energy/energy_config.hpp"
#include "sim/base/json.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

/// The on-chip energy of a machine: counters of its blocks, each times its cost in a table. It is
/// computed when a report is written, so that counting costs nothing beyond the counters.
class EnergyAccount {
 public:
  /// `blocks`, complete, must outlive the account. `silicon`: whose memories events may name; null:
  /// none. Throws ConfigError at `/energy/events/N/counter` for a counter that no block has, or
  /// that stands in the table twice, and at `/energy/events/N/memory` for a block without a memory.
  EnergyAccount(const EnergyConfig& config, const StatGroup& blocks,
                const Silicon* silicon = nullptr);

  /// Sets in `out`, at the pointer of each counter, its energy so far in pJ.
  void write(Json& out) const;
  double total_pj() const;
  /// By pointer of the block that a counter is in.
  std::map<std::string, double> by_block() const;

 private:
  struct Entry {
    std::string pointer;
    const Counter* counter;
    double pj;
    double energy_pj() const { return pj * static_cast<double>(counter->value()); }
  };

  std::vector<Entry> entries_;
};

}  // namespace vitcod
