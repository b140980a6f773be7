// SPDX-License-Identifier: Apache-2.0
#include "test/system/clock_checks.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace vitcod::test {
namespace {

/// What says that no register of a line changes: of the array for linear layers, and of attention.
const std::set<std::string> kLinearWaits = {"no_work", "wait_drain", "wait_weights"};
const std::map<std::string, std::set<std::string>> kWaits = {
    {"vitcod",
     {"wait_query", "wait_key", "wait_value", "wait_index", "wait_scores", "wait_output"}},
    {"spatten", {"wait_rows", "output_blocked"}},
    {"sanger", {}}};

/// The share of cycles in which lines are clocked.
double share_of_lines(const Json& result, bool each) {
  std::string kind = result["config"]["machine"]["kind"];
  if (kind == "dense") kind = "vitcod";
  const std::set<std::string>& waits = kWaits.at(kind);
  double clocked = 0;
  double all = 0;
  for (const auto& [reason, cycles] : result["line_cycles"].items()) {
    all += cycles.get<double>();
    const bool waiting = each && (waits.contains(reason) || kLinearWaits.contains(reason));
    if (reason != "idle" && !waiting) clocked += cycles.get<double>();
  }
  return clocked / all;
}

/// The share of cycles in which the block at `pointer`, or that above it, is not idle; and whether
/// it is gated at all.
std::pair<double, bool> share_of_block(const Json& result, std::string pointer) {
  for (; !pointer.empty(); pointer.erase(pointer.rfind('/'))) {
    const Json::json_pointer cycles(pointer + "/cycles");
    if (!result["blocks"].contains(cycles)) continue;
    const Json& account = result["blocks"][cycles];
    if (!account.contains("idle")) return {1, false};
    return {1 - account["idle"].get<double>() / result["cycles"]["total"].get<double>(), true};
  }
  return {1, false};
}

class Clocks {
 public:
  explicit Clocks(const Json& result)
      : result_(result), machine_(result["config"]["machine"]), cost_(machine_["energy"]["clock"]) {
    if (machine_.contains("clock_gating")) level_ = machine_["clock_gating"]["level"];
  }

  double pj_below(const Json& areas, const std::string& pointer) {
    double pj = 0;
    std::map<std::string, double> bits;
    for (const auto& [key, value] : areas.items()) {
      if (value.is_object()) pj += pj_below(value, fmt::format("{}/{}", pointer, key));
      if (value.is_number() && machine_["area"]["logic"].contains(key)) {
        const Json& cost = machine_["area"]["logic"][key];
        bits[key] = value.get<double>() * 1e6 * cost["utilisation"].get<double>() /
                    cost["um2"].get<double>();
      }
    }
    return pj + pj_of(bits, pointer);
  }

 private:
  std::pair<double, bool> share_of(const std::string& pointer) const {
    if (level_ == "none") return {1, false};
    const bool is_lines =
        pointer == "/mac_lines" || (pointer == "/score_array" && machine_["kind"] == "sanger");
    if (is_lines) return {share_of_lines(result_, level_ == "line"), true};
    const bool forwards = pointer == "/sparser_engine/query_forwarding";
    // A row of 64 bytes that crosses in several cycles does so in the engine's time.
    if (forwards && machine_["denser_engine"]["qv_buffer"]["bytes_per_access"] < 64) {
      return share_of_block(result_, "/sparser_engine");
    }
    return share_of_block(result_, pointer);
  }

  double pj_of(std::map<std::string, double>& bits, const std::string& pointer) const {
    const auto [share, is_gated] = share_of(pointer);
    const auto tree = cost_["gated_share"].get<double>();
    double clocked = bits["registers"] * (share + tree * (1 - share));
    clocked += tree * (bits["gated_registers"] + bits["latches"]);
    if (is_gated) clocked += bits["clock_gates"];
    return clocked * cost_["register_pj"].get<double>() * result_["cycles"]["total"].get<double>();
  }

  const Json& result_;
  const Json& machine_;
  const Json& cost_;
  std::string level_ = "none";
};

}  // namespace

double clock_pj_of(const Json& result) {
  if (!result["config"]["machine"]["energy"].contains("clock")) return 0;
  return Clocks(result).pj_below(result["area_mm2"], "");
}

}  // namespace vitcod::test
