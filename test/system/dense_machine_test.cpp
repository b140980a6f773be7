// SPDX-License-Identifier: Apache-2.0
// The dense machine: all entries are computed, whatever the maps keep, and never faster than its
// multipliers, ports and memory allow.
#include <catch2/catch.hpp>
#include <iostream>

#include "hw_models/accelerators/dense_trace.hpp"
#include "test/system/random_machines.hpp"
#include "test/system/result_checks.hpp"
#include "test/system/runs.hpp"

namespace vitcod::dense_machine_test {
namespace {

RunConfig dense_run(std::vector<std::string> overrides) {
  overrides.insert(overrides.begin(), "/machine=machines/dense.json");
  return test::default_run(overrides);
}

SimulationOptions without_values() {
  SimulationOptions options;
  options.with_values = false;
  return options;
}

std::uint64_t cycles_of(const Json& result) {
  return result["cycles"]["total"].get<std::uint64_t>();
}

/// Throws InputError if the machine contradicts itself or is too small for the workload.
void expect_dense_bounds(const test::RandomRun& run) {
  const Json machine = test::dense_machine_with(run.machine);
  const Json result = simulate(run.config_with(machine), without_values());
  const Trace trace = without_sparsity(run.trace);
  CHECK(test::accounts_fault(result) == "");
  CHECK(test::energy_fault(result) == "");
  CHECK(test::silicon_fault(result) == "");
  CHECK(test::floor_fault(result, machine, trace) == "");
  CHECK(result["macs"]["attention"] == test::required_macs(trace, true));
  CHECK(result["macs"]["linear"] == test::linear_macs(trace));
  std::uint64_t first_loads = 0;
  std::uint64_t stores = 0;
  for (const auto& [tensor, bytes] : result["traffic"].items()) {
    first_loads += bytes["first_load"].get<std::uint64_t>();
    stores += bytes["write_back"].get<std::uint64_t>();
  }
  CHECK(first_loads == test::bytes_to_read(trace, true));
  CHECK(stores == test::bytes_to_write(trace));
}

}  // namespace

TEST_CASE("no random dense machine is faster than its multipliers, ports and memory") {
  const auto seeds = test::random_seeds("bounds of dense machines", 12001, 150);
  std::size_t num_run = 0;
  for (const std::uint64_t seed : seeds) {
    INFO("VITCOD_RANDOM_SEED=" << seed);
    try {
      expect_dense_bounds(test::random_run(seed));
      ++num_run;
    } catch (const InputError& error) {
      if (seeds.size() == 1) std::cout << "rejected: " << error.what() << "\n";
    }
  }
  std::cout << "bounds of dense machines: " << num_run << " of " << seeds.size() << " run\n";
  if (seeds.size() > 1) CHECK(num_run >= 100);
}

TEST_CASE("a dense machine takes as long whatever the maps keep") {
  const auto with_sparsity = [](const char* sparsity) {
    return simulate(
        dense_run({"/workload/layers=[0,1]", std::string("/workload/maps/sparsity=") + sparsity}),
        {});
  };
  const Json sparse = with_sparsity("0.95");
  const Json fuller = with_sparsity("0.6");
  CHECK(sparse["values"]["mismatches"] == 0);
  CHECK(cycles_of(sparse) == cycles_of(fuller));
  CHECK(sparse["values"]["output_sha256"] == fuller["values"]["output_sha256"]);
  // Two layers of 3 heads, 197 x 197 entries, Q.K and P.V of 64 features.
  CHECK(sparse["macs"]["attention"] == 2ULL * 3 * 197 * 197 * 64 * 2);
  CHECK(sparse["workload"]["nnz"] != fuller["workload"]["nnz"]);
}

TEST_CASE("a dense machine runs the same with an auto-encoder in the workload and without") {
  for (const char* scope : {"attention", "model"}) {
    const std::string scope_set = std::string("/workload/scope=") + scope;
    const auto run = [&](const char* on) {
      Json result = simulate(dense_run({scope_set, "/workload/layers=[3]",
                                        std::string("/workload/auto_encoder=") + on}),
                             {});
      for (const char* key : {"config", "config_sha256"}) result.erase(key);
      return result.dump();
    };
    CHECK(run("true") == run("false"));
  }
}

TEST_CASE("the dense array does nine tenths of its peak on dense attention and on linear layers") {
  // DeiT-Tiny: 3 heads of 12 layers, 197 x 197 entries, 64 features twice, 512 MACs.
  const double attention = 12.0 * 3 * 197 * 197 * 64 * 2 / 512;
  const auto cycles = double(cycles_of(simulate(dense_run({}), without_values())));
  CHECK(cycles < attention / 0.9);
  const Json model = simulate(
      dense_run({"/workload/scope=model", "/workload/model=deit-base", "/workload/layers=[0,1]"}),
      without_values());
  const double macs =
      model["macs"]["attention"].get<double>() + model["macs"]["linear"].get<double>();
  CHECK(double(cycles_of(model)) < macs / 512 / 0.9);
}

}  // namespace vitcod::dense_machine_test
