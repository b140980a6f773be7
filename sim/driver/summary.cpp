// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "sim/base/wording.hpp"

namespace vitcod {
namespace {

double percent(double part, double whole) { return whole == 0 ? 0.0 : 100.0 * part / whole; }

/// The number at `pointer`; 0 if there is none.
double number_at(const Json& json, const char* pointer) {
  const Json::json_pointer place(pointer);
  if (!json.contains(place) || !json.at(place).is_number()) return 0;
  return json.at(place).get<double>();
}

/// The sum of all capacities below a part of the machine.
double capacity_bytes(const Json& part) {
  double bytes = 0;
  for (const auto& [key, value] : part.items()) {
    if (value.is_object()) bytes += capacity_bytes(value);
    if (key == "capacity_bytes" && value.is_number()) bytes += value.get<double>();
  }
  return bytes;
}

std::string machine_line(const std::string& name, const Json& result) {
  const Json& machine = result["config"]["machine"];
  std::string text = fmt::format("machine {}:", name);
  const double lines = number_at(machine, "/mac_lines/lines");
  if (lines > 0) {
    text += fmt::format(" {:g} lines x {:g} MACs,", lines,
                        number_at(machine, "/mac_lines/macs_per_line"));
  }
  const double sram = number_at(result, "/sram/bytes");
  return text + fmt::format(" {:g} MHz, {:g} KB of SRAM, DRAM {:.1f} GB/s\n",
                            number_at(machine, "/clock_khz") * 1e-3,
                            (sram > 0 ? sram : capacity_bytes(machine)) / 1024,
                            result["dram"]["peak_gbps"].get<double>());
}

/// What of the maps is kept, and what is computed: pruned entries too, where the machine does not
/// skip them; and what lies around attention.
std::string workload_lines(const Json& result) {
  // So many times what is kept is worth a word.
  constexpr double kMuchMore = 1.5;
  const Json& workload = result["workload"];
  const auto kept = workload["macs"].get<double>();
  const auto done = result["macs"]["attention"].get<double>();
  const auto dense = workload["dense_macs"].get<double>();
  std::string text =
      fmt::format("workload {}: {}, {:.1f} % of the map kept: {} entries, {:.2f} M MACs\n",
                  workload["name"].get<std::string>(),
                  count_of(workload["layers"].get<std::uint64_t>(), "layer"), percent(kept, dense),
                  workload["nnz"].get<std::uint64_t>(), kept * 1e-6);
  text += fmt::format("computed: {:.1f} % of the map, {:.2f} M MACs", percent(done, dense),
                      done * 1e-6);
  if (done >= kMuchMore * kept && kept > 0) {
    text += fmt::format(": {:.1f} times what is kept", done / kept);
  }
  const double linear = number_at(result, "/macs/linear");
  if (linear > 0) {
    text += fmt::format("\nlinear layers: {:.2f} M MACs, {:.1f} % of all", linear * 1e-6,
                        percent(linear, linear + done));
  }
  const double additions = number_at(result, "/macs/addition");
  if (additions > 0) {
    text += fmt::format("\nattention by codes: {:.2f} M additions", additions * 1e-6);
  }
  return text + "\n";
}

/// Of the multipliers in all cycles, whatever they multiply for: pruned entries are done, but not
/// useful.
std::string utilization(const Json& result) {
  const bool is_mixed =
      number_at(result, "/macs/linear") > 0 && number_at(result, "/macs/attention") > 0;
  return fmt::format(
      "MAC utilization{} {:.1f} % useful, {:.1f} % done", is_mixed ? " of all operations" : "",
      100 * number_at(result, "/utilization/useful"), 100 * number_at(result, "/utilization/done"));
}

std::string headline(const Json& result, const std::string& machine) {
  return machine_line(machine, result) + workload_lines(result) +
         fmt::format("{}   {:.2f} us   {}\n\n",
                     count_of(result["cycles"]["total"].get<std::uint64_t>(), "cycle"),
                     result["time_us"].get<double>(), utilization(result));
}

std::string phases(const Json& result) {
  const auto total = result["cycles"]["total"].get<double>();
  std::string text = "cycles by phase\n";
  for (const auto& [phase, cycles] : result["cycles"]["by_phase"].items()) {
    const auto num = cycles.get<std::uint64_t>();
    if (num > 0)
      text += fmt::format("  {:<16}{:>10}{:>7.1f} %\n", phase, num, percent(double(num), total));
  }
  return text + "\n";
}

/// One line a block: its reasons, largest first.
std::string block_line(const std::string& name, const Json& cycles) {
  std::vector<std::pair<std::uint64_t, std::string>> reasons;
  std::uint64_t total = 0;
  for (const auto& [reason, num] : cycles.items()) {
    const auto count = num.get<std::uint64_t>();
    total += count;
    if (count > 0) reasons.emplace_back(count, reason);
  }
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (reasons.size() > 4) reasons.resize(4);
  std::string text = fmt::format("  {:<17}", name);
  for (const auto& [count, reason] : reasons) {
    text += fmt::format(" {} {:.1f} %,", reason, percent(double(count), double(total)));
  }
  text.back() = '\n';
  return text;
}

/// Whether a block had nothing to do throughout.
bool is_unused(const Json& cycles) {
  return std::all_of(cycles.items().begin(), cycles.items().end(),
                     [](const auto& entry) { return entry.key() == "idle" || entry.value() == 0; });
}

std::string blocks(const Json& result) {
  std::string text = "who waited for what (share of the block's cycles)\n";
  // An engine is busy with one line that multiplies: what all of them did stands first.
  if (result.contains("line_cycles")) text += block_line("all MAC lines", result["line_cycles"]);
  std::vector<std::string> unused;
  for (const auto& [name, block] : result["blocks"].items()) {
    const char* key = block.contains("cycles") ? "cycles" : "dram_clocks";
    if (name != "controller" && block.contains(key)) {
      if (is_unused(block[key])) {
        unused.push_back(name);
      } else {
        text += block_line(name, block[key]);
      }
    }
    // The phases stand above; what loads wait for is a matter of its own.
    if (block.contains("loads")) text += block_line("loads", block["loads"]["cycles"]);
  }
  if (!unused.empty()) {
    text += fmt::format("  {:<17} {}\n", "idle throughout", fmt::join(unused, ", "));
  }
  return text + "\n";
}

std::string traffic(const Json& result) {
  std::string text = "DRAM bytes        first load    reload   write back\n";
  for (const auto& [tensor, reasons] : result["traffic"].items()) {
    const auto first_load = reasons["first_load"].get<std::uint64_t>();
    const auto reload = reasons["reload"].get<std::uint64_t>();
    const auto write_back = reasons["write_back"].get<std::uint64_t>();
    if (first_load + reload + write_back == 0) continue;
    text += fmt::format("  {:<14} {:>11} {:>9} {:>12}\n", tensor, first_load, reload, write_back);
  }
  const Json& dram = result["dram"];
  text += fmt::format("  {:.2f} GB/s, row hits {:.1f} %\n", dram["bandwidth_gbps"].get<double>(),
                      100.0 * dram["row_hit_rate"].get<double>());
  return text;
}

std::string energy(const Json& result) {
  const Json& entry = result["energy_pj"];
  double dram = 0;
  for (const auto& [kind, pj] : entry["dram"].items()) {
    if (pj.is_number()) dram += pj.get<double>();
  }
  const auto total = entry["total"].get<double>();
  const auto time_us = result["time_us"].get<double>();
  return fmt::format(
      "energy: {:.1f} uJ, of these DRAM {:.1f}, on chip {:.1f}; {:.2f} W on average\n",
      total * 1e-6, dram * 1e-6, (total - dram) * 1e-6,
      time_us == 0 ? 0.0 : total * 1e-6 / time_us);
}

/// Adds the numbers below `json` up by their own keys, whatever they are in.
void sum_by_key(const Json& json, std::map<std::string, double>& sums) {
  for (const auto& [key, value] : json.items()) {
    if (value.is_object()) sum_by_key(value, sums);
    if (value.is_number()) sums[key] += value.get<double>();
  }
}

/// The bound that the machine states for `key`, and whether `value` keeps it.
std::string budget(const Json& result, const char* key, double value, double scale) {
  const Json::json_pointer place("/config/machine/budget/" + std::string(key));
  if (!result.contains(place) || !result[place].is_number()) return "";
  const double bound = result[place].get<double>() * scale;
  return fmt::format(" ({} the budget of {:.1f})", value > bound ? "ABOVE" : "within", bound);
}

std::string area(const Json& result) {
  const auto total = result["area_mm2"]["total"].get<double>();
  std::map<std::string, double> sums;
  for (const auto& [key, value] : result["area_mm2"].items()) {
    if (value.is_object()) sum_by_key(value, sums);
  }
  std::string text = fmt::format("area: {:.2f} mm2{}", total, budget(result, "area_mm2", total, 1));
  std::vector<std::pair<double, std::string>> parts;
  parts.reserve(sums.size());
  for (const auto& [kind, mm2] : sums) parts.emplace_back(-mm2, kind);
  std::sort(parts.begin(), parts.end());
  if (parts.size() > 4) parts.resize(4);
  for (const auto& [mm2, kind] : parts) text += fmt::format(", {} {:.2f}", kind, -mm2);
  const auto kilobytes = result["sram"]["bytes"].get<double>() / 1024;
  return text + fmt::format("\nmemories: {:.1f} KB{}, in macros of {:.1f} KB\n", kilobytes,
                            budget(result, "sram_bytes", kilobytes, 1.0 / 1024),
                            result["sram"]["built_bytes"].get<double>() / 1024);
}

std::string power(const Json& result) {
  const Json& entry = result["power_mw"];
  std::map<std::string, double> sums;
  for (const auto& [key, value] : entry.items()) {
    if (value.is_object()) sum_by_key(value, sums);
  }
  const auto on_chip = entry["on_chip"].get<double>();
  return fmt::format(
      "power on chip: {:.1f} mW{}, dynamic {:.1f}, clock {:.1f}, leakage {:.1f}; DRAM {:.1f} mW\n",
      on_chip, budget(result, "power_mw", on_chip, 1), sums["dynamic"], sums["clock"],
      sums["leakage"], entry["dram"].get<double>());
}

std::string clock_gating(const Json& result) {
  const Json& entry = result["clock_gating"];
  const auto gates = entry["gates"].get<std::uint64_t>();
  if (gates == 0) return "";
  return fmt::format("clock: {} gates, registers clocked in {:.1f} % of their cycles\n", gates,
                     100 * entry["clocked"].get<double>());
}

std::string values(const Json& result) {
  const Json& entry = result["values"];
  if (!entry["checked"].get<bool>()) return "values: not computed\n";
  return fmt::format("values: {} from the reference\n",
                     count_of(entry["mismatches"].get<std::uint64_t>(), "difference"));
}

}  // namespace

std::string summary(const Json& result, const std::string& machine) {
  std::string text = headline(result, machine) + phases(result) + blocks(result) + traffic(result) +
                     energy(result);
  if (result.contains("power_mw")) text += power(result);
  if (result.contains("clock_gating")) text += clock_gating(result);
  if (result.contains("area_mm2")) text += area(result);
  return text + values(result);
}

}  // namespace vitcod
