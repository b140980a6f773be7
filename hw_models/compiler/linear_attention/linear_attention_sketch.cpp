// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear_attention/linear_attention_sketch.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "hw_models/compiler/linear/linear_passages.hpp"
#include "hw_models/gemm_engine/gemm_kernels.hpp"

namespace vitcod {
namespace {

class Sketcher {
 public:
  Sketcher(const LinearAttentionLayer& layer, const LinearAttentionCut& cut,
           const PlanLimits& limits)
      : layer_(layer),
        attention_(layer.attention),
        cut_(cut),
        limits_(limits),
        gemm_(limits.gemm.of(layer.attention.primitive)) {}

  std::vector<JobSketch> jobs() {
    for (const LinearAttentionStep& step : linear_attention_steps(layer_, cut_)) {
      JobSketch& job = jobs_.emplace_back();
      job.begins_tile = step.begins;
      job.ends_tile = step.ends;
      job.cycles = double(gemm_.cycles(work_of(step)).total()) + kGemmHandOver;
      if (step.begins) job.accumulators = Claim{limits_.accumulator_pool, 1};
      if (step.is_inner) {
        add_keys_and_values(job, step);
      } else {
        add_queries(job, step);
      }
      if (step.ends) add_results(job, step);
    }
    return std::move(jobs_);
  }

 private:
  GemmWork work_of(const LinearAttentionStep& step) const {
    GemmWork work;
    work.rows = step.rows;
    work.columns = step.columns;
    work.features = step.is_inner ? step.keys : attention_.features_k;
    work.weights_by_row = true;
    work.turns_inputs = step.is_inner;
    work.has_beside_weights = !step.is_inner && attention_.normalise;
    const bool has_words = step.begins && (step.is_inner || !attention_.normalise);
    if (has_words) work.constant_bytes = step.columns * kWordBytes;
    return work;
  }

  Claim weights(std::uint64_t bytes) const {
    return {limits_.weight_pool, whole_banks(bytes, limits_.holding.weight_bank_bytes)};
  }
  Claim inputs(std::uint64_t bytes) const {
    return {limits_.input_pool, whole_banks(bytes, limits_.holding.input_bank_bytes)};
  }
  /// A load that leaves with the job.
  static void add(JobSketch& job, const Claim& claim, const Passage& passage) {
    LoadSketch& load = job.loads.emplace_back();
    load.claim = claim;
    load.passage = passage;
    job.frees.push_back(claim);
  }
  /// `columns` of each row of `width` bytes lie together, or all of them.
  static double stretch(std::uint64_t rows, std::uint64_t columns, std::uint64_t width) {
    return double(columns == width ? rows * columns : columns);
  }

  void add_keys_and_values(JobSketch& job, const LinearAttentionStep& step) const {
    job.reads = {layer_.key, layer_.value};
    if (step.begins) {
      const std::uint64_t words = step.columns * kWordBytes;
      add(job, weights(words), gemm_weights_passage(double(words), double(words), limits_));
    }
    const std::uint64_t keys = step.keys, row_bytes = layer_.key_bytes(step.rows);
    add(job, inputs(keys * gemm_.turned_pitch(step.rows)),
        gemm_inputs_passage(double(keys * row_bytes),
                            stretch(keys, row_bytes, layer_.key_bytes(attention_.features_k)),
                            limits_));
    add(job, weights(keys * gemm_.weight_pitch(step.columns)),
        gemm_weights_passage(double(keys * step.columns),
                             stretch(keys, step.columns, attention_.features_v), limits_));
  }

  /// A of a step's columns, with z or the words of O.
  void add_inner(JobSketch& job, const LinearAttentionStep& step) const {
    const std::uint64_t width = attention_.features_k;
    const std::uint64_t beside = attention_.normalise ? width : step.columns * kWordBytes;
    const std::array claims = {weights(width * gemm_.weight_pitch(step.columns)), weights(beside)};
    const auto bytes = double(width * step.columns);
    const std::array passages = {
        gemm_weights_passage(bytes, stretch(width, step.columns, attention_.features_v), limits_),
        gemm_weights_passage(double(beside), double(beside), limits_)};
    for (std::size_t i = 0; i < claims.size(); ++i) {
      if (step.frees_inner) job.frees.push_back(claims[i]);
      if (!step.loads_inner) continue;
      LoadSketch& load = job.loads.emplace_back();
      load.claim = claims[i];
      load.passage = passages[i];
    }
  }

  void add_queries(JobSketch& job, const LinearAttentionStep& step) const {
    job.reads = {layer_.query};
    if (step.loads_inner) job.reads.push_back(layer_.inner);
    add_inner(job, step);
    const std::uint64_t width = layer_.key_bytes(attention_.features_k);
    const auto bytes = double(step.rows * width);
    add(job, inputs(step.rows * width), gemm_inputs_passage(bytes, bytes, limits_));
    if (!layer_.residual) return;
    job.reads.push_back(*layer_.residual);
    const auto residual = double(std::uint64_t{step.rows} * step.columns * layer_.result_bytes);
    job.loads.emplace_back().passage =
        gemm_inputs_passage(residual, row_stretch(step, residual), limits_);
  }

  /// Of what heads stand side by side in.
  double row_stretch(const LinearAttentionStep& step, double bytes) const {
    const std::uint64_t width =
        (layer_.residual ? attention_.heads : std::uint64_t{1}) * attention_.features_v;
    return step.columns == width ? bytes : bytes / step.rows;
  }

  void add_results(JobSketch& job, const LinearAttentionStep& step) const {
    const std::uint64_t size = step.is_inner ? 1 : layer_.result_bytes;
    const std::uint64_t bytes = std::uint64_t{step.rows} * step.columns * size;
    const bool is_whole = step.columns == attention_.features_v;
    const double packet = step.is_inner ? (is_whole ? double(bytes) : double(step.columns))
                                        : row_stretch(step, double(bytes));
    job.store = store_of(double(bytes), packet, limits_.path);
    job.store->latency += double(gemm_.drain_latency);
    job.store->stored =
        Claim{limits_.output_pool, whole_banks(bytes, limits_.holding.output_bank_bytes)};
    job.claim = job.store->stored;
    job.writes = {step.is_inner ? layer_.inner : layer_.output};
    const bool divides = !step.is_inner && attention_.normalise;
    DrainSketch& drain = job.drain.emplace();
    drain.read = Claim{limits_.accumulator_pool, 1};
    drain.cycles = double(gemm_.pipeline + (divides ? gemm_.dividing_cycles(step.rows, step.columns)
                                                    : gemm_.drain_cycles(step.rows, step.columns)));
    drain.held_share = std::min(1.0, limits_.path.output.staging_bytes / double(bytes));
  }

  const LinearAttentionLayer& layer_;
  const LinearAttention& attention_;
  const LinearAttentionCut& cut_;
  const PlanLimits& limits_;
  const GemmCost gemm_;
  std::vector<JobSketch> jobs_;
};

}  // namespace

std::vector<JobSketch> sketch_linear_attention(const LinearAttentionLayer& layer,
                                               const LinearAttentionCut& cut,
                                               const PlanLimits& limits) {
  return Sketcher(layer, cut, limits).jobs();
}

}  // namespace vitcod
