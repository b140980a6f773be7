// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "hw_models/bill_of_materials/bill_of_materials.hpp"
#include "hw_models/bill_of_materials/clock_gating_config.hpp"
#include "hw_models/bill_of_materials/silicon.hpp"
#include "hw_models/energy/energy_config.hpp"
#include "sim/base/json.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

/// What the lines of a machine did in a run, in line-cycles.
struct LineActivity {
  std::uint64_t all = 0;      ///< lines x cycles
  std::uint64_t idle = 0;     ///< in no unit's work
  std::uint64_t waiting = 0;  ///< in a unit's work, and no register changes
};

/// What the clock of a machine's registers costs, from the accounts of its blocks. Each stage of a
/// pipeline has gates of its own, enabled by the valid bit that comes with the data. So it is
/// clocked as often as something enters it, some cycles after the block has taken that in: in as
/// many cycles as the block is not idle, at most, whatever is in flight when it becomes so.
class ClockAccount {
 public:
  /// `blocks`, complete, must outlive the account. Absent: clocking costs nothing; no gates.
  ClockAccount(const std::optional<ClockConfig>& cost,
               const std::optional<ClockGatingConfig>& gating, const StatGroup& blocks);

  /// With the gates of all registers that an account says to hold still at times.
  BillOfMaterials with_gates(BillOfMaterials bill) const;

  /// Of a block's registers and latches in a run of `cycles` cycles. Where nothing loads them,
  /// gated ones cost the tree down to their gates.
  double energy_pj(const Silicon::Block& block, const LineActivity& lines, Cycle cycles) const;

  /// An object about all gates and the registers behind them or without one; none without gating.
  void write(const Silicon& silicon, const LineActivity& lines, Cycle cycles, Json& result) const;

 private:
  bool gates(const std::string& account) const;
  /// Of `cycles`, those in which the registers of a block are clocked; lines: on average.
  double clocked_cycles(const Silicon::Block& block, const LineActivity& lines, Cycle cycles) const;

  const ClockConfig cost_;
  const std::optional<ClockGatingConfig> gating_;
  const StatGroup& blocks_;
};

}  // namespace vitcod
