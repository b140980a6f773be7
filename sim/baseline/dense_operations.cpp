// SPDX-License-Identifier: Apache-2.0
#include "sim/baseline/dense_operations.hpp"

#include "sim/base/errors.hpp"
#include "workloads/model_shape.hpp"

namespace vitcod {
namespace {

AttentionShape shape_of(const ModelConfig& model, const AttentionGroup& group) {
  return {group.heads, model.num_queries(group), model.num_keys(group), group.key_dim,
          group.value_dim};
}

/// The stem, and the tokens that it leaves.
void add_stem(const ModelConfig& model, const ModelShape& shape, std::vector<DenseStep>& steps) {
  const TokenGrid& first = model.groups.front().key_grid;
  // Without an image the tokens are rows of numbers: an image of their grid.
  std::uint32_t rows = model.image_size.value_or(first.rows);
  std::uint32_t columns = model.image_size.value_or(first.columns);
  for (std::size_t i = 0; i < model.stem.size(); ++i) {
    const StemLayer& layer = model.stem[i];
    const bool is_last = i + 1 == model.stem.size();
    const std::uint32_t padding = shape.embeds_patches() ? 0 : (layer.kernel - 1) / 2;
    const Window window = {rows,         columns, layer.kernel, layer.kernel,
                           layer.stride, padding, padding};
    steps.push_back(ConvolutionStep{layer.in_channels, layer.out_channels, window,
                                    is_last ? Activation::kNone : shape.activation()});
    rows = window.output_rows();
    columns = window.output_columns();
  }
  const std::uint32_t channels = model.stem.back().out_channels;
  if (shape.has_norms()) {
    steps.push_back(PrefixStep{first.num_patches(), model.prefix_tokens, channels});
  }
  if (model.pre_norm.value_or(false)) {
    steps.push_back(NormStep{model.num_keys(model.groups.front()), channels});
  }
}

AttentionStep attention_step(const ModelConfig& model, const ModelShape& shape,
                             const AttentionGroup& group) {
  const AttentionShape attention = shape_of(model, group);
  AttentionStep step{};
  step.heads = attention.heads;
  step.queries = attention.queries;
  step.keys = attention.keys;
  step.key_dim = attention.key_dim;
  step.value_dim = attention.value_dim;
  step.query_window = shape.query_window(group);
  step.width_in = *group.width_in;
  step.width_out = *group.width_out;
  step.activation = shape.has_norms() ? Activation::kNone : shape.activation();
  step.norm = shape.has_norms();
  step.residual = *group.residual;
  return step;
}

MlpStep mlp_step(const ModelConfig& model, const ModelShape& shape, const AttentionGroup& group) {
  return {model.num_queries(group),      *group.width_out,   *group.mlp_hidden,
          ModelShape::mlp_window(group), shape.activation(), shape.has_norms()};
}

/// MACs of one step.
struct CountMacs {
  std::uint64_t operator()(const ConvolutionStep& step) const {
    const Window& window = step.window;
    return std::uint64_t{window.output_rows()} * window.output_columns() * window.kernel_rows *
           window.kernel_columns * step.in_channels * step.out_channels;
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
    const std::uint64_t second =
        std::uint64_t{step.output_rows()} * (step.window ? step.window->kernel_columns : 1);
    return (step.rows + second) * step.channels * step.hidden;
  }
  std::uint64_t operator()(const ClassifierStep& step) const {
    return std::uint64_t{step.channels} * step.classes * step.classifiers;
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
  try {
    check_whole_model(model);
  } catch (const ConfigError& error) {
    throw InputError("model " + error.message());  // which begins with its name
  }
  if (model.patch_samples) {
    throw InputError("model " + model.name + ": patch_samples: a baseline's embedding cannot grow");
  }
  if (model.memory) {
    throw InputError("model " + model.name + ": memory: a baseline has no linear attention");
  }
  const ModelShape shape(model);
  std::vector<DenseStep> steps;
  add_stem(model, shape, steps);
  std::uint32_t rows = 0;
  for (const AttentionBlock& block : attention_blocks(model)) {
    const AttentionGroup& group = model.groups[block.group];
    const MlpStep mlp = mlp_step(model, shape, group);
    rows = mlp.output_rows();
    steps.emplace_back(attention_step(model, shape, group));
    steps.emplace_back(mlp);
  }
  const std::uint32_t channels = *model.groups.back().width_out;
  if (shape.has_norms()) steps.push_back(NormStep{rows, channels});
  steps.push_back(ClassifierStep{rows, channels, *model.classes, model.classifiers.value_or(1),
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
