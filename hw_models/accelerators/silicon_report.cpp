// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/silicon_report.hpp"

#include <nlohmann/json.hpp>

#include "hw_models/accelerators/report.hpp"

namespace vitcod {
namespace {

constexpr double kPjPerMj = 1e9;

double sum_of_numbers(const Json& json) {
  double sum = 0;
  for (const Json& value : json) sum += value.is_number() ? value.get<double>() : 0;
  return sum;
}

}  // namespace

void write_silicon(const Silicon& silicon, const EnergyAccount& events, const ClockAccount& clock,
                   const RunLength& run, Json& result) {
  const double seconds = run.seconds;
  silicon.write_area(result["area_mm2"]);
  silicon.write_memories(result["sram"]);
  clock.write(silicon, run.lines, run.cycles, result);
  const auto mw = [seconds](double pj) { return ratio(pj, seconds * kPjPerMj); };
  Json& energy = result["energy_pj"];
  Json& power = result["power_mw"];
  const double dram_pj = sum_of_numbers(energy["dram"]);
  double leakage_mw = 0;
  double clock_pj = 0;
  power["on_chip"] = 0;
  power["dram"] = mw(dram_pj);
  for (const auto& [pointer, pj] : events.by_block()) {
    power[Json::json_pointer(pointer + "/dynamic")] = mw(pj);
  }
  for (const Silicon::Block& block : silicon.blocks()) {
    const double pj = clock.energy_pj(block, run.lines, run.cycles);
    Json& entry = power[Json::json_pointer(block.pointer)];
    entry["leakage"] = block.leakage_mw;
    entry["clock"] = mw(pj);
    leakage_mw += block.leakage_mw;
    clock_pj += pj;
  }
  const double leakage_pj = leakage_mw * seconds * kPjPerMj;
  energy["leakage"] = leakage_pj;
  energy["clock"] = clock_pj;
  energy["total"] = energy["total"].get<double>() + leakage_pj + clock_pj;
  power["on_chip"] = mw(events.total_pj() + leakage_pj + clock_pj);
}

}  // namespace vitcod
