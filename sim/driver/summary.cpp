// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace vitcod {
namespace {

double percent(double part, double whole) { return whole == 0 ? 0.0 : 100.0 * part / whole; }

std::string headline(const Json& result) {
  const Json& workload = result["workload"];
  const auto macs = result["macs"]["attention"].get<double>();
  const auto dense = workload["dense_macs"].get<double>();
  std::string text =
      fmt::format("{}: {} layers, {} kept entries, {:.2f} M MACs ({:.1f} % of dense)\n",
                  workload["name"].get<std::string>(), workload["layers"].get<std::uint64_t>(),
                  workload["nnz"].get<std::uint64_t>(), macs * 1e-6, percent(macs, dense));
  text +=
      fmt::format("{} cycles   {:.2f} us   MAC utilization {:.1f} %\n\n",
                  result["cycles"]["total"].get<std::uint64_t>(), result["time_us"].get<double>(),
                  100.0 * result["utilization"]["macs"].get<double>());
  return text;
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

std::string blocks(const Json& result) {
  std::string text = "who waited for what (share of the block's cycles)\n";
  for (const auto& [name, block] : result["blocks"].items()) {
    const char* key = block.contains("cycles") ? "cycles" : "dram_clocks";
    if (name != "controller" && block.contains(key)) text += block_line(name, block[key]);
  }
  return text + "\n";
}

std::string traffic(const Json& result) {
  std::string text = "DRAM bytes        first load    reload   write back\n";
  for (const auto& [tensor, reasons] : result["traffic"].items()) {
    text += fmt::format(
        "  {:<14}{:>12}{:>10}{:>13}\n", tensor, reasons["first_load"].get<std::uint64_t>(),
        reasons["reload"].get<std::uint64_t>(), reasons["write_back"].get<std::uint64_t>());
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
  return fmt::format("energy: {:.1f} uJ, of these DRAM {:.1f}, buffers and MACs {:.1f}\n",
                     total * 1e-6, dram * 1e-6, (total - dram) * 1e-6);
}

std::string values(const Json& result) {
  const Json& entry = result["values"];
  if (!entry["checked"].get<bool>()) return "values: not computed\n";
  return fmt::format("values: {} differences from the reference\n",
                     entry["mismatches"].get<std::uint64_t>());
}

}  // namespace

std::string summary(const Json& result) {
  return headline(result) + phases(result) + blocks(result) + traffic(result) + energy(result) +
         values(result);
}

}  // namespace vitcod
