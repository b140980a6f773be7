// SPDX-License-Identifier: Apache-2.0
#include "workloads/attention_trace.hpp"

#include <string>
#include <utility>

namespace vitcod {
namespace {

constexpr std::uint32_t kOperandBits = 8;
constexpr std::uint32_t kBiasBits = 32;
constexpr std::uint32_t kScoreBits = 32;
constexpr std::uint32_t kProbabilityBits = 16;

/// Q or K as `shape`: in DRAM as it is, or decoded from its compressed form.
TensorId add_operand(LayerBuilder& layer, const std::string& name,
                     const std::vector<std::uint32_t>& shape, std::uint32_t compressed_heads,
                     std::optional<TensorId> source) {
  if (compressed_heads == 0) return source ? *source : layer.tensor(name, shape, kOperandBits);
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
  return operand;
}

}  // namespace

TensorId append_block_attention(LayerBuilder& layer, const ModelConfig& model,
                                const AttentionGroup& group, PolarizedMap map,
                                std::uint32_t compressed_heads, const AttentionSources& sources) {
  const std::uint32_t heads = group.heads;
  const std::uint32_t queries = model.num_queries(group), keys = model.num_keys(group);
  const MapId map_id{static_cast<std::uint32_t>(layer.trace().maps.size())};
  layer.trace().maps.push_back(std::move(map));
  const TensorId q =
      add_operand(layer, "q", {heads, queries, group.key_dim}, compressed_heads, sources.query);
  const TensorId k =
      add_operand(layer, "k", {heads, keys, group.key_dim}, compressed_heads, sources.key);
  const TensorId v = sources.value
                         ? *sources.value
                         : layer.tensor("v", {heads, keys, group.value_dim}, kOperandBits);
  const TensorId scores = layer.tensor("scores", {heads, queries, keys}, kScoreBits);
  const TensorId probabilities =
      layer.tensor("probabilities", {heads, queries, keys}, kProbabilityBits);
  const TensorId output = layer.tensor("output", {heads, queries, group.value_dim}, kOperandBits);
  layer.operation("sddmm", Sddmm{map_id, group.key_dim}, {q, k}, scores);
  layer.operation("softmax", RowNormalise{map_id}, {scores}, probabilities);
  layer.operation("spmm", Spmm{map_id, group.value_dim}, {probabilities, v}, output);
  return output;
}

void append_attention(Trace& trace, const ModelConfig& model,
                      std::vector<AttentionBlockTrace> blocks, bool auto_encoder) {
  for (AttentionBlockTrace& block : blocks) {
    const AttentionGroup& group = model.groups[block.block.group];
    LayerBuilder layer(trace, block.block.name);
    append_block_attention(layer, model, group, std::move(block.map),
                           auto_encoder ? group.auto_encoder_heads : 0, {});
  }
}

}  // namespace vitcod
