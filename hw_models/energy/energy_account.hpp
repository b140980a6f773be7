// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/energy/energy_config.hpp"
#include "sim/base/json.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

/// The on-chip energy of a machine: counters of its blocks, each times its cost in a table. It is
/// computed when a report is written, so that counting costs nothing beyond the counters.
class EnergyAccount {
 public:
  /// `blocks`, complete, must outlive the account. Throws ConfigError at `/energy/events/N/counter`
  /// for a counter that no block has, or that stands in the table twice.
  EnergyAccount(const EnergyConfig& config, const StatGroup& blocks);

  /// Sets in `out`, at the pointer of each counter, its energy so far in pJ.
  void write(Json& out) const;
  double total_pj() const;

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
