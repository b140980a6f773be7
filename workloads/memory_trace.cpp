// SPDX-License-Identifier: Apache-2.0
#include "workloads/memory_trace.hpp"

#include <vector>

#include "workloads/value_scales.hpp"

namespace vitcod {

void MemoryTrace::append_embed(LayerBuilder& layer) {
  const StemLayer& patch = memory_.patch;
  const DenseLinear params{num_tokens(), patch.kernel * patch.kernel * patch.in_channels, width()};
  const TensorId patches = layer.tensor("memory_patches", {params.m, params.k}, kOperandBits);
  const TensorId position = layer.tensor("memory_position", {params.m, width()}, kStreamBits);
  stream_ = layer.tensor("memory", {params.m, width()}, kStreamBits);
  add_linear(layer, "memory_patch_embedding", params, patches, stream_, position);
}

MemoryTrace::Tokens MemoryTrace::normalised(LayerBuilder& layer, const std::string& name,
                                            std::uint32_t tokens, TensorId stream) const {
  return {tokens, add_norm_of_stream(layer, name, tokens, width(), stream)};
}

TensorId MemoryTrace::append_read(LayerBuilder& layer, const AttentionGroup& group,
                                  TensorId process) {
  const Tokens own = normalised(layer, "read_process_norm", model_.num_queries(group), process);
  const Tokens memory = normalised(layer, "read_memory_norm", num_tokens(), stream_);
  stream_ = memory.normed.stream;
  return exchange(layer, group, "read", memory, own);
}

TensorId MemoryTrace::append_write(LayerBuilder& layer, const AttentionGroup& group,
                                   TensorId process) {
  const Tokens own = normalised(layer, "write_process_norm", model_.num_queries(group), process);
  const Tokens memory = normalised(layer, "write_memory_norm", num_tokens(), stream_);
  stream_ = exchange(layer, group, "write", own, memory);
  return own.normed.stream;
}

TensorId MemoryTrace::exchange(LayerBuilder& layer, const AttentionGroup& group,
                               const std::string& name, const Tokens& from,
                               const Tokens& to) const {
  const std::uint32_t heads = group.heads, keys = memory_.key_dim, values = width() / heads;
  const auto project = [&](const char* which, const Tokens& tokens, std::uint32_t features) {
    const TensorId y =
        layer.tensor(name + "_" + which, {heads, tokens.number, features}, kOperandBits);
    add_linear(layer, name + "_" + which + "_projection",
               DenseLinear{tokens.number, width(), heads * features}, tokens.normed.operand, y);
    return y;
  };
  LinearAttention attention{heads, to.number, from.number, keys, values, Activation::kEluPlusOne};
  attention.normalise = attention.residual = true;
  attention.output_shift = linear_attention_shift(keys, true);
  const TensorId q = project("q", to, keys), k = project("k", from, keys),
                 v = project("v", from, values);
  const TensorId words =
      layer.tensor(name + "_requantisation", {heads, attention.columns()}, kWordBits);
  const TensorId output = layer.tensor(name + "_output", {to.number, width()}, kStreamBits);
  const TensorId inner = layer.tensor(name + "_inner", {heads, keys, values}, kOperandBits);
  const TensorId sums = layer.tensor(name + "_sums", {heads, keys}, kOperandBits);
  layer.operation(name, attention, {q, k, v, words, to.normed.stream},
                  std::vector<TensorId>{output, inner, sums});
  return output;
}

void MemoryTrace::append_head(LayerBuilder& layer) const {
  const TensorId x = add_norm(layer, "memory_final_norm", num_tokens(), width(), stream_);
  const TensorId pooled = layer.tensor("memory_pooled", {1, width()}, kOperandBits);
  layer.operation("memory_average_pool", AveragePool{num_tokens(), width()}, {x}, pooled);
  const TensorId logits = layer.tensor("memory_logits", {1, *model_.classes}, kOperandBits);
  add_linear(layer, "memory_classifier", DenseLinear{1, width(), *model_.classes}, pooled, logits);
}

}  // namespace vitcod
