// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/compiler.hpp"

#include "hw_models/compiler/attention/attention_jobs.hpp"
#include "hw_models/compiler/auto_encoder/encode_jobs.hpp"
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

/// The best cuts of the attention layers order[first], order[first + 1], ... up to an encoding.
std::vector<WorkUnit> plan_run(const LayerList& layers, std::size_t first, const PlanLimits& limits,
                               const LineSplitter& splitter) {
  ProgramPlanner planner(limits);
  for (std::size_t i = first; i < layers.order.size() && !layers.order[i].is_encoding; ++i) {
    planner.add(candidate_plans(layers.attention[layers.order[i].index], limits, splitter));
  }
  return planner.best();
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
  for (std::size_t i = 0; i < layers.order.size();) {
    if (layers.order[i].is_encoding) {
      add_encoding(layers.encodings[layers.order[i++].index], limits.output_bytes, layout, jobs);
      continue;
    }
    // What follows an encoding begins with empty buffers, so it is planned by itself.
    std::optional<AttentionJobs> layer_jobs;
    const AttentionLayer* layer = nullptr;
    for (const WorkUnit& unit : plan_run(layers, i, limits, splitter)) {
      if (unit.layer != layer) {
        layer = unit.layer;
        layer_jobs.emplace(*layer, layout, jobs);
        ++i;
      }
      layer_jobs->add(unit);
    }
  }
  program.dram_bytes = layout.end();
}

}  // namespace vitcod
