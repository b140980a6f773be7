// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_energy.hpp"

#include <fmt/format.h>

#include "sim/base/errors.hpp"

namespace vitcod {

DramActivity& DramActivity::operator+=(const DramActivity& other) {
  for (std::size_t i = 0; i < commands.size(); ++i) commands[i] += other.commands[i];
  rank_clocks += other.rank_clocks;
  active_rank_clocks += other.active_rank_clocks;
  row_hits += other.row_hits;
  row_misses += other.row_misses;
  row_conflicts += other.row_conflicts;
  bytes_read += other.bytes_read;
  bytes_written += other.bytes_written;
  return *this;
}

DramEnergy dram_energy(const DramConfig& config, const DramActivity& activity) {
  // mA x V x ns = pJ.
  constexpr double kNsPerMs = 1e6;
  const double clock_ns = kNsPerMs / static_cast<double>(config.clock_khz);
  const auto count = [&](DramCommand command) {
    return static_cast<double>(activity.count(command));
  };
  const double reads = count(DramCommand::kRd) + count(DramCommand::kRda);
  const double writes = count(DramCommand::kWr) + count(DramCommand::kWra);
  const double refreshes =
      count(DramCommand::kRef) + count(DramCommand::kRefpb) / config.organization.banks_per_rank();
  const double ras = config.currents.activate_active_clocks;
  const double rp = config.currents.activate_precharge_clocks;
  const auto active = static_cast<double>(activity.active_rank_clocks);
  const double idle = static_cast<double>(activity.rank_clocks) - active;
  DramEnergy energy;
  for (const DramSupply& s : config.currents.supplies) {
    const double scale = s.volts * config.organization.chips * clock_ns;  // per mA and clock
    const double per_act = s.idd0 * (ras + rp) - s.idd3n * ras - s.idd2n * rp;
    energy.activate_pj += scale * per_act * count(DramCommand::kAct);
    energy.read_pj += scale * (s.idd4r - s.idd3n) * config.commands.burst_clocks * reads;
    energy.write_pj += scale * (s.idd4w - s.idd3n) * config.commands.burst_clocks * writes;
    energy.refresh_pj += scale * (s.idd5 - s.idd3n) * config.refresh.all_bank_clocks * refreshes;
    energy.background_pj += scale * (s.idd3n * active + s.idd2n * idle);
  }
  return energy;
}

void check_currents(const DramCurrents& currents) {
  const double active = currents.activate_active_clocks;
  const double closed = currents.activate_precharge_clocks;
  for (std::size_t i = 0; i < currents.supplies.size(); ++i) {
    const DramSupply& supply = currents.supplies[i];
    const auto require_above = [&](const char* key, double current, double standby,
                                   const char* what) {
      constexpr double kRounding = 1e-9;
      if (current >= standby * (1 - kRounding)) return;
      throw ConfigError(fmt::format("/currents/supplies/{}/{}", i, key),
                        fmt::format("{} mA is below {}, {} mA", current, what, standby));
    };
    require_above("idd0", supply.idd0,
                  (supply.idd3n * active + supply.idd2n * closed) / (active + closed),
                  "the standby of its loop (idd3n for tRAS, idd2n for tRP)");
    require_above("idd4r", supply.idd4r, supply.idd3n, "idd3n");
    require_above("idd4w", supply.idd4w, supply.idd3n, "idd3n");
    require_above("idd5", supply.idd5, supply.idd3n, "idd3n");
  }
}

}  // namespace vitcod
