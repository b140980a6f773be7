// SPDX-License-Identifier: Apache-2.0
// The Sanger machine: masks are predicted in the run and stand in the trace, so that cycles are the
// same with values and without, and a mask that differs is found.
#include <catch2/catch.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "sim/driver/simulation.hpp"
#include "test/support/source_tree.hpp"
#include "test/system/random_sanger.hpp"
#include "test/system/result_checks.hpp"

namespace vitcod::sanger_machine_test {
namespace {

RunConfig sanger_run(const std::vector<std::string>& overrides) {
  return load_run_config(test::source_dir() + "/configs/sanger.json", overrides);
}

SimulationOptions without_values() {
  SimulationOptions options;
  options.with_values = false;
  return options;
}

std::uint64_t cycles_of(const Json& result) {
  return result["cycles"]["total"].get<std::uint64_t>();
}

/// Bytes of Q, K and V of all heads: what is kept of them is not known when they are loaded.
std::uint64_t operand_bytes(const Trace& trace) {
  std::uint64_t bytes = 0;
  for (const Operation& operation : trace.operations) {
    if (std::holds_alternative<Sddmm>(operation.params)) {
      bytes +=
          trace.tensor(operation.inputs[0]).bytes() + trace.tensor(operation.inputs[1]).bytes();
    }
    if (std::holds_alternative<Spmm>(operation.params)) {
      bytes += trace.tensor(operation.inputs[1]).bytes();
    }
  }
  return bytes;
}

void expect_bounds(const test::RandomRun& run) {
  const Json result = simulate(run.config(), without_values());
  CHECK(test::accounts_fault(result) == "");
  CHECK(test::energy_fault(result) == "");
  CHECK(test::silicon_fault(result) == "");
  CHECK(test::floor_fault(result, run.machine, run.trace) == "");
  CHECK(result["macs"]["attention"] == test::required_macs(run.trace, false));
  CHECK(result["macs"]["linear"] == test::linear_macs(run.trace));
  std::uint64_t operands = 0;
  for (const char* role : {"query", "key", "value"}) {
    operands += result["traffic"][role]["first_load"].get<std::uint64_t>();
  }
  CHECK(operands == operand_bytes(run.trace));
}

std::string refusal_of(const RunConfig& run) {
  try {
    simulate(run, without_values());
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("no random Sanger machine is faster than its multipliers, ports and memory") {
  const auto seeds = test::random_seeds("bounds of Sanger machines", 16001, 150);
  std::size_t num_run = 0;
  for (const std::uint64_t seed : seeds) {
    INFO("VITCOD_RANDOM_SEED=" << seed);
    try {
      expect_bounds(test::random_sanger_run(seed));
      ++num_run;
    } catch (const InputError& error) {
      if (seeds.size() == 1) std::cout << "rejected: " << error.what() << "\n";
    }
  }
  std::cout << "bounds of Sanger machines: " << num_run << " of " << seeds.size() << " run\n";
  if (seeds.size() > 1) CHECK(num_run >= 90);
}

TEST_CASE("prediction costs nothing, what it takes longer than the array, or all it takes") {
  const auto with = [](const char* prediction) {
    return simulate(sanger_run({"/workload/layers=[0,1]",
                                std::string("/machine/controller/prediction=") + prediction}),
                    {});
  };
  const Json off = with("off");
  const Json overlapped = with("overlapped");
  const Json serial = with("serial");
  for (const Json* result : {&off, &overlapped, &serial}) {
    CHECK((*result)["values"]["mismatches"] == 0);
    CHECK((*result)["values"]["output_sha256"] == off["values"]["output_sha256"]);
  }
  CHECK(cycles_of(off) < cycles_of(overlapped));
  CHECK(cycles_of(overlapped) < cycles_of(serial));
  CHECK(!off["macs"].contains("predictor"));
  // All entries of 2 layers of 3 heads, 64 features.
  CHECK(serial["macs"]["predictor"] == 2ULL * 3 * 197 * 197 * 64);
  // Serial: what the predictor works no unit of the array does.
  const auto predicting = serial["blocks"]["mask_predictor"]["cycles"]["predicting"];
  CHECK(serial["cycles"]["by_phase"]["predict"].get<std::uint64_t>() >=
        predicting.get<std::uint64_t>());
}

TEST_CASE("what a Sanger machine takes is predicted, layer by layer") {
  for (const char* prediction : {"off", "overlapped", "serial"}) {
    const Json result =
        simulate(sanger_run({std::string("/machine/controller/prediction=") + prediction}),
                 without_values());
    for (const Json& layer : result["layers"]) {
      CHECK(layer["predicted_cycles"].get<double>() ==
            Approx(layer["cycles"].get<double>()).epsilon(0.05));
    }
  }
}

TEST_CASE("a Sanger machine computes whole models") {
  const Json result =
      simulate(sanger_run({"/workload/scope=model", "/workload/layers=[0,11]"}), {});
  CHECK(result["values"]["mismatches"] == 0);
  CHECK(result["macs"]["linear"].get<std::uint64_t>() > 0);
}

TEST_CASE("a Sanger machine in its published size computes what the other one does") {
  const Json result =
      simulate(sanger_run({"/machine=machines/sanger.json", "/workload/layers=[0]"}), {});
  CHECK(result["values"]["mismatches"] == 0);
  const Json smaller = simulate(sanger_run({"/workload/layers=[0]"}), {});
  CHECK(result["values"]["output_sha256"] == smaller["values"]["output_sha256"]);
  CHECK(result["macs"] == smaller["macs"]);
}

TEST_CASE("a mask that differs from the trace's ends the run") {
  RunConfig run = sanger_run({"/workload/layers=[0]"});
  ++run.trace.predictions[0].threshold;
  CHECK_THROWS_WITH(simulate(run, {}),
                    Catch::Contains("the mask that is predicted differs from the trace's"));
  CHECK_NOTHROW(simulate(run, without_values()));
}

TEST_CASE("a Sanger machine says what it cannot run") {
  const auto refusal = [](std::vector<std::string> overrides) {
    overrides.emplace_back("/workload/layers=[0]");
    return refusal_of(sanger_run(overrides));
  };
  const std::string known = "/workload=workloads/deit-tiny.json";
  CHECK(refusal({known, "/workload/auto_encoder=false"}) ==
        "layer0: this machine predicts its masks, and the workload has no dynamic_masks");
  CHECK(refusal({known, "/workload/auto_encoder=false", "/machine/controller/prediction=off"})
            .empty());
  CHECK(refusal({known, "/machine/controller/prediction=off"}) ==
        "layer0: Q and K are compressed, and this machine has no decoder");
  CHECK(refusal({known, "/workload/auto_encoder=false", "/workload/score_function=sigmoid"}) ==
        "layer0: sigmoid attention, and this machine has softmax alone");
  CHECK(refusal({"/machine/mask_predictor/max_keys=196"}) ==
        "layer0: 197 keys; mask_predictor/max_keys of the machine are 196");
  CHECK(refusal({"/machine/pack_unit/mask_bytes=24"}) ==
        "layer0: pack_unit/mask_bytes are too small for one row of a head");
  CHECK(refusal({"/machine/input_buffer/capacity_bytes=20000"}) ==
        "layer0: the input_buffer is too small for one row of a head");
  CHECK_THROWS_WITH(sanger_run({"/machine/score_array/rows=31"}),
                    Catch::Contains("it must have as many PEs as mac_lines has multipliers"));
  // A head in tiles of rows: K and V come again for each.
  const Json cut = simulate(
      sanger_run({"/workload/layers=[0]", "/machine/score_array/accumulator_rows=50"}), {});
  CHECK(cut["values"]["mismatches"] == 0);
  CHECK(cut["traffic"]["key"]["reload"] == 3 * 3 * 197 * 64);
}

}  // namespace vitcod::sanger_machine_test
