// SPDX-License-Identifier: Apache-2.0
#include "workloads/model_trace.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "workloads/layer_builder.hpp"
#include "workloads/linear_layers.hpp"
#include "workloads/memory_trace.hpp"
#include "workloads/model_parts.hpp"
#include "workloads/model_shape.hpp"

namespace vitcod {
namespace {

/// Appends the parts of a model in order; the residual stream is what the next part reads.
class ModelBuilder {
 public:
  ModelBuilder(Trace& trace, const ModelConfig& model, bool auto_encoder,
               const ShiftAddSpec& shift_add, TokenStages& stages)
      : trace_(trace),
        model_(model),
        shape_(model),
        auto_encoder_(auto_encoder),
        shift_add_(shift_add),
        stages_(stages) {
    if (model.memory) memory_.emplace(model);
  }

  void append_embed();
  /// The block with this number in the model; false if the run ends before it.
  bool append_block(AttentionBlockTrace block, std::uint32_t number);
  void append_head();
  /// The rows of the stream that are kept behind the last block.
  void append_features();

 private:
  /// `x` as the linear layers of a block read it.
  TensorId normalised(LayerBuilder& layer, const std::string& name, std::uint32_t tokens,
                      std::uint32_t features, TensorId x) const {
    return shape_.has_norms() ? add_norm(layer, name, tokens, features, x) : x;
  }

  /// True if the run ends there.
  bool add_exit(LayerBuilder& layer);
  /// Drops tokens by the last attention; the stream then has `width` channels, as `group` takes.
  void add_selection(LayerBuilder& layer, const AttentionGroup& group, std::uint32_t width);
  /// Merges tokens by the last attention.
  void add_merging(LayerBuilder& layer, const AttentionGroup& group);
  /// The channels that `group` has more than the stream, from what the selection leaves.
  TensorId add_growth(LayerBuilder& layer, const AttentionGroup& group, TensorId origins);

  AttentionSources add_projections(LayerBuilder& layer, const AttentionGroup& group,
                                   std::uint32_t compressed_heads, TensorId x) const;
  BlockAttention add_attention(LayerBuilder& layer, const AttentionGroup& group,
                               AttentionBlockTrace& block, std::uint32_t compressed_heads,
                               AttentionSources& sources);
  void add_output_projection(LayerBuilder& layer, const AttentionGroup& group, TensorId heads);
  void add_mlp(LayerBuilder& layer, const AttentionGroup& group);

  std::uint32_t queries_of(const AttentionGroup& group) const {
    return stages_.num_tokens(model_.num_queries(group));
  }
  std::uint32_t keys_of(const AttentionGroup& group) const {
    return stages_.num_tokens(model_.num_keys(group));
  }
  std::uint32_t output_tokens(const AttentionGroup& group) const {
    return stages_.num_tokens(ModelShape::output_grid(group).num_patches() + model_.prefix_tokens);
  }
  std::uint32_t stream_bits() const { return shape_.has_norms() ? kStreamBits : kOperandBits; }

  Trace& trace_;
  const ModelConfig& model_;
  const ModelShape shape_;
  const bool auto_encoder_;
  const ShiftAddSpec& shift_add_;
  TokenStages& stages_;
  std::optional<MemoryTrace> memory_;  ///< where the model has one
  TensorId stream_{};
  TensorId samples_{};                      ///< of all patches, where the embedding grows
  const AttentionGroup* before_ = nullptr;  ///< of the block before, with its keys
  TensorId key_{};
};

void ModelBuilder::append_embed() {
  LayerBuilder layer(trace_, "embed");
  const std::vector<StemStep> steps = shape_.stem_steps();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const StemStep& step = steps[i];
    const bool is_last = i + 1 == steps.size();
    if (i == 0) stream_ = layer.tensor(step.input_name, step.input_shape, kOperandBits);
    DenseLinear params{step.rows, step.features, step.channels};
    params.window = step.window;
    if (!is_last) params.activation = shape_.activation();
    std::optional<TensorId> position;
    if (is_last && shape_.has_norms()) {
      position = layer.tensor("position", {step.rows, step.channels}, kStreamBits);
    }
    const TensorId y =
        layer.tensor(is_last ? "stream" : step.name + "_output", {step.rows, step.channels},
                     position ? kStreamBits : kOperandBits);
    append_linear(layer, step.name, params, stream_, y, position);
    stream_ = y;
  }
  if (model_.patch_samples) {
    const PatchSamples& patch = *model_.patch_samples;
    samples_ = layer.tensor(
        "samples",
        {model_.groups.front().key_grid.num_patches(), patch.side * patch.side * patch.channels},
        kOperandBits);
  }
  if (memory_) memory_->append_embed(layer);
  if (!model_.pre_norm.value_or(false)) return;
  stream_ =
      add_norm(layer, "pre_norm", steps.back().rows, steps.back().channels, stream_, kStreamBits);
}

AttentionSources ModelBuilder::add_projections(LayerBuilder& layer, const AttentionGroup& group,
                                               std::uint32_t compressed_heads, TensorId x) const {
  const LinearAttentionForm keyed =
      shift_add_.linear_attention(group.key_dim).value_or(LinearAttentionForm{{}, group.key_dim});
  const std::uint32_t queries = queries_of(group), keys = keys_of(group);
  const std::string suffix = compressed_heads > 0 ? "_projected" : "";
  const Experts experts = append_experts(layer, "qkv", shift_add_.qkv, shift_add_,
                                         DenseLinear{keys, *group.width_in, 0}, x);
  const auto project = [&](const std::string& name, const std::string& tensor, std::uint32_t tokens,
                           std::uint32_t features, std::uint32_t bits,
                           const std::optional<Window>& window) {
    DenseLinear params{tokens, *group.width_in, group.heads * features};
    params.window = window;
    const TensorId y = layer.tensor(tensor, {group.heads, tokens, features}, bits);
    append_linear(layer, name + "_projection", params, x, y, std::nullopt, experts);
    return y;
  };
  const TensorId q = project("q", "q" + suffix, queries, keyed.features_k, keyed.bits(),
                             shape_.query_window(group));
  const TensorId k = project("k", "k" + suffix, keys, keyed.features_k, keyed.bits(), std::nullopt);
  const TensorId v = project("v", "v", keys, group.value_dim, kOperandBits, std::nullopt);
  if (compressed_heads == 0) return {q, k, v};
  const auto encode = [&](const std::string& name, TensorId projected, std::uint32_t tokens) {
    const TensorId weights =
        layer.tensor(name + "_encode_weights", {group.heads, compressed_heads}, kOperandBits);
    const TensorId bias = layer.tensor(name + "_encode_bias", {compressed_heads}, kWordBits);
    const TensorId y =
        layer.tensor(name + "_compressed", {compressed_heads, tokens, group.key_dim}, kOperandBits);
    layer.operation("encode_" + name,
                    HeadMixEncode{group.heads, compressed_heads, tokens, group.key_dim},
                    {projected, weights, bias}, y);
    return y;
  };
  const TensorId q_compressed = encode("q", q, queries);
  const TensorId k_compressed = encode("k", k, keys);
  return {q_compressed, k_compressed, v};
}

BlockAttention ModelBuilder::add_attention(LayerBuilder& layer, const AttentionGroup& group,
                                           AttentionBlockTrace& block,
                                           std::uint32_t compressed_heads,
                                           AttentionSources& sources) {
  if (block.linear) return append_linear_attention(layer, group, block, sources);
  const MapId map = add_block_map(layer, group, block, stages_, sources);
  return append_block_attention(layer, group, map, block.sigmoid_bias, compressed_heads, sources);
}

void ModelBuilder::add_output_projection(LayerBuilder& layer, const AttentionGroup& group,
                                         TensorId heads) {
  const std::uint32_t queries = queries_of(group);
  DenseLinear params{queries, group.heads * group.value_dim, *group.width_out};
  if (!shape_.has_norms()) params.input_activation = shape_.activation();
  const TensorId y = layer.tensor("attended", {queries, *group.width_out}, stream_bits());
  std::optional<TensorId> residual;
  if (*group.residual) residual = stream_;
  append_linear(
      layer, "output_projection", params, heads, y, residual,
      append_experts(layer, "output", shift_add_.output_projection, shift_add_, params, heads));
  stream_ = y;
}

void ModelBuilder::add_mlp(LayerBuilder& layer, const AttentionGroup& group) {
  const std::uint32_t tokens = queries_of(group);
  const std::uint32_t width = *group.width_out, hidden_width = *group.mlp_hidden;
  const TensorId x = normalised(layer, "norm2", tokens, width, stream_);
  DenseLinear first{tokens, width, hidden_width};
  first.activation = shape_.activation();
  const TensorId hidden = layer.tensor("hidden", {tokens, hidden_width}, kOperandBits);
  append_linear(layer, "mlp1", first, x, hidden, std::nullopt,
                append_experts(layer, "mlp1", shift_add_.mlp1, shift_add_, first, x));
  DenseLinear second{output_tokens(group), hidden_width, width};
  second.window = ModelShape::mlp_window(group);
  if (second.window) second.k *= second.window->kernel_columns;
  const TensorId y = layer.tensor("stream", {second.m, width}, stream_bits());
  append_linear(layer, "mlp2", second, hidden, y, stream_,
                append_experts(layer, "mlp2", shift_add_.mlp2, shift_add_, second, hidden));
  stream_ = y;
}

bool ModelBuilder::add_exit(LayerBuilder& layer) {
  const std::vector<std::uint32_t> shape = trace_.tensor(stream_).shape;
  const TensorId x = add_norm(layer, "exit_norm", shape[0], shape[1], stream_);
  const TensorId logits = layer.tensor("exit_logits", {1, *model_.classes}, kOperandBits);
  append_linear(layer, "exit_classifier", DenseLinear{1, shape[1], *model_.classes}, x, logits);
  return stages_.append_exit(layer, logits);
}

TensorId ModelBuilder::add_growth(LayerBuilder& layer, const AttentionGroup& group,
                                  TensorId origins) {
  const PatchSamples& patch = *model_.patch_samples;
  const std::uint32_t tokens = keys_of(group), level = *group.growth_level;
  const std::uint32_t band_side = patch.side >> level;
  const std::uint32_t coefficients = 3 * band_side * band_side * patch.channels;
  const std::uint32_t prefix = model_.prefix_tokens;
  const TensorId taps = layer.tensor("lift_taps", {level, 2, 4}, kOperandBits);
  const TensorId lifted = layer.tensor("lifted", {tokens, coefficients}, kOperandBits);
  layer.operation("lift", LiftingStep{level, tokens - prefix, prefix, patch.side, patch.channels},
                  {samples_, origins, taps}, lifted);
  const std::uint32_t channels = *group.width_in - *before_->width_out;
  const TensorId grown = layer.tensor("grown", {tokens, channels}, kOperandBits);
  append_linear(layer, "grow", DenseLinear{tokens, coefficients, channels}, lifted, grown);
  return grown;
}

void ModelBuilder::add_selection(LayerBuilder& layer, const AttentionGroup& group,
                                 std::uint32_t width) {
  const std::vector<std::uint32_t> shape = trace_.tensor(stream_).shape;
  const auto [kept, origins] = stages_.append_selection(layer, model_, *before_, key_);
  TokenGather gather{shape[0], keys_of(group), shape[1], width - shape[1]};
  std::vector<TensorId> inputs{stream_, kept};
  if (gather.new_features > 0) inputs.push_back(add_growth(layer, group, origins));
  stream_ = layer.tensor("gathered", {gather.tokens_out, width}, kStreamBits);
  layer.operation("gather", gather, std::move(inputs), stream_);
}

void ModelBuilder::add_merging(LayerBuilder& layer, const AttentionGroup& group) {
  const std::vector<std::uint32_t> shape = trace_.tensor(stream_).shape;
  const auto [members, has_sizes] = stages_.append_merging(layer, model_, group, key_);
  const TokenFuse fuse{shape[0], keys_of(group), shape[1]};
  const TensorId merged = layer.tensor("merged", {fuse.tokens_out, shape[1]}, kStreamBits);
  std::vector<TensorId> outputs{merged};
  if (has_sizes) {
    outputs.push_back(layer.tensor("sizes", {fuse.tokens_out}, kStreamBits));
    stages_.note_sizes(outputs.back());
  }
  layer.operation("merge", fuse, {stream_, members}, std::move(outputs));
  stream_ = merged;
}

bool ModelBuilder::append_block(AttentionBlockTrace block, std::uint32_t number) {
  const AttentionGroup& group = model_.groups[block.block.group];
  const std::uint32_t compressed_heads = auto_encoder_ ? group.auto_encoder_heads : 0;
  LayerBuilder layer(trace_, block.block.name);
  if (stages_.has_exit(number) && add_exit(layer)) return false;
  if (stages_.selects_before(number)) add_selection(layer, group, *group.width_in);
  if (memory_) stream_ = memory_->append_read(layer, group, stream_);
  const TensorId x = normalised(layer, "norm1", keys_of(group), *group.width_in, stream_);
  AttentionSources sources = add_projections(layer, group, compressed_heads, x);
  const BlockAttention heads = add_attention(layer, group, block, compressed_heads, sources);
  before_ = &group;
  key_ = heads.key;
  if (stages_.divides_budget_inside(number)) stages_.append_budget(layer, model_, group, key_);
  add_output_projection(layer, group, heads.output);
  if (stages_.selects_inside(number)) add_selection(layer, group, *group.width_out);
  if (stages_.merges_inside(number)) add_merging(layer, group);
  add_mlp(layer, group);
  if (memory_) stream_ = memory_->append_write(layer, group, stream_);
  return true;
}

void ModelBuilder::append_features() {
  LayerBuilder layer(trace_, "selection");
  add_selection(layer, *before_, *before_->width_out);
}

void ModelBuilder::append_head() {
  LayerBuilder layer(trace_, "head");
  const AttentionGroup& group = model_.groups.back();
  const std::uint32_t tokens = output_tokens(group), width = *group.width_out;
  TensorId x = normalised(layer, "final_norm", tokens, width, stream_);
  const bool is_pooled = model_.prefix_tokens == 0;
  if (is_pooled && tokens > 1) {
    const TensorId pooled = layer.tensor("pooled", {1, width}, kOperandBits);
    layer.operation("average_pool", AveragePool{tokens, width}, {x}, pooled);
    x = pooled;
  }
  for (std::uint32_t i = 0; i < model_.classifiers.value_or(1); ++i) {
    const std::string number = i == 0 ? "" : fmt::format("{}", i);
    DenseLinear params{1, width, *model_.classes};
    if (!is_pooled) params.first_row = i;
    const TensorId logits = layer.tensor("logits" + number, {1, *model_.classes}, kOperandBits);
    append_linear(layer, "classifier" + number, params, x, logits);
  }
  if (memory_) memory_->append_head(layer);
}

}  // namespace

void append_model(Trace& trace, const ModelConfig& model, std::vector<AttentionBlockTrace> blocks,
                  bool auto_encoder, const ShiftAddSpec& shift_add, TokenStages& stages) {
  ModelBuilder builder(trace, model, auto_encoder, shift_add, stages);
  builder.append_embed();
  std::uint32_t number = 0;
  for (AttentionBlockTrace& block : blocks) {
    if (!builder.append_block(std::move(block), number++)) return;
  }
  if (stages.selects_behind()) return builder.append_features();
  builder.append_head();
}

}  // namespace vitcod
