// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/compiler.hpp"

#include <algorithm>
#include <cmath>

#include "hw_models/compiler/attention/attention_jobs.hpp"
#include "hw_models/compiler/auto_encoder/encode_jobs.hpp"
#include "hw_models/compiler/auto_encoder/encode_sketch.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// Compressed Q and K, and what the encoder makes them from, lie token by token: as the encoder
/// writes them and the decoders need them.
void lay_out_by_token(const LayerList& layers, DramLayout& layout) {
  for (const EncodeLayer& layer : layers.encodings) {
    layout.lay_by_token(layer.input);
    layout.lay_by_token(layer.output);
  }
  for (const AttentionLayer& layer : layers.attention) {
    if (layer.compressed_heads == 0) continue;
    layout.lay_by_token(layer.query);
    layout.lay_by_token(layer.key);
  }
}

/// The best way to carry the operations out.
struct Plan {
  std::vector<std::vector<WorkUnit>> units;  ///< by attention layer
  ProgramSearch::Best best;
};

Plan make_plan(const LayerList& layers, const PlanLimits& limits, const LineSplitter& splitter) {
  ProgramSearch search(limits.empty_schedule());
  std::vector<std::vector<LayerPlan>> plans;
  for (const LayerList::Place& place : layers.order) {
    if (place.is_encoding) {
      search.add({Candidate{sketch_encoding(layers.encodings[place.index], limits), 0}});
      continue;
    }
    plans.push_back(candidate_plans(layers.attention[place.index], limits, splitter));
    search.add(candidates_of(plans.back(), limits));
  }
  Plan chosen{{}, search.best()};
  for (std::size_t i = 0; i < layers.order.size(); ++i) {
    if (layers.order[i].is_encoding) continue;
    LayerPlan& best = plans[chosen.units.size()][chosen.best.choices[i].candidate];
    chosen.units.push_back(std::move(best.units));
  }
  return chosen;
}

std::uint32_t layer_of(const LayerList& layers, const LayerList::Place& place) {
  return place.is_encoding ? layers.encodings[place.index].layer
                           : layers.attention[place.index].layer;
}

/// By layer of the trace: from the end of the operation before to that of each of its operations;
/// what is stored after the last one belongs to its layer. They sum to the predicted total.
std::vector<Cycle> predicted_cycles(const LayerList& layers, const ProgramSearch::Best& best) {
  std::vector<Cycle> cycles;
  Cycle counted = 0;
  for (std::size_t i = 0; i < layers.order.size(); ++i) {
    const bool is_last = i + 1 == layers.order.size();
    const auto end =
        static_cast<Cycle>(std::llround(is_last ? best.end : best.choices[i].computed));
    const std::size_t layer = layer_of(layers, layers.order[i]);
    cycles.resize(std::max(cycles.size(), layer + 1));
    cycles[layer] += end - counted;
    counted = end;
  }
  return cycles;
}

}  // namespace

LayerList find_layers(const Trace& trace) {
  OperationIndex index(trace);
  LayerList layers;
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    const OperationParams& params = trace.operations[i].params;
    if (std::holds_alternative<Spmm>(params)) {
      layers.order.push_back({false, layers.attention.size()});
      layers.attention.push_back(find_attention(index, i));
    } else if (std::holds_alternative<HeadMixEncode>(params)) {
      layers.order.push_back({true, layers.encodings.size()});
      layers.encodings.push_back(find_encoding(index, i));
    }
  }
  index.require_all_taken(
      "head_mix_encode and attention blocks (head_mix_decode, sddmm, row_normalise, spmm)");
  return layers;
}

void compile(const LayerList& layers, const Target& target, const PlanLimits& limits,
             const LineSplitter& splitter, DramLayout& layout, Program& program) {
  if (layers.order.empty()) throw InputError("the workload has no operation");
  lay_out_by_token(layers, layout);
  JobList jobs(target, program);
  const Plan chosen = make_plan(layers, limits, splitter);
  for (const LayerList::Place& place : layers.order) {
    if (place.is_encoding) {
      add_encoding(layers.encodings[place.index], limits.output_bytes, layout, jobs);
      continue;
    }
    AttentionJobs layer_jobs(layers.attention[place.index], layout, jobs);
    for (const WorkUnit& unit : chosen.units[place.index]) layer_jobs.add(unit);
  }
  program.predicted_cycles = predicted_cycles(layers, chosen.best);
  program.dram_bytes = layout.end();
}

}  // namespace vitcod
