// SPDX-License-Identifier: Apache-2.0
#include "test/system/result_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>

#include "hw_models/dram/dram_config.hpp"
#include "test/system/clock_checks.hpp"

namespace vitcod::test {
namespace {

std::uint64_t sum_of(const Json& numbers) {
  std::uint64_t sum = 0;
  for (const Json& number : numbers) sum += number.get<std::uint64_t>();
  return sum;
}

std::string walk(const Json& node, const std::string& pointer, std::uint64_t cycles,
                 std::uint64_t clocks) {
  for (const auto& [key, value] : node.items()) {
    if (!value.is_object()) continue;
    const std::string here = fmt::format("{}/{}", pointer, key);
    const bool is_clocks = key == "dram_clocks";
    if (is_clocks || key == "cycles") {
      const std::uint64_t expected = is_clocks ? clocks : cycles;
      if (sum_of(value) == expected) continue;
      return here + " sums to " + std::to_string(sum_of(value)) + ", not to " +
             std::to_string(expected);
    }
    std::string fault = walk(value, here, cycles, clocks);
    if (!fault.empty()) return fault;
  }
  return "";
}

/// The phases of each layer sum to the layer's cycles, those of all layers to the run's phases.
std::string layers_fault(const Json& result) {
  std::map<std::string, std::uint64_t> phases;
  std::uint64_t total = 0;
  for (const Json& layer : result["layers"]) {
    const auto cycles = layer["cycles"].get<std::uint64_t>();
    if (sum_of(layer["by_phase"]) != cycles) return layer["name"].get<std::string>() + "/by_phase";
    for (const auto& [phase, num] : layer["by_phase"].items())
      phases[phase] += num.get<std::uint64_t>();
    total += cycles;
  }
  if (total != result["cycles"]["total"].get<std::uint64_t>()) return "/layers/*/cycles";
  for (const auto& [phase, num] : result["cycles"]["by_phase"].items()) {
    if (phases[phase] != num.get<std::uint64_t>()) return "/layers/*/by_phase/" + phase;
  }
  return "";
}

}  // namespace

namespace {

bool are_equal(double a, double b) { return std::abs(a - b) <= 1e-9 * std::abs(b); }

/// MACs that the unit `name` below /macs can do in a cycle: what its page says, on the machine's
/// document.
double multipliers_of(const std::string& name, const Json& machine) {
  constexpr double kTapsOfLane = 2 * 4;  // two filters of four taps
  const auto product = [&machine](const char* block, const char* a, const char* b) {
    return machine[block][a].get<double>() * machine[block][b].get<double>();
  };
  if (name == "decoder") return 2 * product("decoder", "lines", "macs_per_line");
  if (name == "encoder") return product("encoder", "lines", "macs_per_line");
  if (name == "predictor") return product("mask_predictor", "rows", "columns");
  if (name == "lifting") return kTapsOfLane * machine["lifting"]["lanes"].get<double>();
  if (name == "token_merger") return machine[name]["lanes"].get<double>();
  return machine[name]["macs"].get<double>();
}

/// Of the whole machine; each engine's from its own counters.
std::string line_cycles_fault(const Json& result) {
  const auto lines = result["config"]["machine"]["mac_lines"]["lines"].get<std::uint64_t>();
  const auto cycles = result["cycles"]["total"].get<std::uint64_t>();
  if (sum_of(result["line_cycles"]) != lines * cycles) return "/line_cycles";
  for (const char* engine : {"denser_engine", "sparser_engine"}) {
    if (!result["blocks"].contains(engine)) continue;
    const Json& block = result["blocks"][engine];
    std::uint64_t sum = 0;
    for (const auto& [name, count] : block["mac_lines"].items()) {
      if (name.ends_with("_line_cycles")) sum += count.get<std::uint64_t>();
    }
    const auto in_phases = cycles - block["cycles"]["idle"].get<std::uint64_t>();
    if (sum > lines * in_phases) return std::string("/blocks/") + engine + "/mac_lines";
    const auto none = block["mac_lines"]["cycles"]["none"].get<std::uint64_t>();
    if (cycles - none != block["cycles"]["busy"].get<std::uint64_t>()) {
      return std::string("/blocks/") + engine + "/mac_lines/cycles/none";
    }
  }
  return "";
}

std::string utilization_fault(const Json& result) {
  const Json& machine = result["config"]["machine"];
  const double cycles = result["cycles"]["total"].get<double>();
  const double of_lines = machine["mac_lines"]["lines"].get<double>() *
                          machine["mac_lines"]["macs_per_line"].get<double>();
  double macs = 0;
  double multipliers = of_lines;
  for (const auto& [name, done] : result["macs"].items()) {
    if (name == "shift" || name == "addition") continue;
    macs += done.get<double>();
    if (name != "attention" && name != "linear") multipliers += multipliers_of(name, machine);
  }
  const double linear = result["macs"]["linear"].get<double>();
  const double attention = result["macs"]["attention"].get<double>();
  const double kept = std::min(attention, result["workload"]["macs"].get<double>());
  const Json& shares = result["utilization"];
  const auto is = [&shares](const char* share, double done, double most) {
    return are_equal(shares[share].get<double>(), done / most) && done <= most;
  };
  if (!is("useful", kept + linear, cycles * of_lines)) return "/utilization/useful";
  if (!is("done", attention + linear, cycles * of_lines)) return "/utilization/done";
  return is("multipliers", macs, cycles * multipliers) ? "" : "/utilization/multipliers";
}

}  // namespace

std::string accounts_fault(const Json& result) {
  const std::uint64_t cycles = result["cycles"]["total"].get<std::uint64_t>();
  const std::uint64_t clocks = result["dram"]["clocks"].get<std::uint64_t>();
  if (sum_of(result["cycles"]["by_phase"]) != cycles) return "/cycles/by_phase";
  for (const std::string& fault :
       {layers_fault(result), utilization_fault(result), line_cycles_fault(result)}) {
    if (!fault.empty()) return fault;
  }
  return walk(result["blocks"], "/blocks", cycles, clocks);
}

namespace {

/// Of a count of the event's counter: what it says, and what the macros of its memory take.
double pj_of(const Json& event, const Json& memories) {
  auto pj = event["pj"].get<double>();
  if (!event.contains("memory")) return pj;
  for (const Json& memory : memories) {
    if (memory["block"] != event["memory"]) continue;
    double macro_pj = 0;
    if (event["access"] != "write") macro_pj += memory["macro_read_pj"].get<double>();
    if (event["access"] != "read") macro_pj += memory["macro_write_pj"].get<double>();
    const bool has_bytes = event.contains("bytes");
    const double bytes = (has_bytes ? event["bytes"] : memory["width_bytes"]).get<double>();
    const double macros = std::ceil(8 * bytes / memory["macro_bits"].get<double>());
    const bool is_byte = !has_bytes && !event.value("whole_word", false);
    pj += macros * macro_pj / (is_byte ? bytes : 1);
  }
  return pj;
}

/// The sum of all numbers below `json` under `key`; of all numbers if that is empty.
double sum_under(const Json& json, const std::string& key) {
  double sum = 0;
  for (const auto& [name, value] : json.items()) {
    if (value.is_object()) sum += sum_under(value, key);
    if (value.is_number() && (key.empty() || name == key)) sum += value.get<double>();
  }
  return sum;
}

/// Of all logic and memories.
double leakage_mw_of(const Json& result) {
  const Json& area = result["config"]["machine"]["area"];
  double leakage_mw = 0;
  for (const auto& [part, cost] : area["logic"].items()) {
    leakage_mw +=
        sum_under(result["area_mm2"], part) * area["logic_leakage_mw_per_mm2"].get<double>();
  }
  for (const Json& memory : result["sram"]["memories"]) {
    leakage_mw += memory["leakage_mw"].get<double>();
  }
  return leakage_mw;
}

std::string area_fault(const Json& result) {
  const Json& area = result["area_mm2"];
  const auto total = area["total"].get<double>();
  if (!are_equal(sum_under(area, "") - total, total)) return "/area_mm2/total";
  double bytes = 0;
  double sram_mm2 = 0;
  for (const Json& memory : result["sram"]["memories"]) {
    bytes += memory["bytes"].get<double>();
    sram_mm2 += area[Json::json_pointer(memory["block"].get<std::string>())]["sram"].get<double>();
    if (memory["built_bytes"] < memory["bytes"]) return "/sram/memories/*/built_bytes";
  }
  if (result["sram"]["bytes"].get<double>() != bytes) return "/sram/bytes";
  return are_equal(sum_under(area, "sram"), sram_mm2) ? "" : "/area_mm2/*/sram";
}

}  // namespace

std::string silicon_fault(const Json& result) {
  std::string fault = area_fault(result);
  if (!fault.empty()) return fault;
  const double leakage_mw = leakage_mw_of(result);
  const Json& energy = result["energy_pj"];
  const Json& power = result["power_mw"];
  const double ns = result["time_us"].get<double>() * 1e3;
  if (!are_equal(energy["clock"].get<double>(), clock_pj_of(result))) return "/energy_pj/clock";
  if (!are_equal(energy["leakage"].get<double>(), leakage_mw * ns)) return "/energy_pj/leakage";
  if (!are_equal(sum_under(power, "leakage"), leakage_mw)) return "/power_mw/*/leakage";
  const double dram_pj = sum_under(energy["dram"], "");
  const double on_chip = (energy["total"].get<double>() - dram_pj) / ns;
  if (!are_equal(power["dram"].get<double>(), dram_pj / ns)) return "/power_mw/dram";
  if (!are_equal(power["on_chip"].get<double>(), on_chip)) return "/power_mw/on_chip";
  const double parts =
      sum_under(power, "dynamic") + sum_under(power, "leakage") + sum_under(power, "clock");
  return are_equal(parts, on_chip) ? "" : "/power_mw/*";
}

std::string energy_fault(const Json& result) {
  const Json& energy = result["energy_pj"];
  const Json& blocks = result["blocks"];
  double total = 0;
  for (const auto& [kind, pj] : energy["dram"].items()) {
    if (pj.is_number()) total += pj.get<double>();
  }
  for (const Json& event : result["config"]["machine"]["energy"]["events"]) {
    const Json::json_pointer counter(event["counter"].get<std::string>());
    if (!blocks.contains(counter)) continue;
    const double expected =
        blocks[counter].get<double>() * pj_of(event, result["sram"]["memories"]);
    if (!energy.contains(counter)) {
      if (expected == 0) continue;
      return counter.to_string();
    }
    if (!are_equal(energy[counter].get<double>(), expected)) return counter.to_string();
    total += expected;
  }
  total += energy["leakage"].get<double>() + energy["clock"].get<double>();
  if (!are_equal(energy["total"].get<double>(), total)) return "/energy_pj/total";
  for (const char* engine : {"denser_engine", "sparser_engine"}) {
    if (!blocks.contains(engine)) continue;
    // Every word of S is written once or more often, and read once.
    const Json& scores = blocks[engine]["score_buffer"];
    if (scores["words_read"] > scores["words_written"] ||
        (scores["words_read"] == 0) != (scores["words_written"] == 0)) {
      return std::string(engine) + ": words of S";
    }
  }
  return "";
}

std::uint64_t required_macs(const Trace& trace, bool two_engines) {
  const auto products = [&](MapId id) {
    const PolarizedMap& map = trace.map(id);
    std::uint64_t sum = 0;
    for (const PolarizedHead& head : map.heads) {
      std::uint64_t denser = std::uint64_t{head.num_denser} * map.num_queries;
      if (!two_engines) {
        denser = 0;
        for (const std::uint8_t kept : head.denser_kept) denser += kept;
      }
      sum += denser + head.sparser.row_idx.size();
    }
    return sum;
  };
  std::uint64_t macs = 0;
  for (const Operation& operation : trace.operations) {
    if (const auto* sddmm = std::get_if<Sddmm>(&operation.params)) {
      macs += products(sddmm->map) * sddmm->features;
    } else if (const auto* spmm = std::get_if<Spmm>(&operation.params)) {
      macs += products(spmm->map) * spmm->features;
    }
  }
  return macs;
}

namespace {

/// Of both products of linear attention, masked or not.
std::uint64_t attention_products(const LinearAttention& attention) {
  const std::uint64_t inner = std::uint64_t{attention.features_k} * attention.features_v;
  return attention.heads * inner * (std::uint64_t{attention.keys} + attention.queries);
}

/// Products of linear layers whose weights multiply, or shift.
std::uint64_t linear_products(const Trace& trace, bool shift) {
  std::uint64_t products = 0;
  for (const Operation& operation : trace.operations) {
    if (const auto* linear = std::get_if<DenseLinear>(&operation.params)) {
      if ((linear->primitive == Primitive::kShift) != shift) continue;
      products += std::uint64_t{linear->m} * linear->k * linear->n;
    }
    if (const auto* routed = std::get_if<RoutedLinear>(&operation.params)) {
      const std::uint64_t rows = shift ? routed->m - routed->m_first : routed->m_first;
      products += rows * routed->k * routed->n;
    }
    const auto* attention = std::get_if<LinearAttention>(&operation.params);
    if (attention != nullptr && !shift && attention->primitive == Primitive::kMultiply) {
      products += attention_products(*attention);
    }
  }
  return products;
}

}  // namespace

std::uint64_t linear_macs(const Trace& trace) { return linear_products(trace, false); }
std::uint64_t linear_shifts(const Trace& trace) { return linear_products(trace, true); }

std::uint64_t code_additions(const Trace& trace) {
  std::uint64_t additions = 0;
  for (const Operation& operation : trace.operations) {
    const auto* attention = std::get_if<LinearAttention>(&operation.params);
    if (attention == nullptr || attention->primitive != Primitive::kAdd) continue;
    additions += attention_products(*attention);
  }
  return additions;
}

namespace {

/// Cycles in which all lines multiply, and those in which they shift and add after that.
double least_product_cycles(const Trace& trace, const Json& machine, bool two_engines) {
  const Json& lines = machine["mac_lines"];
  const double multipliers = lines["lines"].get<double>() * lines["macs_per_line"].get<double>();
  double cycles = double(required_macs(trace, two_engines) + linear_macs(trace)) / multipliers;
  const auto add = [&](std::uint64_t work, const char* lanes) {
    if (work == 0) return;
    cycles += double(work) / (lines["lines"].get<double>() * lines[lanes].get<double>());
  };
  add(linear_shifts(trace), "shift_lanes_per_line");
  add(code_additions(trace), "add_lanes_per_line");
  return cycles;
}

}  // namespace

std::string floor_fault(const Json& result, const Json& machine, const Trace& trace) {
  const double cycles = result["cycles"]["total"].get<double>();
  std::string fault;
  const auto at_least = [&](const std::string& what, double work, double per_cycle) {
    if (!fault.empty() || cycles * per_cycle >= work * (1 - 1e-12)) return;
    fault = what + ": " + std::to_string(work) + " in " + std::to_string(cycles) + " cycles of " +
            std::to_string(per_cycle);
  };
  const auto number = [&machine](const char* pointer) {
    return machine[Json::json_pointer(pointer)].get<double>();
  };
  const bool two_engines = machine["controller"].value("two_engines", true);
  at_least("cycles of MACs, shifts and additions",
           least_product_cycles(trace, machine, two_engines), 1);
  const double bytes =
      static_cast<double>(bytes_to_read(trace, two_engines) + bytes_to_write(trace));
  const auto dram = read_config<DramConfig>(machine["dram"]);
  const double clocks_a_cycle = number("/dram/clock_khz") / number("/clock_khz");
  at_least("bytes at peak bandwidth", bytes,
           double(dram.organization.channels) * dram.organization.burst_bytes() /
               dram.commands.burst_clocks * clocks_a_cycle);
  at_least("operands at the crossbar's inputs",
           static_cast<double>(bytes_to_read(trace, two_engines)),
           2 * number("/crossbar/port_bytes_per_cycle"));
  at_least("outputs at the output buffer's port", static_cast<double>(bytes_to_write(trace)),
           number("/output_buffer/port_bytes_per_cycle"));
  for (const char* engine : {"denser_engine", "sparser_engine"}) {
    if (!machine.contains(engine)) continue;
    const Json& blocks = result["blocks"][engine];
    at_least(std::string("scores of the ") + engine, blocks["score_unit"]["scores"].get<double>(),
             machine[engine]["score_unit"]["scores_per_cycle"].get<double>());
  }
  return fault;
}

}  // namespace vitcod::test
