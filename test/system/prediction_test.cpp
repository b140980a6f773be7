// SPDX-License-Identifier: Apache-2.0
// What the compiler predicts against what the machine then does, and what predicting costs.
#include <catch2/catch.hpp>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <numeric>

#include "hw_models/accelerators/make_machine.hpp"
#include "sim/base/errors.hpp"
#include "sim/kernel/sim_context.hpp"
#include "test/support/source_tree.hpp"
#include "test/system/random_linear.hpp"
#include "test/system/random_machines.hpp"
#include "test/system/random_workloads.hpp"
#include "test/system/runs.hpp"

namespace vitcod::prediction_test {
namespace {

std::vector<std::string> shipped_workloads() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(test::source_dir() + "/configs/workloads")) {
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

struct Prediction {
  double predicted = 0;
  double simulated = 0;

  double ratio() const { return predicted / simulated; }
};

/// Of one linear layer, on the default machine or a random one. Throws InputError if it is too
/// small for the layer.
Prediction linear_prediction(std::uint64_t seed, bool on_random_machine) {
  Random random(seed, "linear layer");
  test::RandomRun run;
  run.trace = test::random_linear_layer(random);
  run.machine = on_random_machine ? test::random_machine(random, test::dense_macs(run.trace))
                                  : test::machine_document();
  SimulationOptions options;
  options.with_values = false;
  const Json result = simulate(run.config(), options);
  Prediction prediction;
  prediction.predicted = double(sum_of_layers(result, "predicted_cycles"));
  prediction.simulated = result["cycles"]["total"].get<double>();
  return prediction;
}

}  // namespace

TEST_CASE("the shipped workloads are predicted within a fifth") {
  const auto names = shipped_workloads();
  CHECK(names.size() == 14);
  SimulationOptions options;
  options.with_values = false;
  for (const std::string& name : names) {
    INFO(name);
    const Json result = simulate(test::default_run({"/workload=" + name}), options);
    const double ratio =
        double(sum_of_layers(result, "predicted_cycles")) / result["cycles"]["total"].get<double>();
    CHECK(ratio >= 0.8);
    // On dense maps of 577 tokens the stripes of a head share their accesses to K, which are
    // predicted one by one; so a layer that follows without work of its own is predicted to be
    // done earlier.
    const bool is_dense = name.find("hired") != std::string::npos;
    CHECK(ratio <= (is_dense ? 1.45 : 1.25));
    if (is_dense) continue;
    // A layer by itself may stall more than that: narrow heads wait for banks. Of 351 queries fewer
    // meet at the ports of forwarding than is taken for any.
    const double most = name.find("strided-transformer") == std::string::npos ? 1.25 : 1.4;
    for (const Json& layer : result["layers"]) {
      INFO(layer.dump());
      const double of_layer =
          layer["predicted_cycles"].get<double>() / layer["cycles"].get<double>();
      CHECK(of_layer >= 0.6);
      CHECK(of_layer <= most);
    }
  }
}

TEST_CASE("an encoding is predicted with the attention around it") {
  const Json result =
      simulate(load_run_config(test::source_dir() + "/test/golden/encoded.json", {}), {});
  CHECK(sum_of_layers(result, "cycles") == result["cycles"]["total"]);
  const double ratio =
      double(sum_of_layers(result, "predicted_cycles")) / result["cycles"]["total"].get<double>();
  CHECK(ratio >= 0.8);
  CHECK(ratio <= 1.25);
}

// Not counted: a cycle on each link from the controller to the memory, back, and through the units.
TEST_CASE("a linear layer of random shape is predicted within a fifth on the default machine") {
  constexpr double kHops = 40;
  for (const std::uint64_t seed : test::random_seeds("shapes", 6001, 60)) {
    INFO("VITCOD_RANDOM_SEED=" << seed);
    const Prediction layer = linear_prediction(seed, false);
    CHECK(layer.predicted >= 0.8 * layer.simulated - kHops);
    CHECK(layer.predicted <= 1.25 * layer.simulated);
  }
}

// Every width, depth and memory is drawn. The farthest are those whose DMA engine keeps one or two
// packets under way: the prediction takes the row of each to be closed in the DRAM.
TEST_CASE("a linear layer of random shape is mostly predicted within twofold on random machines") {
  const auto seeds = test::random_seeds("linear layers", 5001, 240);
  std::size_t num_run = 0, num_close = 0;
  for (const std::uint64_t seed : seeds) {
    INFO("VITCOD_RANDOM_SEED=" << seed);
    try {
      const double ratio = linear_prediction(seed, true).ratio();
      CHECK(ratio >= 0.25);
      CHECK(ratio <= 4);
      ++num_run;
      if (ratio >= 0.5 && ratio <= 2) ++num_close;
    } catch (const InputError& error) {
      if (seeds.size() == 1) std::cout << "rejected: " << error.what() << "\n";
    }
  }
  std::cout << "linear layers: " << num_run << " run, " << num_close
            << " predicted within twofold\n";
  if (seeds.size() == 1) return;
  CHECK(num_run >= 180);
  CHECK(10 * num_close >= 9 * num_run);
}

// With all entries kept a head's row of DeiT-Base takes 400 to 640 bytes of S, in words of 16, and
// 64 of output; an output buffer of 25,600 bytes has 768 left for them. So each row of each head is
// a unit: 12 layers x 12 heads x 197 rows = 28,368 units.
TEST_CASE("a program of thirty thousand units is made in two seconds") {
  const RunConfig run = test::default_run(
      {"/workload=workloads/deit-base.json", R"(/workload/maps={"kind": "dense"})",
       "/machine/output_buffer/capacity_bytes=25600", "/machine/output_buffer/bank_bytes=1"});
  CHECK(seconds_to_make_machine(run) < 2);
}

}  // namespace vitcod::prediction_test
