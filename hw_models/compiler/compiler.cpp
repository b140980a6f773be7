// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/compiler.hpp"

#include <algorithm>
#include <cmath>

#include "hw_models/compiler/auto_encoder/encode_jobs.hpp"
#include "hw_models/compiler/auto_encoder/encode_sketch.hpp"
#include "hw_models/compiler/average_pool/pool_stream.hpp"
#include "hw_models/compiler/layer_norm/norm_jobs.hpp"
#include "hw_models/compiler/layer_norm/norm_sketch.hpp"
#include "hw_models/compiler/lifting/lift_stream.hpp"
#include "hw_models/compiler/linear/linear_jobs.hpp"
#include "hw_models/compiler/linear/linear_sketch.hpp"
#include "hw_models/compiler/linear/order_load.hpp"
#include "hw_models/compiler/linear_attention/linear_attention_jobs.hpp"
#include "hw_models/compiler/linear_attention/linear_attention_sketch.hpp"
#include "hw_models/compiler/streams/stream.hpp"
#include "hw_models/compiler/token_gather/gather_stream.hpp"
#include "hw_models/compiler/token_merging/merge_stream.hpp"
#include "hw_models/compiler/token_selection/selection_stream.hpp"
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

/// Operands of streams are read as their tensors' shapes say, unless they are also compressed Q or
/// K, which lie otherwise.
std::vector<Stream> make_streams(const LayerList& layers, const StreamContext& context) {
  std::vector<Stream> streams;
  for (const Operation* operation : layers.streams) {
    const OperationParams& params = operation->params;
    if (std::holds_alternative<ScoreSelect>(params)) {
      streams.push_back(selection_stream(*operation, context));
    } else if (std::holds_alternative<ExitTest>(params)) {
      streams.push_back(exit_stream(*operation, context));
    } else if (std::holds_alternative<RouterSplit>(params)) {
      streams.push_back(split_stream(*operation, context));
    } else if (std::holds_alternative<TokenGather>(params)) {
      streams.push_back(gather_stream(*operation, context));
    } else if (std::holds_alternative<LiftingStep>(params)) {
      streams.push_back(lift_stream(*operation, context));
    } else if (std::holds_alternative<SimilarityMatch>(params)) {
      streams.push_back(match_stream(*operation, context));
    } else if (std::holds_alternative<TokenFuse>(params)) {
      streams.push_back(merge_stream(*operation, context));
    } else {
      streams.push_back(pool_stream(*operation, context));
    }
  }
  return streams;
}

/// The best way to carry the operations out.
struct Plan {
  std::vector<LinearCut> cuts;  ///< by linear layer
  ProgramSearch::Best best;
};

/// Finds the best way, operation by operation.
class Planner {
 public:
  Planner(const LayerList& layers, const std::vector<Stream>& streams, const PlanLimits& limits,
          AttentionMethod& attention)
      : layers_(layers),
        streams_(streams),
        limits_(limits),
        attention_(attention),
        search_(limits.empty_schedule()) {}

  Plan plan() {
    for (const LayerList::Place& place : layers_.order) search_.add(candidates(place));
    Plan chosen{{}, search_.best()};
    for (std::size_t i = 0; i < layers_.order.size(); ++i) {
      if (layers_.order[i].kind != Kind::kLinear) continue;
      chosen.cuts.push_back(cuts_[chosen.cuts.size()][chosen.best.choices[i].candidate]);
    }
    return chosen;
  }

 private:
  std::vector<Candidate> candidates(const LayerList::Place& place) {
    switch (place.kind) {
      case Kind::kAttention:
        return attention_.candidates(layers_.attention[place.index]);
      case Kind::kEncoding:
        return {Candidate{sketch_encoding(layers_.encodings[place.index], limits_), 0}};
      case Kind::kLinear:
        return linear_candidates(layers_.linear[place.index]);
      case Kind::kLinearAttention: {
        const LinearAttentionLayer& layer = layers_.linear_attention[place.index];
        const LinearAttentionCut cut = linear_attention_cut(layer, limits_);
        return {Candidate{sketch_linear_attention(layer, cut, limits_), 0}};
      }
      case Kind::kNorm:
        return {Candidate{sketch_norm(layers_.norms[place.index], limits_), 0}};
      case Kind::kStream:
        return {Candidate{sketch_stream(streams_[place.index], limits_), 0}};
    }
    throw ModelError("an operation of no kind");
  }
  std::vector<Candidate> linear_candidates(const LinearLayer& layer) {
    cuts_.push_back(linear_cuts(layer, limits_));
    std::vector<Candidate> candidates;
    for (const LinearCut& cut : cuts_.back()) {
      candidates.push_back(
          Candidate{sketch_linear(layer, cut, limits_), traffic_of(layer, cut), true});
    }
    return candidates;
  }

  const LayerList& layers_;
  const std::vector<Stream>& streams_;
  const PlanLimits& limits_;
  AttentionMethod& attention_;
  ProgramSearch search_;
  std::vector<std::vector<LinearCut>> cuts_;  ///< candidates, by linear layer
};

std::uint32_t layer_of(const LayerList& layers, const LayerList::Place& place) {
  switch (place.kind) {
    case Kind::kAttention:
      return layers.attention[place.index].layer;
    case Kind::kEncoding:
      return layers.encodings[place.index].layer;
    case Kind::kLinear:
      return layers.linear[place.index].layer;
    case Kind::kLinearAttention:
      return layers.linear_attention[place.index].layer;
    case Kind::kNorm:
      return layers.norms[place.index].layer;
    case Kind::kStream:
      return layers.streams[place.index]->layer;
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

bool is_stream(const OperationParams& params) {
  return std::holds_alternative<ScoreSelect>(params) || std::holds_alternative<ExitTest>(params) ||
         std::holds_alternative<TokenGather>(params) ||
         std::holds_alternative<LiftingStep>(params) ||
         std::holds_alternative<AveragePool>(params) ||
         std::holds_alternative<RouterSplit>(params) ||
         std::holds_alternative<SimilarityMatch>(params) ||
         std::holds_alternative<TokenFuse>(params);
}

/// Throws InputError unless the machine holds the orders of all layers of two experts.
void check_orders(const LayerList& layers, const StreamContext& context) {
  for (const LinearLayer& layer : layers.linear) {
    if (layer.loads_order) row_numbers(*layer.routed, layer.routed->inputs[1], context);
  }
}

/// Appends the jobs of linear layers. Those of two experts go by the order that is in the token
/// gather: another one comes when nothing is to be stored by it any more.
class LinearProgram {
 public:
  LinearProgram(const LayerList& layers, const Plan& plan, const StreamContext& context,
                DramLayout& layout, JobList& jobs)
      : layers_(layers), plan_(plan), context_(context), layout_(layout), jobs_(jobs) {}

  void add(std::size_t index, bool reconfigures) {
    const LinearLayer& layer = layers_.linear[index];
    const LinearCut& cut = plan_.cuts[index];
    const GemmCost gemm = context_.limits.gemm.of(layer.product.primitive);
    layout_.lay_by_line(layer.weights, cut.block_columns,
                        static_cast<std::uint32_t>(gemm.macs_per_line));
    LinearJobs jobs(layer, cut, layout_, jobs_);
    StreamLoad order;
    if (layer.loads_order) {
      order = order_of(index);
      jobs.begin_with(order, last_ != nullptr && last_->inputs[1] != layer.routed->inputs[1]
                                 ? std::optional(last_->outputs[0])
                                 : std::nullopt);
      last_ = layer.routed;
    }
    jobs.add(reconfigures);
  }

  /// The stream; one whose numbers take the order's place waits too.
  Stream behind_orders(Stream stream) const {
    const bool has_numbers =
        stream.phase == context_.target.gather || stream.phase == context_.target.lift;
    if (last_ != nullptr && has_numbers) stream.reads.push_back(last_->outputs[0]);
    return stream;
  }

 private:
  StreamLoad order_of(std::size_t index) const {
    const LinearLayer& layer = layers_.linear[index];
    std::uint64_t taken = numbers_taken(layer, plan_.cuts[index]);
    if (layer.is_first_part) {
      taken += numbers_taken(layers_.linear[index + 1], plan_.cuts[index + 1]);
    }
    return order_load(*layer.routed, taken, context_);
  }

  const LayerList& layers_;
  const Plan& plan_;
  const StreamContext& context_;
  DramLayout& layout_;
  JobList& jobs_;
  const Operation* last_ = nullptr;  ///< whose order is there
};

/// Takes the operation, whose operands must be in DRAM.
const Operation* find_stream(OperationIndex& index, std::size_t position) {
  index.take(position);
  const Operation& operation = index.operation(position);
  for (const TensorId input : operation.inputs) index.require_in_dram(operation, input);
  return &operation;
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
    } else if (std::holds_alternative<RoutedLinear>(params)) {
      for (LinearLayer& part : find_experts(index, i)) {
        place(Kind::kLinear, layers.linear, std::move(part));
      }
    } else if (std::holds_alternative<LinearAttention>(params)) {
      place(Kind::kLinearAttention, layers.linear_attention, find_linear_attention(index, i));
    } else if (std::holds_alternative<LayerNorm>(params)) {
      place(Kind::kNorm, layers.norms, find_norm(index, i));
    } else if (is_stream(params)) {
      place(Kind::kStream, layers.streams, find_stream(index, i));
    }
  }
  index.require_all_taken(
      "dense_linear, routed_linear, router_split, linear_attention, layer_norm, average_pool, "
      "head_mix_encode, score_select, token_gather, similarity_match, token_fuse, "
      "lifting_step, exit_test and attention blocks (head_mix_decode, sddmm, row_normalise or "
      "score_elementwise, spmm)");
  return layers;
}

void compile(const Trace& trace, const LayerList& layers, const Target& target,
             const PlanLimits& limits, AttentionMethod& attention, DramLayout& layout,
             Program& program) {
  if (layers.order.empty()) throw InputError("the workload has no operation");
  lay_out(layers, layout);
  const StreamContext context{trace, layout, target, limits, &attention};
  const std::vector<Stream> streams = make_streams(layers, context);
  check_orders(layers, context);
  const Plan chosen = Planner(layers, streams, limits, attention).plan();
  JobList jobs(target, program);
  LinearProgram linear(layers, chosen, context, layout, jobs);
  bool lines_are_one_array = false;
  for (std::size_t i = 0; i < layers.order.size(); ++i) {
    const LayerList::Place& place = layers.order[i];
    if (place.kind == Kind::kEncoding) {
      add_encoding(layers.encodings[place.index], limits.output_bytes, layout, jobs);
    } else if (place.kind == Kind::kNorm) {
      add_norm(layers.norms[place.index], limits.output_bytes, layout, jobs);
    } else if (place.kind == Kind::kStream) {
      add_stream(linear.behind_orders(streams[place.index]), jobs);
    } else if (place.kind == Kind::kLinear) {
      linear.add(place.index, !std::exchange(lines_are_one_array, true));
    } else if (place.kind == Kind::kLinearAttention) {
      const LinearAttentionLayer& layer = layers.linear_attention[place.index];
      const LinearAttentionCut cut = linear_attention_cut(layer, limits);
      LinearAttentionJobs(layer, cut, limits, layout, jobs)
          .add(!std::exchange(lines_are_one_array, true));
    } else {
      lines_are_one_array = false;
      attention.add_jobs(place.index, chosen.best.choices[i].candidate, layout, jobs);
    }
  }
  program.predicted_cycles = predicted_cycles(layers, chosen.best);
  program.dram_bytes = layout.end();
}

}  // namespace vitcod
