// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/reference_trace.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "hw_models/accelerators/reference_cascade.hpp"
#include "hw_models/accelerators/reference_linear.hpp"
#include "hw_models/accelerators/reference_linear_attention.hpp"
#include "hw_models/accelerators/reference_packed.hpp"
#include "hw_models/accelerators/reference_tokens.hpp"
#include "sim/base/errors.hpp"
#include "workloads/token_merging.hpp"

namespace vitcod {
namespace {

/// Computes operations one after the other.
class TraceReference {
 public:
  TraceReference(const Trace& trace, const ValueFormats& formats, OperandImage& image)
      : trace_(trace), formats_(formats), image_(image) {}

  void compute(const Operation& operation) {
    std::visit([&](const auto& params) { compute(params, operation); }, operation.params);
  }

 private:
  void compute(const DenseLinear&, const Operation& operation) {
    reference_linear(trace_, operation, image_);
  }
  void compute(const LinearAttention&, const Operation& operation) {
    reference_linear_attention(trace_, operation, image_);
  }
  void compute(const LayerNorm&, const Operation& operation) {
    reference_layer_norm(trace_, operation, image_);
  }
  void compute(const AveragePool&, const Operation& operation) {
    reference_average_pool(operation, image_);
  }
  void compute(const ScoreSelect&, const Operation& operation) {
    if (has_fused_token(operation)) return reference_members(trace_, operation, image_);
    reference_score_select(operation, image_);
  }
  void compute(const SimilarityMatch&, const Operation& operation) {
    reference_members(trace_, operation, image_);
  }
  void compute(const TokenFuse&, const Operation& operation) {
    reference_token_fuse(trace_, operation, image_);
  }
  void compute(const TokenGather&, const Operation& operation) {
    reference_token_gather(operation, image_);
  }
  void compute(const LiftingStep&, const Operation& operation) {
    reference_lifting(operation, image_);
  }
  void compute(const RouterSplit&, const Operation& operation) {
    reference_router_split(operation, image_);
  }
  void compute(const RoutedLinear&, const Operation& operation) {
    reference_routed_linear(trace_, operation, image_);
  }
  void compute(const ExitTest&, const Operation& operation) {
    reference_exit_test(operation, image_);
  }
  void compute(const HeadMixEncode& mix, const Operation& operation) {
    head_mix(mix, operation, formats_.encoder_fraction_bits);
  }
  void compute(const HeadMixDecode& mix, const Operation& operation) {
    head_mix(mix, operation, formats_.weight_fraction_bits);
  }
  // Scores and probabilities have no values of their own here: the SpMM computes rows of all three.
  void compute(const Sddmm&, const Operation& operation) {
    score_maker_[operation.outputs[0]] = &operation;
  }
  void compute(const RowNormalise&, const Operation& operation) {
    score_maker_[operation.outputs[0]] = &scores_of(operation);
  }
  void compute(const ScoreElementwise& sigmoid, const Operation& operation) {
    score_maker_[operation.outputs[0]] = &scores_of(operation);
    sigmoid_bias_[operation.outputs[0]] = sigmoid.bias;
  }
  void compute(const Spmm& spmm, const Operation& operation) {
    const Operation& sddmm = scores_of(operation);
    AttentionLayer layer;
    layer.map = &trace_.map(spmm.map);
    layer.num_heads = static_cast<std::uint32_t>(layer.map->heads.size());
    layer.num_queries = layer.map->num_queries;
    layer.num_keys = layer.map->num_keys;
    layer.query_features = std::get<Sddmm>(sddmm.params).features;
    layer.value_features = spmm.features;
    const auto bias = sigmoid_bias_.find(operation.inputs[0]);
    if (bias != sigmoid_bias_.end()) layer.sigmoid_bias = bias->second;
    layer.query = sddmm.inputs[0];
    layer.key = sddmm.inputs[1];
    layer.value = operation.inputs[1];
    image_.set_output(operation.outputs[0], attention(layer, sddmm, operation));
    if (operation.outputs.size() < 2) return;
    image_.set_output(operation.outputs[1], formats_.kept_tokens->at(operation.outputs[1]));
  }
  std::vector<std::int8_t> attention(const AttentionLayer& layer, const Operation& sddmm,
                                     const Operation& spmm) {
    if (formats_.packed) return reference_packed_attention(layer, formats_, image_);
    if (!formats_.low_bits.has_any()) return reference_attention(layer, formats_, image_);
    const std::uint64_t rows = std::uint64_t{layer.num_heads} * layer.num_queries;
    const auto kept = static_cast<std::uint32_t>(layer.map->nnz() / rows);
    return reference_pairs(
               {layer.num_heads, layer.num_queries, layer.num_keys, layer.query_features,
                layer.value_features, kept, formats_.operand_fraction_bits, formats_.low_bits},
               {image_.operand(layer.query), image_.operand(layer.key), image_.operand(layer.value),
                image_.operand(sddmm.inputs.at(2)), image_.operand(sddmm.inputs.at(3)),
                image_.operand(spmm.inputs.at(2))})
        .outputs;
  }
  /// The SDDMM whose scores an operation reads.
  const Operation& scores_of(const Operation& operation) const {
    const auto found = score_maker_.find(operation.inputs[0]);
    if (found != score_maker_.end()) return *found->second;
    throw InputError(
        fmt::format("operation {}: expected scores from an sddmm operation", operation.name));
  }

  template <typename HeadMix>
  void head_mix(const HeadMix& mix, const Operation& operation, std::uint32_t fraction_bits) {
    image_.set_output(
        operation.outputs[0],
        reference_head_mix(image_.operand(operation.inputs[0]), mix.heads_in,
                           image_.operand(operation.inputs[1]), image_.bias(operation.inputs[2]),
                           mix.heads_out, fraction_bits));
  }

  const Trace& trace_;
  const ValueFormats& formats_;
  OperandImage& image_;
  std::unordered_map<TensorId, const Operation*> score_maker_;  ///< by scores and probabilities
  std::unordered_map<TensorId, double> sigmoid_bias_;           ///< by probabilities
};

}  // namespace

void reference_trace(const Trace& trace, const ValueFormats& formats, OperandImage& image) {
  TraceReference reference(trace, formats, image);
  for (const Operation& operation : trace.operations) reference.compute(operation);
}

}  // namespace vitcod
