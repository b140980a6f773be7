// SPDX-License-Identifier: Apache-2.0
// What the compiler predicts against what the machine then does, and what predicting costs.
#include <catch2/catch.hpp>
#include <ctime>
#include <filesystem>
#include <numeric>

#include "hw_models/accelerators/make_machine.hpp"
#include "sim/kernel/sim_context.hpp"
#include "test/system/runs.hpp"

namespace vitcod {
namespace {

std::vector<std::string> shipped_workloads() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(VITCOD_SOURCE_DIR "/configs/workloads")) {
    names.push_back("workloads/" + entry.path().filename().string());
  }
  return names;
}

std::uint64_t sum_of_layers(const Json& result, const char* key) {
  return std::accumulate(result["layers"].begin(), result["layers"].end(), std::uint64_t{0},
                         [key](std::uint64_t sum, const Json& layer) {
                           return sum + layer[key].get<std::uint64_t>();
                         });
}

double seconds_to_make_machine(const RunConfig& run) {
  const SimContext context;
  const std::clock_t start = std::clock();
  const auto machine = make_machine(run.settings, run.trace, false, RunMode{});
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

}  // namespace

TEST_CASE("the shipped workloads are predicted within a fifth") {
  const auto names = shipped_workloads();
  CHECK(names.size() == 8);
  SimulationOptions options;
  options.with_values = false;
  for (const std::string& name : names) {
    INFO(name);
    const Json result = simulate(test::default_run({"/workload=" + name}), options);
    const double ratio =
        double(sum_of_layers(result, "predicted_cycles")) / result["cycles"]["total"].get<double>();
    CHECK(ratio >= 0.8);
    CHECK(ratio <= 1.25);
    // A layer by itself may stall more than that: narrow heads wait for banks.
    for (const Json& layer : result["layers"]) {
      INFO(layer.dump());
      const double of_layer =
          layer["predicted_cycles"].get<double>() / layer["cycles"].get<double>();
      CHECK(of_layer >= 0.6);
      CHECK(of_layer <= 1.25);
    }
  }
}

TEST_CASE("an encoding is predicted with the attention around it") {
  const Json result =
      simulate(load_run_config(VITCOD_SOURCE_DIR "/test/golden/encoded.json", {}), {});
  CHECK(sum_of_layers(result, "cycles") == result["cycles"]["total"]);
  const double ratio =
      double(sum_of_layers(result, "predicted_cycles")) / result["cycles"]["total"].get<double>();
  CHECK(ratio >= 0.8);
  CHECK(ratio <= 1.25);
}

// With all entries kept a head's row of DeiT-Base takes 400 to 640 bytes of S, in words of 16, and
// 64 of output; an output buffer of 25,600 bytes has 768 left for them. So each row of each head is
// a unit: 12 layers x 12 heads x 197 rows = 28,368 units.
TEST_CASE("a program of thirty thousand units is made in two seconds") {
  const RunConfig run = test::default_run(
      {"/workload=workloads/deit-base-90.json", R"(/workload/maps={"kind": "dense"})",
       "/machine/output_buffer/capacity_bytes=25600", "/machine/output_buffer/bank_bytes=1"});
  CHECK(seconds_to_make_machine(run) < 2);
}

}  // namespace vitcod
