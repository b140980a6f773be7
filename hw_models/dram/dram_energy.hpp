// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "hw_models/dram/dram_command.hpp"
#include "hw_models/dram/dram_config.hpp"

namespace vitcod {

/// What one or more channels did; the sum of several is their activity together.
struct DramActivity {
  std::array<std::uint64_t, kNumDramCommands> commands{};
  std::uint64_t rank_clocks = 0;         ///< clocks x ranks
  std::uint64_t active_rank_clocks = 0;  ///< of these, with a row open in the rank
  std::uint64_t row_hits = 0;            ///< bursts that found their row open
  std::uint64_t row_misses = 0;          ///< bursts that found their bank closed
  std::uint64_t row_conflicts = 0;       ///< bursts that found another row open
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;

  std::uint64_t count(DramCommand command) const { return commands[index_of(command)]; }
  DramActivity& operator+=(const DramActivity& other);
};

/// Energy in pJ, all chips, without I/O and termination.
struct DramEnergy {
  double activate_pj = 0;    ///< ACT and its precharge
  double read_pj = 0;        ///< above standby
  double write_pj = 0;       ///< above standby
  double refresh_pj = 0;     ///< above standby
  double background_pj = 0;  ///< standby, with a row open or without
  double total_pj() const { return activate_pj + read_pj + write_pj + refresh_pj + background_pj; }
};

/// Energy per event after the form of Micron's power model: V n (I - I_standby) t, with n chips.
/// A per-bank refresh counts as the share 1/banks of an all-bank one.
DramEnergy dram_energy(const DramConfig& config, const DramActivity& activity);

/// Throws ConfigError where a current is below that of standby: an event would have negative
/// energy.
void check_currents(const DramCurrents& currents);

}  // namespace vitcod
