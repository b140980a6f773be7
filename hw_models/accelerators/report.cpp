// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/report.hpp"

#include <nlohmann/json.hpp>

namespace vitcod {

void write_dram(const DramConfig& config, const DramActivity& activity, Cycle clocks,
                double seconds, Json& dram) {
  dram["clocks"] = clocks;
  dram["bytes_read"] = activity.bytes_read;
  dram["bytes_written"] = activity.bytes_written;
  for (std::size_t c = 0; c < kNumDramCommands; ++c) {
    dram["commands"][std::string(kDramCommandNames[c])] = activity.commands[c];
  }
  const std::uint64_t bursts = activity.row_hits + activity.row_misses + activity.row_conflicts;
  dram["row_hit_rate"] = ratio(double(activity.row_hits), double(bursts));
  dram["bandwidth_gbps"] =
      ratio(double(activity.bytes_read + activity.bytes_written) * 1e-9, seconds);
  dram["peak_gbps"] = double(config.peak_bytes_per_second()) / 1e9;
}

void write_energy(const DramConfig& dram, const DramActivity& activity,
                  const EnergyAccount& on_chip, const std::string& on_chip_source, Json& energy) {
  const DramEnergy memory = dram_energy(dram, activity);
  energy["dram"]["activate"] = memory.activate_pj;
  energy["dram"]["read"] = memory.read_pj;
  energy["dram"]["write"] = memory.write_pj;
  energy["dram"]["refresh"] = memory.refresh_pj;
  energy["dram"]["background"] = memory.background_pj;
  energy["dram"]["source"] = dram.source;
  on_chip.write(energy);
  energy["total"] = memory.total_pj() + on_chip.total_pj();
  energy["source"] = on_chip_source;
}

void ValueCheck::write(Json& values) const {
  values["mismatches"] = mismatches_;
  values["output_sha256"] = sha256_hex(bytes_);
}

}  // namespace vitcod
