// SPDX-License-Identifier: Apache-2.0
#include "test/system/random_spatten.hpp"

#include "hw_models/accelerators/dense_trace.hpp"
#include "test/system/random_tokens.hpp"
#include "test/system/random_workloads.hpp"
#include "workloads/workload.hpp"

namespace vitcod::test {
namespace {

/// Nothing, all, or a share.
double keep(Random& random) {
  return one_in(random, 3) ? pick(random, {0.0, 1.0}) : random.uniform_real();
}

void draw_spatten_units(Random& random, Json& machine) {
  machine["query_key_array"] = {{"adder_tree_outputs", log_uniform(random, 1, 40)},
                                {"latency_cycles", log_uniform(random, 1, 30)},
                                {"row_queue_depth", log_uniform(random, 1, 6)}};
  machine["softmax_unit"] = {{"parallelism", log_uniform(random, 1, 40)},
                             {"fifo_depth", one_in(random, 20) ? 2 : 128},
                             {"latency_cycles", log_uniform(random, 1, 100)},
                             {"operand_fraction_bits", uniform(random, 0, 7)},
                             {"row_queue_depth", log_uniform(random, 1, 6)}};
  machine["top_k_engine"] = {{"comparators", log_uniform(random, 1, 40)},
                             {"fifo_depth", one_in(random, 20) ? 2 : 256},
                             {"pass_latency_cycles", uniform(random, 0, 5)},
                             {"row_queue_depth", log_uniform(random, 1, 6)}};
  machine["prob_value_array"] = {{"value_banks", log_uniform(random, 1, 40)},
                                 {"dividers", log_uniform(random, 1, 80)},
                                 {"latency_cycles", log_uniform(random, 1, 30)}};
  machine["cascade_pruning"] = {{"match_entries", one_in(random, 3)},
                                {"token_keep", keep(random)},
                                {"token_spread", random.uniform_real() / 2},
                                {"unpruned_token_layers", random.uniform_real() / 2},
                                {"head_keep", keep(random)},
                                {"head_spread", random.uniform_real() / 2},
                                {"unpruned_head_layers", random.uniform_real() / 2},
                                {"value_keep", keep(random)},
                                {"prefix_tokens", uniform(random, 0, 3)}};
  machine["low_bits"] = {{"rows", pick(random, {"none", "flat", "all"})},
                         {"flat_below", one_in(random, 4) ? 1.0 : random.uniform_real() / 2},
                         {"row_marks", one_in(random, 20) ? 4 : 4096}};
}

}  // namespace

Json spatten_machine_with(const Json& vitcod, Random& random) {
  Json machine = dense_machine_with(vitcod);
  machine["kind"] = "spatten";
  for (const char* block :
       {"row_writer", "denser_engine", "normaliser", "token_selector", "lifting", "index_filter"}) {
    machine.erase(block);
  }
  if (!machine.contains("token_gather") && !machine.contains("average_pool")) {
    machine.erase("stream_hub");
  }
  const std::uint32_t lines = machine["mac_lines"]["lines"];
  machine["mac_lines"]["lines"] = lines + lines % 2;
  draw_spatten_units(random, machine);
  return machine;
}

Trace attention_alone(const Trace& trace) {
  Trace alone = without_sparsity(trace);
  alone.maps = trace.maps;
  std::erase_if(alone.operations, [](const Operation& operation) {
    return !std::holds_alternative<Sddmm>(operation.params) &&
           !std::holds_alternative<RowNormalise>(operation.params) &&
           !std::holds_alternative<ScoreElementwise>(operation.params) &&
           !std::holds_alternative<Spmm>(operation.params);
  });
  for (Operation& operation : alone.operations) {
    if (const auto* sigmoid = std::get_if<ScoreElementwise>(&operation.params)) {
      operation.params = RowNormalise{sigmoid->map};
    }
  }
  return alone;
}

namespace {

/// Features in pairs, whose low bits share a byte. Tensors of the machine follow the operations.
void pair_features(Trace& trace) {
  for (Operation& operation : trace.operations) {
    if (auto* sddmm = std::get_if<Sddmm>(&operation.params)) sddmm->features += sddmm->features % 2;
    if (auto* spmm = std::get_if<Spmm>(&operation.params)) spmm->features += spmm->features % 2;
  }
}

}  // namespace

RandomRun random_spatten_run(std::uint64_t seed) {
  RandomRun run = random_run(seed);
  Random random(seed, "spatten");
  run.machine = spatten_machine_with(run.machine, random);
  run.trace = attention_alone(run.trace);
  if (run.machine["low_bits"]["rows"] != "none") pair_features(run.trace);
  return run;
}

RandomRun random_spatten_model_run(std::uint64_t seed) {
  Random random(seed, "spatten model");
  Json model = random_patch_model(random, false);
  // Blocks of other heads begin another cascade, which a whole model cannot do once tokens are
  // dropped.
  const std::uint32_t heads = uniform(random, 1, 5);
  if (!one_in(random, 10)) {
    for (Json& group : model["groups"]) group["heads"] = heads;
  }
  const Json maps = {{"kind", "generated"},
                     {"sparsity", 0.5 * random.uniform_real()},
                     {"seed", random.uniform_below(1000)}};
  RandomRun run;
  run.seed = seed;
  run.trace = make_trace({{"model", model},
                          {"scope", "model"},
                          {"maps", maps},
                          {"polarization", {{"theta_d_fraction", random.uniform_real()}}},
                          {"values", {{"seed", random.next_u64()}}}},
                         ".");
  run.machine = spatten_machine_with(random_machine(random, dense_macs(run.trace)), random);
  if (!one_in(random, 20)) run.machine["low_bits"]["rows"] = "none";
  if (!one_in(random, 10)) run.machine["cascade_pruning"]["prefix_tokens"] = uniform(random, 1, 3);
  return run;
}

}  // namespace vitcod::test
