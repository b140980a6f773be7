// SPDX-License-Identifier: Apache-2.0
#include "test/system/random_sanger.hpp"

#include <algorithm>
#include <utility>

#include "hw_models/accelerators/dense_trace.hpp"
#include "workloads/dynamic_masks.hpp"

namespace vitcod::test {
namespace {

void draw_sanger_units(Random& random, Json& machine) {
  const std::uint32_t lines = machine["mac_lines"]["lines"];
  const std::uint32_t macs = machine["mac_lines"]["macs_per_line"];
  machine["score_array"] = {{"rows", lines},
                            {"columns", macs},
                            {"segment_keys", log_uniform(random, 1, 64)},
                            {"query_bytes_per_cycle", log_uniform(random, 1, 80)},
                            {"segment_bytes_per_cycle", log_uniform(random, 1, 200)},
                            {"exps_per_row", log_uniform(random, 1, 20)},
                            {"exp_latency_cycles", uniform(random, 1, 12)},
                            {"overlapped_phases", one_in(random, 2)},
                            {"accumulator_rows", log_uniform(random, 4, 300)},
                            {"drain_features_per_cycle", log_uniform(random, 1, 80)},
                            {"operand_fraction_bits", uniform(random, 0, 7)}};
  machine["pack_unit"] = {{"segments_per_cycle", log_uniform(random, 1, 9)},
                          {"latency_cycles", uniform(random, 1, 9)},
                          {"pass_buffers", uniform(random, 1, 3)},
                          {"mask_bytes", log_uniform(random, 100, 40'000)}};
  machine["mask_predictor"] = {{"rows", log_uniform(random, 1, 50)},
                               {"columns", log_uniform(random, 1, 50)},
                               {"operand_rows_per_cycle", uniform(random, 1, 3)},
                               {"exps_per_row", log_uniform(random, 1, 9)},
                               {"keys_per_cycle", log_uniform(random, 1, 9)},
                               {"latency_cycles", uniform(random, 1, 12)},
                               {"max_keys", one_in(random, 20) ? 8 : 64}};
}

MapId* map_of(Operation& operation) {
  if (auto* sddmm = std::get_if<Sddmm>(&operation.params)) return &sddmm->map;
  if (auto* softmax = std::get_if<RowNormalise>(&operation.params)) return &softmax->map;
  if (auto* spmm = std::get_if<Spmm>(&operation.params)) return &spmm->map;
  return nullptr;
}

bool is_produced(const Trace& trace, TensorId id) {
  return std::any_of(trace.operations.begin(), trace.operations.end(), [id](const auto& operation) {
    return std::count(operation.outputs.begin(), operation.outputs.end(), id) > 0;
  });
}

/// The tensor itself, or one that stands for it where it is made.
TensorId given(Trace& trace, TensorId id) {
  if (!is_produced(trace, id)) return id;
  trace.tensors.push_back(trace.tensor(id));
  trace.tensors.back().name += "/predicted";
  return TensorId{static_cast<std::uint32_t>(trace.tensors.size() - 1)};
}

DynamicMasksSpec masks_of(std::uint64_t seed, Random& random) {
  DynamicMasksSpec masks;
  masks.seed = seed;
  if (one_in(random, 2)) return masks;
  masks.sparsity = one_in(random, 3) ? pick(random, {0.0, 1.0}) : random.uniform_real();
  return masks;
}

}  // namespace

Json sanger_machine_with(const Json& vitcod, Random& random) {
  Json machine = dense_machine_with(vitcod);
  machine["kind"] = "sanger";
  machine["controller"]["prediction"] = pick(random, {"off", "overlapped", "serial"});
  machine.erase("denser_engine");
  draw_sanger_units(random, machine);
  return machine;
}

Trace with_predicted_masks(const Trace& trace, Random& random) {
  Trace predicted = without_sparsity(trace);
  predicted.maps = trace.maps;
  const std::uint64_t seed = random.next_u64();
  for (std::size_t i = 0; i < predicted.operations.size(); ++i) {
    if (const auto* sigmoid = std::get_if<ScoreElementwise>(&predicted.operations[i].params)) {
      predicted.operations[i].params = RowNormalise{sigmoid->map};
    }
  }
  for (std::size_t i = 0; i < predicted.operations.size(); ++i) {
    const auto* sddmm = std::get_if<Sddmm>(&predicted.operations[i].params);
    if (sddmm == nullptr) continue;
    PolarizedMap source = predicted.map(sddmm->map);
    const TensorId query = given(predicted, predicted.operations[i].inputs[0]);
    const TensorId key = given(predicted, predicted.operations[i].inputs[1]);
    const MapId map =
        add_predicted_map(predicted, masks_of(seed, random), std::move(source), query, key);
    // Those who read its scores, and their results, follow it.
    std::vector<TensorId> scores;
    for (std::size_t next = i; next < predicted.operations.size(); ++next) {
      Operation& operation = predicted.operations[next];
      MapId* of = map_of(operation);
      if (of == nullptr) continue;
      const bool reads = std::count(scores.begin(), scores.end(), operation.inputs[0]) > 0;
      if (next != i && !reads) continue;
      *of = map;
      scores.push_back(operation.outputs[0]);
    }
  }
  return predicted;
}

RandomRun random_sanger_run(std::uint64_t seed) {
  RandomRun run = random_run(seed);
  Random random(seed, "sanger");
  run.machine = sanger_machine_with(run.machine, random);
  run.trace = with_predicted_masks(run.trace, random);
  return run;
}

}  // namespace vitcod::test
