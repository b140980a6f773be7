// SPDX-License-Identifier: Apache-2.0
#include "test/system/result_checks.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>

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
    const std::string here = pointer + "/" + key;
    const bool is_clocks = key == "dram_clocks";
    if (is_clocks || key == "cycles") {
      const std::uint64_t expected = is_clocks ? clocks : cycles;
      if (sum_of(value) == expected) continue;
      return here + " sums to " + std::to_string(sum_of(value)) + ", not to " +
             std::to_string(expected);
    }
    const std::string fault = walk(value, here, cycles, clocks);
    if (!fault.empty()) return fault;
  }
  return "";
}

}  // namespace

std::string accounts_fault(const Json& result) {
  const std::uint64_t cycles = result["cycles"]["total"].get<std::uint64_t>();
  const std::uint64_t clocks = result["dram"]["clocks"].get<std::uint64_t>();
  if (sum_of(result["cycles"]["by_phase"]) != cycles) return "/cycles/by_phase";
  std::uint64_t layers = 0;
  for (const Json& layer : result["layers"]) layers += layer["cycles"].get<std::uint64_t>();
  if (layers != cycles) return "/layers/*/cycles";
  return walk(result["blocks"], "/blocks", cycles, clocks);
}

}  // namespace vitcod::test
