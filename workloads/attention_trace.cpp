// SPDX-License-Identifier: Apache-2.0
#include "workloads/attention_trace.hpp"

#include <string>
#include <utility>

#include "workloads/dynamic_masks.hpp"
#include "workloads/number_formats.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kBiasBits = 32;
constexpr std::uint32_t kScoreBits = 32;
constexpr std::uint32_t kProbabilityBits = 16;

/// Q or K: in DRAM as it is, or decoded from its compressed form.
struct Operand {
  TensorId in_dram, decoded;
};

Operand add_operand(LayerBuilder& layer, const std::string& name,
                    const std::vector<std::uint32_t>& shape, std::uint32_t compressed_heads,
                    std::optional<TensorId> source) {
  if (compressed_heads == 0) {
    const TensorId operand = source ? *source : layer.tensor(name, shape, kOperandBits);
    return {operand, operand};
  }
  const std::uint32_t heads = shape[0], tokens = shape[1], features = shape[2];
  const TensorId operand = layer.tensor(name, shape, kOperandBits);
  const TensorId compressed =
      source
          ? *source
          : layer.tensor(name + "_compressed", {compressed_heads, tokens, features}, kOperandBits);
  const TensorId weights =
      layer.tensor(name + "_decode_weights", {compressed_heads, heads}, kOperandBits);
  const TensorId bias = layer.tensor(name + "_decode_bias", {heads}, kBiasBits);
  layer.operation("decode_" + name, HeadMixDecode{compressed_heads, heads, tokens, features},
                  {compressed, weights, bias}, operand);
  return {compressed, operand};
}

}  // namespace

MapId add_block_map(LayerBuilder& layer, const AttentionGroup& group, AttentionBlockTrace& block,
                    TokenStages& stages, AttentionSources& sources) {
  if (!block.dynamic_masks) return stages.add_map(std::move(block.map));
  const auto operand = [&](const std::string& name, std::uint32_t tokens,
                           std::optional<TensorId>& source) {
    const std::vector<std::uint32_t> shape{group.heads, tokens, group.key_dim};
    if (source) return layer.tensor("predicted_" + name, shape, kOperandBits);
    source = layer.tensor(name, shape, kOperandBits);
    return *source;
  };
  const TensorId query = operand("q", block.map.num_queries, sources.query);
  const TensorId key = operand("k", block.map.num_keys, sources.key);
  return add_predicted_map(layer.trace(), *block.dynamic_masks, std::move(block.map), query, key);
}

BlockAttention append_block_attention(LayerBuilder& layer, const AttentionGroup& group, MapId map,
                                      std::optional<double> sigmoid_bias,
                                      std::uint32_t compressed_heads,
                                      const AttentionSources& sources) {
  const std::uint32_t heads = group.heads;
  const std::uint32_t queries = layer.trace().map(map).num_queries;
  const std::uint32_t keys = layer.trace().map(map).num_keys;
  const Operand q =
      add_operand(layer, "q", {heads, queries, group.key_dim}, compressed_heads, sources.query);
  const Operand k =
      add_operand(layer, "k", {heads, keys, group.key_dim}, compressed_heads, sources.key);
  const TensorId v = sources.value
                         ? *sources.value
                         : layer.tensor("v", {heads, keys, group.value_dim}, kOperandBits);
  const TensorId scores = layer.tensor("scores", {heads, queries, keys}, kScoreBits);
  const TensorId probabilities =
      layer.tensor("probabilities", {heads, queries, keys}, kProbabilityBits);
  const TensorId output = layer.tensor("output", {heads, queries, group.value_dim}, kOperandBits);
  layer.operation("sddmm", Sddmm{map, group.key_dim}, {q.decoded, k.decoded}, scores);
  if (sigmoid_bias) {
    layer.operation("sigmoid", ScoreElementwise{map, *sigmoid_bias}, {scores}, probabilities);
  } else {
    layer.operation("softmax", RowNormalise{map}, {scores}, probabilities);
  }
  layer.operation("spmm", Spmm{map, group.value_dim}, {probabilities, v}, output);
  return {output, k.in_dram};
}

BlockAttention append_linear_attention(LayerBuilder& layer, const AttentionGroup& group,
                                       const AttentionBlockTrace& block,
                                       const AttentionSources& sources) {
  const std::uint32_t heads = group.heads, values = group.value_dim;
  LinearAttention attention{heads, block.map.num_queries, block.map.num_keys,
                            block.linear->features_k, values};
  attention.primitive = block.linear->primitive;
  const auto given = [&](const char* name, std::optional<TensorId> source, std::uint32_t tokens,
                         std::uint32_t features, std::uint32_t bits) {
    return source ? *source : layer.tensor(name, {heads, tokens, features}, bits);
  };
  const std::uint32_t width = attention.features_k, bits = block.linear->bits();
  const TensorId q = given("q", sources.query, attention.queries, width, bits);
  const TensorId k = given("k", sources.key, attention.keys, width, bits);
  const TensorId v = given("v", sources.value, attention.keys, values, kOperandBits);
  const TensorId of_inner = layer.tensor("inner_requantisation", {heads, values}, kBiasBits);
  const TensorId of_output = layer.tensor("output_requantisation", {heads, values}, kBiasBits);
  const TensorId output = layer.tensor("output", {heads, attention.queries, values}, kOperandBits);
  const TensorId inner = layer.tensor("inner", {heads, width, values}, kOperandBits);
  layer.operation("linear_attention", attention, {q, k, v, of_inner, of_output},
                  std::vector<TensorId>{output, inner});
  return {output, k};
}

void append_attention(Trace& trace, const ModelConfig& model,
                      std::vector<AttentionBlockTrace> blocks, bool auto_encoder,
                      TokenStages& stages) {
  const AttentionGroup* before = nullptr;
  TensorId key{};
  for (std::uint32_t b = 0; b < blocks.size(); ++b) {
    const AttentionGroup& group = model.groups[blocks[b].block.group];
    LayerBuilder layer(trace, blocks[b].block.name);
    if (before != nullptr && stages.selects_before(b)) {
      stages.append_selection(layer, model, *before, key);
    }
    AttentionSources sources;
    if (blocks[b].linear) {
      append_linear_attention(layer, group, blocks[b], sources);
      continue;
    }
    const MapId map = add_block_map(layer, group, blocks[b], stages, sources);
    key = append_block_attention(layer, group, map, blocks[b].sigmoid_bias,
                                 auto_encoder ? group.auto_encoder_heads : 0, sources)
              .key;
    if (stages.divides_budget_inside(b)) stages.append_budget(layer, model, group, key);
    if (stages.selects_inside(b)) stages.append_selection(layer, model, group, key);
    before = &group;
  }
  if (before == nullptr || !stages.selects_behind()) return;
  LayerBuilder layer(trace, "selection");
  stages.append_selection(layer, model, *before, key);
}

void append_attention(Trace& trace, const ModelConfig& model,
                      std::vector<AttentionBlockTrace> blocks, bool auto_encoder) {
  TokenStages stages(trace);
  append_attention(trace, model, std::move(blocks), auto_encoder, stages);
}

}  // namespace vitcod
