// SPDX-License-Identifier: Apache-2.0
#include "sim/baseline/onednn/layers.hpp"

#include <cmath>

namespace vitcod {
namespace {

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;
using Desc = memory::desc;

/// Int8 operands that stand for 1.0, in activations.
constexpr float kUnit = 32.0F;
/// Root of the mean square of an int8 weight in [-64, 63].
constexpr float kWeightDeviation = 36.9F;

Desc matrix(std::uint32_t rows, std::uint32_t columns, Type type, Tag tag = Tag::ab) {
  return {{rows, columns}, type, tag};
}

/// (heads, tokens, features) of a HeadMatrices; `transposed`: (heads, features, tokens).
Desc head_desc(const HeadMatrices& matrices, std::uint32_t heads, std::uint32_t tokens,
               std::uint32_t features, Type type, bool transposed = false) {
  const memory::dim row = matrices.row_step;
  const memory::dim head = matrices.head_step;
  if (transposed) return {{heads, features, tokens}, type, memory::dims{head, 1, row}};
  return {{heads, tokens, features}, type, memory::dims{head, row, 1}};
}

void add_product(Network& network, const memory& left, const memory& right, const memory& result,
                 const dnnl::primitive_attr& attributes) {
  const dnnl::matmul::primitive_desc product({left.get_desc(), right.get_desc(), result.get_desc()},
                                             attributes, network.engine());
  network.add(dnnl::matmul(product),
              {{DNNL_ARG_SRC, left}, {DNNL_ARG_WEIGHTS, right}, {DNNL_ARG_DST, result}});
}

/// Scores, row by row, to probabilities.
memory add_softmax(Network& network, const memory& scores, Precision precision) {
  const Desc desc = scores.get_desc();
  const dnnl::softmax_forward::primitive_desc softmax({dnnl::prop_kind::forward_inference, desc, 2},
                                                      network.engine());
  if (precision == Precision::kFloat32) {
    memory probabilities(desc, network.engine());
    network.add(dnnl::softmax_forward(softmax),
                {{DNNL_ARG_SRC, scores}, {DNNL_ARG_DST, probabilities}});
    return probabilities;
  }
  const memory exact(desc, network.engine());
  network.add(dnnl::softmax_forward(softmax), {{DNNL_ARG_SRC, scores}, {DNNL_ARG_DST, exact}});
  memory bytes(Desc(desc.dims(), Type::u8, Tag::abc), network.engine());
  network.add_copy(exact, bytes, 255.0F);
  return bytes;
}

/// Where the result of a product goes.
Rows result_rows(Network& network, std::uint32_t rows, std::uint32_t columns,
                 const LinearOptions& options) {
  if (options.onto) return *options.onto;
  return make_rows(network, rows, columns, options.to_int8 ? Type::s8 : Type::f32);
}

/// The sum of products that stands for 1.0.
float unit_of_sums(Type operands, std::uint32_t fan_in) {
  if (operands == Type::f32) return 1.0F;
  return kUnit * kWeightDeviation * std::sqrt(static_cast<float>(fan_in));
}

/// A sum of products becomes a number, the activation applies to that, and int8 stands for it.
dnnl::primitive_attr product_attributes(Type operands, std::uint32_t fan_in,
                                        const LinearOptions& options) {
  const float unit = options.to_int8 ? kUnit : 1.0F;
  const bool has_activation = options.activation != Activation::kNone;
  dnnl::primitive_attr attributes;
  if (operands != Type::f32) {
    attributes.set_output_scales(0,
                                 {(has_activation ? 1.0F : unit) / unit_of_sums(operands, fan_in)});
  }
  dnnl::post_ops operations;
  append_activation(operations, options.activation, unit);
  if (options.onto) operations.append_sum();
  attributes.set_post_ops(operations);
  return attributes;
}

}  // namespace

Type operand_type(Precision precision) {
  return precision == Precision::kFloat32 ? Type::f32 : Type::s8;
}

void append_activation(dnnl::post_ops& operations, Activation activation, float scale) {
  if (activation == Activation::kGelu) {
    operations.append_eltwise(scale, dnnl::algorithm::eltwise_gelu_erf, 0.0F, 0.0F);
  } else if (activation == Activation::kHardswish) {
    operations.append_eltwise(scale, dnnl::algorithm::eltwise_hardswish, 0.0F, 0.0F);
  } else if (activation == Activation::kRelu) {
    operations.append_eltwise(scale, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
  }
}

Rows make_rows(Network& network, std::uint32_t rows, std::uint32_t columns, Type type) {
  return {memory(matrix(rows, columns, type), network.engine()), rows, columns};
}

Rows quantised(Network& network, const Rows& rows) {
  Rows result = make_rows(network, rows.rows, rows.columns, Type::s8);
  network.add_copy(rows.memory, result.memory, kUnit);
  return result;
}

Rows normalised(Network& network, const Rows& rows) {
  constexpr float kEpsilon = 1e-6F;
  Rows result = make_rows(network, rows.rows, rows.columns, Type::f32);
  const dnnl::layer_normalization_forward::primitive_desc norm(
      {dnnl::prop_kind::forward_inference, rows.memory.get_desc(), kEpsilon,
       dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift},
      network.engine());
  const Desc channels({rows.columns}, Type::f32, Tag::a);
  network.add(dnnl::layer_normalization_forward(norm),
              {{DNNL_ARG_SRC, rows.memory},
               {DNNL_ARG_SCALE, network.random_memory(channels)},
               {DNNL_ARG_SHIFT, network.random_memory(channels)},
               {DNNL_ARG_DST, result.memory}});
  return result;
}

Rows gathered(Network& network, const Rows& rows, const Window& window) {
  const Type type = rows.memory.get_desc().data_type();
  const memory::dim channels = rows.columns;
  const memory::dims places = {window.output_rows(), window.output_columns(), channels};
  const memory::dims steps = {memory::dim{window.stride} * window.grid_columns * channels,
                              memory::dim{window.stride} * channels, 1};
  Rows result =
      make_rows(network, window.output_rows() * window.output_columns(), rows.columns, type);
  network.add_copy(network.view(rows.memory, Desc(places, type, steps), 0),
                   network.view(result.memory, Desc(places, type, Tag::abc), 0));
  return result;
}

Rows linear(Network& network, const Rows& rows, std::uint32_t columns,
            const LinearOptions& options) {
  const Type type = rows.memory.get_desc().data_type();
  Rows result = result_rows(network, rows.rows, columns, options);
  const dnnl::matmul::primitive_desc product(
      {rows.memory.get_desc(), matrix(rows.columns, columns, type, Tag::any),
       matrix(1, columns, Type::f32), result.memory.get_desc()},
      product_attributes(type, rows.columns, options), network.engine());
  const memory weights =
      network.weights(matrix(rows.columns, columns, type), product.weights_desc(), rows.columns);
  network.add(dnnl::matmul(product),
              {{DNNL_ARG_SRC, rows.memory},
               {DNNL_ARG_WEIGHTS, weights},
               {DNNL_ARG_BIAS,
                network.bias(matrix(1, columns, Type::f32), unit_of_sums(type, rows.columns))},
               {DNNL_ARG_DST, result.memory}});
  return result;
}

Rows convolved(Network& network, const Rows& image, const Window& window, std::uint32_t channels,
               const LinearOptions& options) {
  const Type type = image.memory.get_desc().data_type();
  const std::uint32_t rows = window.output_rows();
  const std::uint32_t columns = window.output_columns();
  Rows made = result_rows(network, rows * columns, channels, options);
  const Desc source({1, image.columns, window.grid_rows, window.grid_columns}, type, Tag::nhwc);
  const Desc result({1, channels, rows, columns}, made.memory.get_desc().data_type(), Tag::nhwc);
  const memory::dims kernel = {channels, image.columns, window.kernel_rows, window.kernel_columns};
  const std::uint32_t fan_in = image.columns * window.kernel_rows * window.kernel_columns;
  const Desc bias({channels}, Type::f32, Tag::a);
  const memory::dims padding = {window.padding_rows, window.padding_columns};
  const dnnl::convolution_forward::primitive_desc convolution(
      {dnnl::prop_kind::forward_inference,
       dnnl::algorithm::convolution_auto,
       source,
       Desc(kernel, type, Tag::any),
       bias,
       result,
       {window.stride, window.stride},
       padding,
       padding},
      product_attributes(type, fan_in, options), network.engine());
  const memory weights =
      network.weights(Desc(kernel, type, Tag::oihw), convolution.weights_desc(), fan_in);
  network.add(dnnl::convolution_forward(convolution),
              {{DNNL_ARG_SRC, network.view(image.memory, source, 0)},
               {DNNL_ARG_WEIGHTS, weights},
               {DNNL_ARG_BIAS, network.bias(bias, unit_of_sums(type, fan_in))},
               {DNNL_ARG_DST, network.view(made.memory, result, 0)}});
  return made;
}

AttentionResult attention(Network& network, const AttentionShape& shape, Precision precision,
                          float operand_scale, const HeadMatrices& query, const HeadMatrices& key,
                          const HeadMatrices& value, const HeadMatrices& output,
                          Activation activation) {
  const Type type = operand_type(precision);
  const auto part = [&](const HeadMatrices& of, std::uint32_t tokens, std::uint32_t features,
                        bool transposed = false) {
    return network.view(of.memory, head_desc(of, shape.heads, tokens, features, type, transposed),
                        0);
  };
  const Desc map({shape.heads, shape.queries, shape.keys}, Type::f32, Tag::abc);
  AttentionResult result;
  result.scores = memory(map, network.engine());
  dnnl::primitive_attr scaled;
  scaled.set_output_scales(
      0, {operand_scale * operand_scale / std::sqrt(static_cast<float>(shape.key_dim))});
  add_product(network, part(query, shape.queries, shape.key_dim),
              part(key, shape.keys, shape.key_dim, true), result.scores, scaled);
  result.probabilities = add_softmax(network, result.scores, precision);
  dnnl::primitive_attr attributes;
  const float unit = activation == Activation::kNone ? 1.0F : operand_scale;
  if (precision == Precision::kInt8) attributes.set_output_scales(0, {unit / 255.0F});
  dnnl::post_ops operations;
  append_activation(operations, activation, 1.0F / operand_scale);
  attributes.set_post_ops(operations);
  add_product(network, result.probabilities, part(value, shape.keys, shape.value_dim),
              part(output, shape.queries, shape.value_dim), attributes);
  return result;
}

}  // namespace vitcod
