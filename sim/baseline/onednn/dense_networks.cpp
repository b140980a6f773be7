// SPDX-License-Identifier: Apache-2.0
#include "sim/baseline/onednn/dense_networks.hpp"

#include <algorithm>

#include "sim/base/int_math.hpp"

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
  Rows queries_of(const AttentionStep& step, const Rows& input);
  HeadMatrices columns(const Rows& rows, std::uint32_t first, std::uint32_t features);

  Network& network_;
  const Precision precision_;
  Rows rows_;
};

void ModelBuilder::operator()(const ConvolutionStep& step) {
  const std::uint32_t side = ceil_div(step.side, step.stride);
  const std::uint32_t reach = (side - 1) * step.stride + step.kernel;
  const memory::dim padding = reach > step.side ? reach - step.side : 0;
  const memory::dim before = (padding + 1) / 2;
  const Desc image({1, step.in_channels, step.side, step.side}, Type::f32, Tag::nhwc);
  const Desc result({1, step.out_channels, side, side}, Type::f32, Tag::nhwc);
  const memory::dims kernel = {step.out_channels, step.in_channels, step.kernel, step.kernel};
  dnnl::post_ops operations;
  append_activation(operations, step.activation);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(operations);
  const dnnl::convolution_forward::primitive_desc convolution(
      {dnnl::prop_kind::forward_inference,
       dnnl::algorithm::convolution_auto,
       image,
       Desc(kernel, Type::f32, Tag::any),
       Desc({step.out_channels}, Type::f32, Tag::a),
       result,
       {step.stride, step.stride},
       {before, before},
       {padding - before, padding - before}},
      attributes, network_.engine());
  const memory source =
      rows_.memory ? network_.view(rows_.memory, image, 0) : network_.random_memory(image);
  const memory weights =
      network_.weights(Desc(kernel, Type::f32, Tag::oihw), convolution.weights_desc(),
                       step.in_channels * step.kernel * step.kernel);
  Rows made = make_rows(network_, side * side, step.out_channels, Type::f32);
  network_.add(
      dnnl::convolution_forward(convolution),
      {{DNNL_ARG_SRC, source},
       {DNNL_ARG_WEIGHTS, weights},
       {DNNL_ARG_BIAS, network_.random_memory(Desc({step.out_channels}, Type::f32, Tag::a))},
       {DNNL_ARG_DST, network_.view(made.memory, result, 0)}});
  rows_ = std::move(made);
}

void ModelBuilder::operator()(const PrefixStep& step) {
  Rows made = make_rows(network_, step.patches + step.prefix_tokens, step.channels, Type::f32);
  const Desc prefix({step.prefix_tokens, step.channels}, Type::f32, Tag::ab);
  network_.add_copy(network_.random_memory(prefix), network_.view(made.memory, prefix, 0));
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

/// The rows that queries are made from: of every `query_stride`-th row and column of patches.
Rows ModelBuilder::queries_of(const AttentionStep& step, const Rows& input) {
  if (step.query_stride == 1) return input;
  const Type type = operand_type(precision_);
  const memory::dim stride = step.query_stride;
  const memory::dim channels = step.width_in;
  const memory::dim side = ceil_div(step.key_side, step.query_stride);
  const memory::dims steps = {stride * step.key_side * channels, stride * channels, 1};
  Rows chosen = make_rows(network_, step.queries, step.width_in, type);
  network_.add_copy(network_.view(input.memory, Desc({side, side, channels}, type, steps), 0),
                    network_.view(chosen.memory, Desc({side, side, channels}, type, Tag::abc), 0));
  return chosen;
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
  if (step.query_stride == 1) {  // Q, K and V by one product
    keys_values = linear(network_, input, 2 * key_width + value_width, projection);
    query = columns(keys_values, 0, step.key_dim);
    key_column = key_width;
  } else {
    const Rows queries = linear(network_, queries_of(step, input), key_width, projection);
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
  second.onto = rows_;
  linear(network_, hidden, step.channels, second);
}

void ModelBuilder::operator()(const ClassifierStep& step) {
  Rows token{rows_.memory, 1, step.channels};
  const Desc row({1, step.channels}, Type::f32, Tag::ab);
  if (step.from_mean) {
    token = make_rows(network_, 1, step.channels, Type::f32);
    const dnnl::reduction::primitive_desc mean(
        {dnnl::algorithm::reduction_mean, rows_.memory.get_desc(), row, 0.0F, 0.0F},
        network_.engine());
    network_.add(dnnl::reduction(mean),
                 {{DNNL_ARG_SRC, rows_.memory}, {DNNL_ARG_DST, token.memory}});
  } else {
    token.memory = network_.view(rows_.memory, row, 0);
  }
  rows_ = linear(network_, token, step.classes, {});
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

std::unique_ptr<Network> model_network(const std::vector<DenseStep>& steps, Precision precision) {
  auto network = std::make_unique<Network>();
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
