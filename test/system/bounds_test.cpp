// SPDX-License-Identifier: Apache-2.0
// Bounds that hold for every run: each account adds up, nothing is faster than the arithmetic
// allows, and as many MACs are done as the trace asks for.
#include <catch2/catch.hpp>
#include <iostream>

#include "sim/driver/simulation.hpp"
#include "test/system/random_machines.hpp"
#include "test/system/result_checks.hpp"

namespace vitcod {
namespace {

/// Throws InputError if the machine contradicts itself or is too small for the workload.
void expect_bounds(const test::RandomRun& run) {
  SimulationOptions options;
  options.with_values = false;
  const Json result = simulate(run.config(), options);
  CHECK(test::accounts_fault(result) == "");
  CHECK(test::floor_fault(result, run.machine, run.trace) == "");
  const bool two_engines = run.machine["controller"]["two_engines"].get<bool>();
  CHECK(result["macs"]["attention"] == test::required_macs(run.trace, two_engines));
  CHECK(result["workload"]["macs"] == test::required_macs(run.trace, false));
  const Json& traffic = result["traffic"];
  std::uint64_t first_loads = 0;
  for (const char* tensor : {"weights", "key", "query", "value"}) {
    first_loads += traffic[tensor]["first_load"].get<std::uint64_t>();
    CHECK(traffic[tensor]["write_back"] == 0);
  }
  CHECK(first_loads == test::operand_bytes(run.trace));
  CHECK(traffic["output"]["write_back"] == test::output_bytes(run.trace));
  CHECK(traffic["output"]["first_load"] == 0);
  CHECK(traffic["output"]["reload"] == 0);
}

}  // namespace

TEST_CASE("no random machine is faster than its multipliers, ports and memory") {
  const auto seeds = test::random_seeds("bounds", 1001, 800);
  std::size_t num_run = 0;
  for (const std::uint64_t seed : seeds) {
    INFO("VITCOD_RANDOM_SEED=" << seed);
    try {
      expect_bounds(test::random_run(seed));
      ++num_run;
    } catch (const InputError& error) {
      if (seeds.size() == 1) std::cout << "rejected: " << error.what() << "\n";
    }
  }
  std::cout << "bounds: " << num_run << " of " << seeds.size() << " run\n";
  if (seeds.size() > 1) CHECK(num_run >= 600);
}

}  // namespace vitcod
