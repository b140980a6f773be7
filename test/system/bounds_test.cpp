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
  CHECK(result["macs"]["linear"] == test::linear_macs(run.trace));
  std::uint64_t first_loads = 0;
  std::uint64_t stores = 0;
  for (const auto& [tensor, bytes] : result["traffic"].items()) {
    stores += bytes["write_back"].get<std::uint64_t>();
    // The index is made by the compiler, unit by unit, and is no tensor of the trace.
    if (tensor != "index") first_loads += bytes["first_load"].get<std::uint64_t>();
  }
  CHECK(first_loads == test::bytes_to_read(run.trace, two_engines));
  CHECK(stores == test::bytes_to_write(run.trace));
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
