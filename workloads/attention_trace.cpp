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

/// Appends the parts of one attention block.
class BlockBuilder {
 public:
  BlockBuilder(Trace& trace, const ModelConfig& model, AttentionBlockTrace block, bool auto_encoder)
      : trace_(trace),
        group_(model.groups[block.block.group]),
        queries_(model.num_queries(group_)),
        keys_(model.num_keys(group_)),
        compressed_heads_(auto_encoder ? group_.auto_encoder_heads : 0),
        name_(block.block.name),
        layer_(static_cast<std::uint32_t>(trace.layers.size())),
        map_{static_cast<std::uint32_t>(trace.maps.size())} {
    trace.layers.push_back({name_});
    trace.maps.push_back(std::move(block.map));
  }

  void append() {
    const TensorId q = add_operand("q", queries_);
    const TensorId k = add_operand("k", keys_);
    const TensorId v = add_tensor("v", {group_.heads, keys_, group_.value_dim}, kOperandBits);
    const TensorId scores = add_tensor("scores", {group_.heads, queries_, keys_}, kScoreBits);
    const TensorId probabilities =
        add_tensor("probabilities", {group_.heads, queries_, keys_}, kProbabilityBits);
    const TensorId output =
        add_tensor("output", {group_.heads, queries_, group_.value_dim}, kOperandBits);
    add_operation("sddmm", Sddmm{map_, group_.key_dim}, {q, k}, scores);
    add_operation("softmax", RowNormalise{map_}, {scores}, probabilities);
    add_operation("spmm", Spmm{map_, group_.value_dim}, {probabilities, v}, output);
  }

 private:
  /// Q or K: in DRAM as it is, or decoded from its compressed form.
  TensorId add_operand(const std::string& name, std::uint32_t tokens) {
    const TensorId operand = add_tensor(name, {group_.heads, tokens, group_.key_dim}, kOperandBits);
    if (compressed_heads_ == 0) return operand;
    const TensorId compressed =
        add_tensor(name + "_compressed", {compressed_heads_, tokens, group_.key_dim}, kOperandBits);
    const TensorId weights =
        add_tensor(name + "_decode_weights", {compressed_heads_, group_.heads}, kOperandBits);
    const TensorId bias = add_tensor(name + "_decode_bias", {group_.heads}, kBiasBits);
    add_operation("decode_" + name,
                  HeadMixDecode{compressed_heads_, group_.heads, tokens, group_.key_dim},
                  {compressed, weights, bias}, operand);
    return operand;
  }

  TensorId add_tensor(const std::string& name, std::vector<std::uint32_t> shape,
                      std::uint32_t bits) {
    trace_.tensors.push_back({name_ + "/" + name, std::move(shape), bits});
    return TensorId{static_cast<std::uint32_t>(trace_.tensors.size() - 1)};
  }

  void add_operation(const std::string& name, OperationParams params, std::vector<TensorId> inputs,
                     TensorId output) {
    trace_.operations.push_back(
        {name_ + "/" + name, layer_, std::move(params), std::move(inputs), {output}});
  }

  Trace& trace_;
  const AttentionGroup& group_;
  std::uint32_t queries_;
  std::uint32_t keys_;
  std::uint32_t compressed_heads_;  ///< 0: Q and K are not compressed
  std::string name_;
  std::uint32_t layer_;
  MapId map_;
};

}  // namespace

void append_attention(Trace& trace, const ModelConfig& model,
                      std::vector<AttentionBlockTrace> blocks, bool auto_encoder) {
  for (AttentionBlockTrace& block : blocks) {
    BlockBuilder(trace, model, std::move(block), auto_encoder).append();
  }
}

}  // namespace vitcod
