// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/compiler.hpp"

#include <algorithm>
#include <cmath>

#include "hw_models/compiler/attention/attention_jobs.hpp"
#include "hw_models/compiler/auto_encoder/encode_jobs.hpp"
#include "hw_models/compiler/auto_encoder/encode_sketch.hpp"
#include "hw_models/compiler/layer_norm/norm_jobs.hpp"
#include "hw_models/compiler/layer_norm/norm_sketch.hpp"
#include "hw_models/compiler/linear/linear_jobs.hpp"
#include "hw_models/compiler/linear/linear_sketch.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

using Kind = LayerList::Kind;

/// Compressed Q and K, and what the encoder makes them from, lie token by token: as the encoder
/// writes them and the decoders need them.
void lay_out(const LayerList& layers, DramLayout& layout) {
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
  std::vector<LinearCut> cuts;               ///< by linear layer
  ProgramSearch::Best best;
};

/// Finds the best way, operation by operation.
class Planner {
 public:
  Planner(const LayerList& layers, const PlanLimits& limits, const LineSplitter& splitter)
      : layers_(layers), limits_(limits), splitter_(splitter), search_(limits.empty_schedule()) {}

  Plan plan() {
    for (const LayerList::Place& place : layers_.order) search_.add(candidates(place));
    Plan chosen{{}, {}, search_.best()};
    for (std::size_t i = 0; i < layers_.order.size(); ++i) {
      const std::size_t candidate = chosen.best.choices[i].candidate;
      if (layers_.order[i].kind == Kind::kAttention) {
        chosen.units.push_back(std::move(units_[chosen.units.size()][candidate].units));
      } else if (layers_.order[i].kind == Kind::kLinear) {
        chosen.cuts.push_back(cuts_[chosen.cuts.size()][candidate]);
      }
    }
    return chosen;
  }

 private:
  std::vector<Candidate> candidates(const LayerList::Place& place) {
    switch (place.kind) {
      case Kind::kAttention:
        units_.push_back(candidate_plans(layers_.attention[place.index], limits_, splitter_));
        return candidates_of(units_.back(), limits_);
      case Kind::kEncoding:
        return {Candidate{sketch_encoding(layers_.encodings[place.index], limits_), 0}};
      case Kind::kLinear:
        return linear_candidates(layers_.linear[place.index]);
      case Kind::kNorm:
        return {Candidate{sketch_norm(layers_.norms[place.index], limits_), 0}};
    }
    throw ModelError("an operation of no kind");
  }
  std::vector<Candidate> linear_candidates(const LinearLayer& layer) {
    cuts_.push_back(linear_cuts(layer, limits_));
    std::vector<Candidate> candidates;
    for (const LinearCut& cut : cuts_.back()) {
      candidates.push_back(Candidate{sketch_linear(layer, cut, limits_), traffic_of(layer, cut)});
    }
    return candidates;
  }

  const LayerList& layers_;
  const PlanLimits& limits_;
  const LineSplitter& splitter_;
  ProgramSearch search_;
  std::vector<std::vector<LayerPlan>> units_;  ///< candidates, by attention layer
  std::vector<std::vector<LinearCut>> cuts_;   ///< likewise, by linear layer
};

std::uint32_t layer_of(const LayerList& layers, const LayerList::Place& place) {
  switch (place.kind) {
    case Kind::kAttention:
      return layers.attention[place.index].layer;
    case Kind::kEncoding:
      return layers.encodings[place.index].layer;
    case Kind::kLinear:
      return layers.linear[place.index].layer;
    case Kind::kNorm:
      return layers.norms[place.index].layer;
  }
  throw ModelError("an operation of no kind");
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
  const auto place = [&layers](Kind kind, auto& list, auto found) {
    layers.order.push_back({kind, list.size()});
    list.push_back(std::move(found));
  };
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    const OperationParams& params = trace.operations[i].params;
    if (std::holds_alternative<Spmm>(params)) {
      place(Kind::kAttention, layers.attention, find_attention(index, i));
    } else if (std::holds_alternative<HeadMixEncode>(params)) {
      place(Kind::kEncoding, layers.encodings, find_encoding(index, i));
    } else if (std::holds_alternative<DenseLinear>(params)) {
      place(Kind::kLinear, layers.linear, find_linear(index, i));
    } else if (std::holds_alternative<LayerNorm>(params)) {
      place(Kind::kNorm, layers.norms, find_norm(index, i));
    }
  }
  index.require_all_taken(
      "dense_linear, layer_norm, head_mix_encode and attention blocks (head_mix_decode, sddmm, "
      "row_normalise or score_elementwise, spmm)");
  return layers;
}

void compile(const LayerList& layers, const Target& target, const PlanLimits& limits,
             const LineSplitter& splitter, DramLayout& layout, Program& program) {
  if (layers.order.empty()) throw InputError("the workload has no operation");
  lay_out(layers, layout);
  JobList jobs(target, program);
  const Plan chosen = Planner(layers, limits, splitter).plan();
  bool lines_are_one_array = false;
  for (const LayerList::Place& place : layers.order) {
    if (place.kind == Kind::kEncoding) {
      add_encoding(layers.encodings[place.index], limits.output_bytes, layout, jobs);
    } else if (place.kind == Kind::kNorm) {
      add_norm(layers.norms[place.index], limits.output_bytes, layout, jobs);
    } else if (place.kind == Kind::kLinear) {
      const LinearLayer& layer = layers.linear[place.index];
      const LinearCut& cut = chosen.cuts[place.index];
      layout.lay_by_line(layer.weights, cut.block_columns);
      LinearJobs(layer, cut, layout, jobs).add(!std::exchange(lines_are_one_array, true));
    } else {
      lines_are_one_array = false;
      AttentionJobs layer_jobs(layers.attention[place.index], layout, jobs);
      for (const WorkUnit& unit : chosen.units[place.index]) layer_jobs.add(unit);
    }
  }
  program.predicted_cycles = predicted_cycles(layers, chosen.best);
  program.dram_bytes = layout.end();
}

}  // namespace vitcod
