// SPDX-License-Identifier: Apache-2.0
// The SpAtten machine: what it prunes is chosen in the run and stands in its trace, so that cycles
// are the same with values and without.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "hw_models/accelerators/spatten_trace.hpp"
#include "sim/driver/simulation.hpp"
#include "test/support/source_tree.hpp"
#include "test/system/mode_checks.hpp"
#include "test/system/random_spatten.hpp"
#include "test/system/result_checks.hpp"

namespace vitcod::spatten_machine_test {
namespace {

RunConfig spatten_run(const std::vector<std::string>& overrides) {
  return load_run_config(test::source_dir() + "/configs/spatten.json", overrides);
}

SimulationOptions without_values() {
  SimulationOptions options;
  options.with_values = false;
  return options;
}

std::uint64_t cycles_of(const Json& result) {
  return result["cycles"]["total"].get<std::uint64_t>();
}

/// What the machine of the run makes of its workload.
SpattenTrace spatten_of(const RunConfig& run) {
  const auto& config = std::get<SpattenConfig>(run.settings.parameters);
  return spatten_trace(
      run.trace, config.cascade_pruning,
      {cost_of(config.top_k_engine), config.softmax_unit.operand_fraction_bits, config.low_bits});
}

/// Multiplications of the trace, and the cycles that its rows take the array of Q x K at least.
struct Work {
  std::uint64_t macs = 0;
  std::uint64_t row_cycles = 0;
};

/// Rows of a block that are computed once more.
std::uint64_t flat_rows(const CascadeBlock& block) {
  const std::vector<bool>& is_flat = block.values->is_flat;
  return static_cast<std::uint64_t>(std::count(is_flat.begin(), is_flat.end(), true));
}

/// Half a byte an element: of V; and of all of Q and K, or of flat rows and their heads.
std::uint64_t low_bytes_to_read(const SpattenTrace& spatten, const LowBitsConfig& low_bits) {
  if (!low_bits.has_any()) return 0;
  std::uint64_t bytes = 0;
  std::size_t block = 0;
  for (const Operation& operation : spatten.trace.operations) {
    if (std::holds_alternative<Spmm>(operation.params)) {
      bytes += spatten.trace.tensor(operation.inputs.at(2)).bytes();
    }
    const auto* sddmm = std::get_if<Sddmm>(&operation.params);
    if (sddmm == nullptr) continue;
    const CascadeBlock& chosen = spatten.blocks[block++];
    const PolarizedMap& map = spatten.trace.map(sddmm->map);
    std::uint64_t rows = flat_rows(chosen);
    for (std::size_t head = 0; head < map.heads.size(); ++head) {
      const bool any = chosen.values->any_flat(head * map.num_queries, map.num_queries);
      rows += any ? map.num_keys : 0;
    }
    if (low_bits.rows == LowBits::kAllRows) {
      rows = map.heads.size() * (std::uint64_t{map.num_queries} + map.num_keys);
    }
    bytes += rows * sddmm->features / 2;
  }
  return bytes;
}

Work work_of(const SpattenTrace& spatten, const SpattenConfig& config) {
  Work work;
  const Trace& trace = spatten.trace;
  std::size_t block = 0;
  for (const Operation& operation : trace.operations) {
    if (const auto* sddmm = std::get_if<Sddmm>(&operation.params)) {
      const PolarizedMap& map = trace.map(sddmm->map);
      const std::uint64_t rows =
          std::uint64_t{map.num_queries} * map.heads.size() + flat_rows(spatten.blocks[block++]);
      const std::uint64_t scores = std::min<std::uint64_t>(
          {std::max<std::uint64_t>(1, config.array_multipliers() / sddmm->features),
           config.query_key_array.adder_tree_outputs, config.softmax_unit.parallelism});
      work.macs += rows * map.num_keys * sddmm->features;
      work.row_cycles += rows * ((map.num_keys + scores - 1) / scores);
    }
    if (const auto* spmm = std::get_if<Spmm>(&operation.params)) {
      work.macs += trace.map(spmm->map).nnz() * spmm->features;
    }
  }
  return work;
}

void expect_bounds(const test::RandomRun& run) {
  const RunConfig config = run.config();
  const Json result = simulate(config, without_values());
  const SpattenTrace spatten = spatten_of(config);
  const Trace& trace = spatten.trace;
  const auto& parameters = std::get<SpattenConfig>(config.settings.parameters);
  CHECK(test::accounts_fault(result) == "");
  CHECK(test::energy_fault(result) == "");
  CHECK(test::silicon_fault(result) == "");
  CHECK(test::floor_fault(result, run.machine, trace) == "");
  const Work work = work_of(spatten, parameters);
  CHECK(result["macs"]["attention"] == work.macs);
  CHECK(cycles_of(result) >= work.row_cycles);
  std::uint64_t operands = 0;
  for (const char* role : {"query", "key", "value"}) {
    operands += result["traffic"][role]["first_load"].get<std::uint64_t>();
    CHECK(result["traffic"][role]["reload"] == 0);
  }
  CHECK(operands ==
        test::bytes_to_read(trace, true) + low_bytes_to_read(spatten, parameters.low_bits));
}

/// All that the trace of what is left asks for is moved and computed, and nothing else.
void expect_model_bounds(const test::RandomRun& run) {
  const RunConfig config = run.config();
  const Json result = simulate(config, without_values());
  const SpattenTrace spatten = spatten_of(config);
  CHECK(test::accounts_fault(result) == "");
  CHECK(test::energy_fault(result) == "");
  CHECK(test::silicon_fault(result) == "");
  CHECK(test::floor_fault(result, run.machine, spatten.trace) == "");
  CHECK(result["macs"]["attention"] ==
        work_of(spatten, std::get<SpattenConfig>(config.settings.parameters)).macs);
  CHECK(result["macs"]["linear"] == test::linear_macs(spatten.trace));
  std::uint64_t first_loads = 0;
  std::uint64_t stores = 0;
  for (const auto& [tensor, bytes] : result["traffic"].items()) {
    first_loads += bytes["first_load"].get<std::uint64_t>();
    stores += bytes["write_back"].get<std::uint64_t>();
  }
  CHECK(first_loads == test::bytes_to_read(spatten.trace, true));
  CHECK(stores == test::bytes_to_write(spatten.trace));
}

/// The check of each of some random runs that are accepted; at least `least`.
template <typename Check>
void check_random_runs(const char* test, test::RandomRun (*draw)(std::uint64_t),
                       std::uint64_t first, std::uint64_t count, std::size_t least,
                       Check&& check_run) {
  const auto seeds = test::random_seeds(test, first, count);
  std::size_t num_run = 0;
  for (const std::uint64_t seed : seeds) {
    INFO("VITCOD_RANDOM_SEED=" << seed);
    try {
      check_run(draw(seed));
      ++num_run;
    } catch (const InputError& error) {
      if (seeds.size() == 1) std::cout << "rejected: " << error.what() << "\n";
    }
  }
  std::cout << test << ": " << num_run << " of " << seeds.size() << " run\n";
  if (seeds.size() > 1) CHECK(num_run >= least);
}

std::string refusal_of(const std::vector<std::string>& overrides) {
  try {
    simulate(spatten_run(overrides), without_values());
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a SpAtten machine has the same result in every mode, on random machines and workloads") {
  check_random_runs(
      "modes of SpAtten machines", test::random_spatten_run, 17001, 90, 50,
      [](const test::RandomRun& run) { test::expect_same_in_all_modes(run.config()); });
}

TEST_CASE("a SpAtten machine has the same result in every mode on random whole models") {
  check_random_runs(
      "modes of SpAtten machines with whole models", test::random_spatten_model_run, 19001, 60, 30,
      [](const test::RandomRun& run) { test::expect_same_in_all_modes(run.config()); });
}

TEST_CASE("no random SpAtten machine is faster than its multipliers, ports and memory") {
  check_random_runs("bounds of SpAtten machines", test::random_spatten_run, 18001, 150, 90,
                    expect_bounds);
}

TEST_CASE("no random SpAtten machine is faster than that on whole models") {
  check_random_runs("bounds of SpAtten machines with whole models", test::random_spatten_model_run,
                    20001, 100, 50, expect_model_bounds);
}

TEST_CASE("extreme shares of tokens, heads and rows of V are run, with the right values") {
  for (const char* keep : {"0", "1"}) {
    for (const char* values : {"0", "1"}) {
      const std::string pruning = "/machine/cascade_pruning/";
      test::expect_same_in_all_modes(
          spatten_run({"/workload/layers=[0,1,2]", pruning + "match_entries=false",
                       pruning + "token_keep=" + keep, pruning + "token_spread=0",
                       pruning + "head_keep=" + keep, pruning + "head_spread=0",
                       pruning + "value_keep=" + values}));
    }
  }
}

TEST_CASE("without pruning a SpAtten machine does nine tenths of its peak on dense attention") {
  const std::string pruning = "/machine/cascade_pruning/";
  const Json result =
      simulate(spatten_run({pruning + "match_entries=false", pruning + "token_keep=1",
                            pruning + "token_spread=0", pruning + "head_keep=1",
                            pruning + "head_spread=0", pruning + "value_keep=1"}),
               {});
  CHECK(result["values"]["mismatches"] == 0);
  CHECK(result["macs"]["attention"] == 12ULL * 3 * 197 * 197 * 64 * 2);
  CHECK(result["utilization"]["done"].get<double>() > 0.9);
}

TEST_CASE("the published machine prunes by shares, whatever the maps keep") {
  const auto cycles = [](const char* sparsity) {
    return cycles_of(simulate(spatten_run({"/machine=machines/spatten.json",
                                           std::string("/workload/maps/sparsity=") + sparsity}),
                              without_values()));
  };
  CHECK(cycles("0.9") == cycles("0.6"));
}

TEST_CASE("a SpAtten machine that matches entries takes less time with fewer of them") {
  std::uint64_t before = 0;
  for (const char* sparsity : {"0.95", "0.9", "0.8", "0.6"}) {
    const RunConfig run = spatten_run({std::string("/workload/maps/sparsity=") + sparsity});
    const Json result = simulate(run, without_values());
    CHECK(cycles_of(result) > before);
    before = cycles_of(result);
    // The first of 12 layers alone has more than 5 % of them.
    if (std::string(sparsity) == "0.95") continue;
    CHECK(result["macs"]["attention"].get<std::uint64_t>() <= test::required_macs(run.trace, true));
  }
}

TEST_CASE("what later layers load waits until tokens and heads are chosen") {
  const Json result = simulate(spatten_run({"/workload/layers=[0,1,2]"}), {});
  CHECK(result["values"]["mismatches"] == 0);
  CHECK(result["blocks"]["cascade_selector"]["selections"] == 2);
  for (const std::size_t layer : {0, 1}) {
    CHECK(result["layers"][layer]["by_phase"]["select"].get<std::uint64_t>() > 0);
    // Nothing of the next layer is there when the choice is made.
    CHECK(result["layers"][layer + 1]["by_phase"]["wait_operands"].get<std::uint64_t>() > 0);
  }
}

TEST_CASE("tokens that are dropped are missing in all that follows in a whole model") {
  const std::vector<std::string> whole{"/workload/scope=model", "/workload/layers=[0,1,2]"};
  std::vector<std::string> unpruned = whole;
  for (const char* set :
       {"match_entries=false", "token_keep=1", "token_spread=0", "head_keep=1", "head_spread=0"}) {
    unpruned.push_back(std::string("/machine/cascade_pruning/") + set);
  }
  const Json result = simulate(spatten_run(whole), {});
  const Json all = simulate(spatten_run(unpruned), {});
  CHECK(result["values"]["mismatches"] == 0);
  CHECK(all["values"]["mismatches"] == 0);
  const auto gathered = [](const Json& run) {
    return run["blocks"]["token_gather"]["rows"].get<std::uint64_t>();
  };
  CHECK(gathered(all) == 0);
  CHECK(gathered(result) > 0);
  CHECK(gathered(result) ==
        result["blocks"]["cascade_selector"]["numbers_stored"].get<std::uint64_t>());
  CHECK(result["macs"]["linear"].get<std::uint64_t>() < all["macs"]["linear"].get<std::uint64_t>());
  CHECK(cycles_of(result) < cycles_of(all));
  for (const std::size_t layer : {1, 2}) {
    // Behind the embedding, which is a layer too.
    CHECK(result["layers"][layer]["by_phase"]["gather"].get<std::uint64_t>() > 0);
  }
}

TEST_CASE("a whole model is the same in every mode on the SpAtten machine of the comparison") {
  test::expect_same_in_all_modes(spatten_run({"/workload/scope=model", "/workload/layers=[3,4,5]",
                                              "/machine/cascade_pruning/value_keep=0.5"}));
}

TEST_CASE("a prediction of a SpAtten machine is near its cycles") {
  const std::initializer_list<std::pair<const char*, const char*>> runs{
      {"deit-tiny", "none"}, {"deit-tiny", "flat"}, {"deit-base", "none"},
      {"deit-base", "all"},  {"levit-128", "none"}, {"levit-128", "flat"}};
  for (const auto& [model, rows] : runs) {
    const Json result = simulate(
        spatten_run({std::string("/workload/model=") + model, "/workload/maps/sparsity=0.8",
                     std::string("/machine/low_bits/rows=") + rows}),
        without_values());
    double predicted = 0;
    for (const Json& layer : result["layers"]) {
      predicted += layer["predicted_cycles"].get<double>();
    }
    const double ratio = predicted / double(cycles_of(result));
    INFO(model << ", low bits of rows: " << rows);
    CHECK(ratio > 0.8);
    CHECK(ratio < 1.25);
  }
}

TEST_CASE("with low bits of all rows a SpAtten machine moves half as many bytes of operands more") {
  const std::string layers = "/workload/layers=[0,1]";
  const Json none = simulate(spatten_run({layers}), {});
  const Json all = simulate(spatten_run({layers, "/machine/low_bits/rows=all"}), {});
  CHECK(none["values"]["mismatches"] == 0);
  CHECK(all["values"]["mismatches"] == 0);
  CHECK(all["values"]["output_sha256"] != none["values"]["output_sha256"]);
  for (const char* role : {"query", "key", "value"}) {
    CHECK(2 * all["traffic"][role]["first_load"].get<std::uint64_t>() ==
          3 * none["traffic"][role]["first_load"].get<std::uint64_t>());
  }
  CHECK(all["macs"] == none["macs"]);
  CHECK(all["blocks"]["query_key_array"]["macs_with_low_bits"] ==
        all["blocks"]["query_key_array"]["macs"]);
  CHECK(all["area_mm2"]["total"].get<double>() > none["area_mm2"]["total"].get<double>());
  CHECK(all["energy_pj"]["total"].get<double>() > none["energy_pj"]["total"].get<double>());
}

TEST_CASE("the more rows are flat the more a SpAtten machine computes and loads again") {
  const auto run = [](const char* below) {
    return simulate(spatten_run({"/workload/layers=[0]", "/machine/low_bits/rows=flat",
                                 std::string("/machine/low_bits/flat_below=") + below}),
                    {});
  };
  const auto flat = [](const Json& result) {
    return result["blocks"]["softmax_unit"]["flat_rows"].get<std::uint64_t>();
  };
  const Json none = run("0");
  const Json some = run("0.05");
  const Json every = run("1");
  CHECK(flat(none) == 0);
  CHECK(flat(some) > 0);
  CHECK(flat(every) == 3 * 197);
  CHECK(cycles_of(none) < cycles_of(some));
  CHECK(cycles_of(some) < cycles_of(every));
  CHECK(every["macs"]["attention"] == 3ULL * 197 * 197 * 64 * 3);
  CHECK(some["traffic"]["query"]["first_load"].get<std::uint64_t>() ==
        3 * 197 * 64 + flat(some) * 32);
  for (const Json& result : {none, some, every}) CHECK(result["values"]["mismatches"] == 0);
}

TEST_CASE("a SpAtten machine says what it cannot run") {
  CHECK(refusal_of({"/machine/low_bits/rows=flat", "/machine/low_bits/row_marks=100"}) ==
        "layer0: one head needs 197 row_marks of low_bits, this machine has 100");
  const std::string whole = "/workload/scope=model";
  CHECK(refusal_of({whole, "/workload/layers=[0,1]", "/machine/token_gather/max_tokens=1"})
            .find("operation layer0/gather: ") != std::string::npos);
  CHECK(refusal_of({"/workload=workloads/iret.json", whole}).find("and drops tokens by itself") !=
        std::string::npos);
  CHECK(refusal_of({"/machine/mac_lines/lines=63"}).find("an even number of lines") !=
        std::string::npos);
  CHECK(refusal_of({"/machine/input_buffer/capacity_bytes=40960"}) ==
        "layer0: one head needs 43008 bytes of the input_buffer, this machine has 32768");
  CHECK(refusal_of({"/machine/output_buffer/capacity_bytes=16384"}) ==
        "layer0: one head needs 14336 bytes of the output_buffer, this machine has 8192");
  CHECK(refusal_of({"/machine/softmax_unit/fifo_depth=16"}) ==
        "layer0: one head needs 197 keys in the FIFOs of the softmax_unit, this machine has 128");
  CHECK(refusal_of({"/machine/top_k_engine/fifo_depth=8"}) ==
        "layer0: one head needs 197 entries in the FIFOs of the top_k_engine, this machine has "
        "128");
}

}  // namespace vitcod::spatten_machine_test
