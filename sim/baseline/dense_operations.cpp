// SPDX-License-Identifier: Apache-2.0
#include "sim/baseline/dense_operations.hpp"

#include <fmt/format.h>

#include "sim/base/errors.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

AttentionShape shape_of(const ModelConfig& model, const AttentionGroup& group) {
  return {group.heads, model.num_queries(group), model.num_keys(group), group.key_dim,
          group.value_dim};
}

Activation activation_of(const ModelConfig& model) {
  if (model.activation == "gelu") return Activation::kGelu;
  if (model.activation == "hardswish") return Activation::kHardswish;
  throw InputError(
      fmt::format("model {}: /activation: expected \"gelu\" or \"hardswish\", found {}", model.name,
                  model.activation.value_or("none")));
}

template <typename T>
T known(const ModelConfig& model, const char* key, const std::optional<T>& value) {
  if (!value) {
    throw InputError(fmt::format("model {}: {} is missing, without which there is no whole model",
                                 model.name, key));
  }
  return *value;
}

/// Throws InputError for parts of a model that would be left out.
void refuse_other_parts(const ModelConfig& model) {
  const auto refuse = [&model](bool has, const char* key) {
    if (!has) return;
    throw InputError(fmt::format("model {}: {}: a baseline has no such part", model.name, key));
  };
  refuse(model.pre_norm.value_or(false), "pre_norm");
  refuse(model.classifiers.value_or(1) > 1, "classifiers");
  for (const AttentionGroup& group : model.groups) {
    refuse(group.mlp_kernel.value_or(1) > 1, "mlp_kernel");
    refuse(group.mlp_stride.value_or(1) > 1, "mlp_stride");
  }
}

/// The stem, and the tokens that it leaves.
void add_stem(const ModelConfig& model, Activation activation, std::vector<DenseStep>& steps) {
  if (model.stem.empty()) known<int>(model, "stem", {});
  std::uint32_t side = known(model, "image_size", model.image_size);
  for (std::size_t i = 0; i < model.stem.size(); ++i) {
    const StemLayer& layer = model.stem[i];
    const bool is_last = i + 1 == model.stem.size();
    steps.push_back(ConvolutionStep{layer.in_channels, layer.out_channels, side, layer.kernel,
                                    layer.stride, is_last ? Activation::kNone : activation});
    side = ceil_div(side, layer.stride);
  }
  const TokenGrid& grid = model.groups.front().key_grid;
  if (side * side != grid.num_patches()) {
    throw InputError(
        fmt::format("model {}: the stem leaves {} x {} patches, the first group has {}", model.name,
                    side, side, grid.num_patches()));
  }
  if (model.prefix_tokens > 0) {
    steps.push_back(
        PrefixStep{grid.num_patches(), model.prefix_tokens, model.stem.back().out_channels});
  }
}

AttentionStep attention_step(const ModelConfig& model, const AttentionGroup& group,
                             Activation activation) {
  const bool norm = activation == Activation::kGelu;
  const AttentionShape shape = shape_of(model, group);
  AttentionStep step{};
  step.heads = shape.heads;
  step.queries = shape.queries;
  step.keys = shape.keys;
  step.key_dim = shape.key_dim;
  step.value_dim = shape.value_dim;
  step.key_side = group.key_grid.columns;
  step.query_stride = ceil_div(group.key_grid.columns, group.query_grid.columns);
  step.width_in = known(model, "width_in", group.width_in);
  step.width_out = known(model, "width_out", group.width_out);
  step.activation = norm ? Activation::kNone : activation;
  step.norm = norm;
  step.residual = known(model, "residual", group.residual);
  return step;
}

/// MACs of one step.
struct CountMacs {
  std::uint64_t operator()(const ConvolutionStep& step) const {
    const std::uint64_t side = ceil_div(step.side, step.stride);
    return side * side * step.kernel * step.kernel * step.in_channels * step.out_channels;
  }
  std::uint64_t operator()(const PrefixStep&) const { return 0; }
  std::uint64_t operator()(const NormStep&) const { return 0; }
  std::uint64_t operator()(const AttentionStep& step) const {
    const std::uint64_t key_width = std::uint64_t{step.heads} * step.key_dim;
    const std::uint64_t value_width = std::uint64_t{step.heads} * step.value_dim;
    const std::uint64_t inputs = (std::uint64_t{step.queries} + step.keys) * key_width +
                                 std::uint64_t{step.keys} * value_width;
    return inputs * step.width_in + std::uint64_t{step.queries} * value_width * step.width_out +
           AttentionShape{step.heads, step.queries, step.keys, step.key_dim, step.value_dim}.macs();
  }
  std::uint64_t operator()(const MlpStep& step) const {
    return 2 * std::uint64_t{step.rows} * step.channels * step.hidden;
  }
  std::uint64_t operator()(const ClassifierStep& step) const {
    return std::uint64_t{step.channels} * step.classes;
  }
};

}  // namespace

std::vector<AttentionShape> attention_shapes(const ModelConfig& model) {
  std::vector<AttentionShape> shapes;
  for (const AttentionBlock& block : attention_blocks(model)) {
    shapes.push_back(shape_of(model, model.groups[block.group]));
  }
  return shapes;
}

std::vector<DenseStep> whole_model(const ModelConfig& model) {
  refuse_other_parts(model);
  const Activation activation = activation_of(model);
  const bool norm = activation == Activation::kGelu;
  std::vector<DenseStep> steps;
  add_stem(model, activation, steps);
  std::uint32_t rows = 0;
  std::uint32_t channels = 0;
  for (const AttentionBlock& block : attention_blocks(model)) {
    const AttentionGroup& group = model.groups[block.group];
    const AttentionStep attention = attention_step(model, group, activation);
    rows = attention.queries;
    channels = attention.width_out;
    steps.push_back(attention);
    steps.push_back(
        MlpStep{rows, channels, known(model, "mlp_hidden", group.mlp_hidden), activation, norm});
  }
  if (norm) steps.push_back(NormStep{rows, channels});
  steps.push_back(ClassifierStep{rows, channels, known(model, "classes", model.classes),
                                 model.prefix_tokens == 0});
  return steps;
}

std::uint64_t macs_of(const std::vector<DenseStep>& steps) {
  std::uint64_t macs = 0;
  for (const DenseStep& step : steps) macs += std::visit(CountMacs{}, step);
  return macs;
}

std::uint64_t macs_of(const std::vector<AttentionShape>& shapes) {
  std::uint64_t macs = 0;
  for (const AttentionShape& shape : shapes) macs += shape.macs();
  return macs;
}

}  // namespace vitcod
