// SPDX-License-Identifier: Apache-2.0
#include "sim/baseline/onednn/dense_networks.hpp"

#include <utility>

namespace vitcod {
namespace {

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;
using Desc = memory::desc;

/// 32 of an int8 operand is 1.0.
float operand_scale(Precision precision) {
  return precision == Precision::kInt8 ? 1.0F / 32.0F : 1.0F;
}

/// A matrix of (heads, tokens, features) of its own.
HeadMatrices own_heads(Network& network, std::uint32_t heads, std::uint32_t tokens,
                       std::uint32_t features, Precision precision) {
  const Desc desc({heads, tokens, features}, operand_type(precision), Tag::abc);
  return {network.random_memory(desc), features, tokens * features};
}

/// Adds the steps of a model to a network; `rows_` is what the last one made, float32.
class ModelBuilder {
 public:
  ModelBuilder(Network& network, Precision precision) : network_(network), precision_(precision) {}

  void operator()(const ConvolutionStep& step);
  void operator()(const PrefixStep& step);
  void operator()(const NormStep&) { rows_ = normalised(network_, rows_); }
  void operator()(const AttentionStep& step);
  void operator()(const MlpStep& step);
  void operator()(const ClassifierStep& step);

 private:
  bool is_int8() const { return precision_ == Precision::kInt8; }
  Rows input_of(const Rows& rows, bool norm);
  HeadMatrices columns(const Rows& rows, std::uint32_t first, std::uint32_t features);

  Network& network_;
  const Precision precision_;
  Rows rows_;
};

void ModelBuilder::operator()(const ConvolutionStep& step) {
  if (!rows_.memory) {
    const std::uint32_t pixels = step.window.grid_rows * step.window.grid_columns;
    const Desc image({pixels, step.in_channels}, Type::f32, Tag::ab);
    rows_ = {network_.random_memory(image), pixels, step.in_channels};
  }
  LinearOptions options;
  options.activation = step.activation;
  rows_ = convolved(network_, rows_, step.window, step.out_channels, options);
}

void ModelBuilder::operator()(const PrefixStep& step) {
  Rows made = make_rows(network_, step.patches + step.prefix_tokens, step.channels, Type::f32);
  if (step.prefix_tokens > 0) {
    const Desc prefix({step.prefix_tokens, step.channels}, Type::f32, Tag::ab);
    network_.add_copy(network_.random_memory(prefix), network_.view(made.memory, prefix, 0));
  }
  network_.add_copy(rows_.memory, network_.view(made.memory, rows_.memory.get_desc(),
                                                std::size_t{step.prefix_tokens} * step.channels));
  const Desc all = made.memory.get_desc();
  const dnnl::binary::primitive_desc positions({dnnl::algorithm::binary_add, all, all, all},
                                               network_.engine());
  network_.add(dnnl::binary(positions), {{DNNL_ARG_SRC_0, made.memory},
                                         {DNNL_ARG_SRC_1, network_.random_memory(all)},
                                         {DNNL_ARG_DST, made.memory}});
  rows_ = std::move(made);
}

/// Normalised and in the precision of the products.
Rows ModelBuilder::input_of(const Rows& rows, bool norm) {
  const Rows input = norm ? normalised(network_, rows) : rows;
  return is_int8() ? quantised(network_, input) : input;
}

/// All heads of one operand, side by side in the columns of a projection from `first` on.
HeadMatrices ModelBuilder::columns(const Rows& rows, std::uint32_t first, std::uint32_t features) {
  const Desc row({1}, rows.memory.get_desc().data_type(), Tag::a);
  return {network_.view(rows.memory, row, first), rows.columns, features};
}

void ModelBuilder::operator()(const AttentionStep& step) {
  const std::uint32_t key_width = step.heads * step.key_dim;
  const std::uint32_t value_width = step.heads * step.value_dim;
  const Rows input = input_of(rows_, step.norm);
  LinearOptions projection;
  projection.to_int8 = is_int8();
  HeadMatrices query;
  Rows keys_values;
  std::uint32_t key_column = 0;
  if (!step.query_window) {  // Q, K and V by one product
    keys_values = linear(network_, input, 2 * key_width + value_width, projection);
    query = columns(keys_values, 0, step.key_dim);
    key_column = key_width;
  } else {
    const Rows queries =
        linear(network_, gathered(network_, input, *step.query_window), key_width, projection);
    query = columns(queries, 0, step.key_dim);
    keys_values = linear(network_, input, key_width + value_width, projection);
  }
  const Rows heads = make_rows(network_, step.queries, value_width, operand_type(precision_));
  attention(network_, {step.heads, step.queries, step.keys, step.key_dim, step.value_dim},
            precision_, operand_scale(precision_), query,
            columns(keys_values, key_column, step.key_dim),
            columns(keys_values, key_column + key_width, step.value_dim),
            columns(heads, 0, step.value_dim), step.activation);
  LinearOptions output;
  if (step.residual) output.onto = rows_;
  rows_ = linear(network_, heads, step.width_out, output);
}

void ModelBuilder::operator()(const MlpStep& step) {
  LinearOptions first;
  first.activation = step.activation;
  first.to_int8 = is_int8();
  const Rows hidden = linear(network_, input_of(rows_, step.norm), step.hidden, first);
  LinearOptions second;
  second.onto = step.window ? gathered(network_, rows_, *step.window) : rows_;
  rows_ = step.window ? convolved(network_, hidden, *step.window, step.channels, second)
                      : linear(network_, hidden, step.channels, second);
}

void ModelBuilder::operator()(const ClassifierStep& step) {
  const Desc row({1, step.channels}, Type::f32, Tag::ab);
  Rows tokens = rows_;
  if (step.from_mean && step.rows > 1) {
    tokens = make_rows(network_, 1, step.channels, Type::f32);
    const dnnl::reduction::primitive_desc mean(
        {dnnl::algorithm::reduction_mean, rows_.memory.get_desc(), row, 0.0F, 0.0F},
        network_.engine());
    network_.add(dnnl::reduction(mean),
                 {{DNNL_ARG_SRC, rows_.memory}, {DNNL_ARG_DST, tokens.memory}});
  }
  for (std::uint32_t i = 0; i < step.classifiers; ++i) {
    const std::size_t place = step.from_mean ? 0 : std::size_t{i} * step.channels;
    const Rows token = {network_.view(tokens.memory, row, place), 1, step.channels};
    rows_ = linear(network_, token, step.classes, {});
  }
}

}  // namespace

std::unique_ptr<Network> attention_network(const std::vector<AttentionShape>& shapes,
                                           Precision precision) {
  auto network = std::make_unique<Network>();
  for (const AttentionShape& s : shapes) {
    const HeadMatrices query = own_heads(*network, s.heads, s.queries, s.key_dim, precision);
    const HeadMatrices key = own_heads(*network, s.heads, s.keys, s.key_dim, precision);
    const HeadMatrices value = own_heads(*network, s.heads, s.keys, s.value_dim, precision);
    const HeadMatrices output = own_heads(*network, s.heads, s.queries, s.value_dim, precision);
    attention(*network, s, precision, operand_scale(precision), query, key, value, output);
  }
  return network;
}

std::unique_ptr<Network> model_network(const std::vector<DenseStep>& steps, Precision precision,
                                       Network::Listener on_values) {
  auto network = std::make_unique<Network>(std::move(on_values));
  ModelBuilder builder(*network, precision);
  for (const DenseStep& step : steps) std::visit(builder, step);
  return network;
}

std::unique_ptr<Network> product_network(std::uint32_t side, Precision precision) {
  auto network = std::make_unique<Network>();
  const Rows left = {network->random_memory(Desc({side, side}, operand_type(precision), Tag::ab)),
                     side, side};
  linear(*network, left, side, {});
  return network;
}

}  // namespace vitcod
