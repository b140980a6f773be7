// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/reference_linear.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "hw_models/accelerators/reference_rounding.hpp"
#include "sim/base/det_math.hpp"

namespace vitcod {
namespace {

/// x times the share of the normal distribution below x, by a series of positive terms.
double gelu(double x) {
  const double size = std::abs(x);
  double term = size, series = size;
  for (int n = 3; n < 200; n += 2) {
    term *= size * size / n;
    series += term;
  }
  const double half_share = det_exp(-0.5 * x * x) * 0.3989422804014327 * series;
  return x * (x < 0.0 ? 0.5 - half_share : 0.5 + half_share);
}

double activated(Activation activation, double x) {
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kGelu:
      return gelu(x);
    case Activation::kHardswish:
      return x * std::clamp(x + 3.0, 0.0, 6.0) / 6.0;
    case Activation::kRelu:
      return std::max(x, 0.0);
    case Activation::kEluPlusOne:
      return x >= 0.0 ? x + 1.0 : det_exp(x);
  }
  return x;
}

/// The rows of a product, each with its k features.
class ProductRows {
 public:
  ProductRows(const Trace& trace, const Operation& operation, const DenseLinear& linear,
              OperandImage& image)
      : linear_(linear),
        shape_(trace.tensor(operation.inputs[0]).shape),
        values_(image.operand(operation.inputs[0])),
        table_(reference_activation(linear_.input_activation)) {}

  std::vector<std::int8_t> row(std::uint32_t index) const {
    std::vector<std::int8_t> features =
        linear_.window ? gathered(*linear_.window, index) : side_by_side(index);
    for (std::int8_t& feature : features) feature = table_[std::size_t(feature + 128)];
    return features;
  }

 private:
  std::vector<std::int8_t> side_by_side(std::uint32_t index) const {
    const bool has_heads = shape_.size() == 3;
    const std::size_t heads = has_heads ? shape_[0] : 1;
    const std::size_t rows = has_heads ? shape_[1] : shape_[0];
    const std::size_t width = linear_.k / heads;
    std::vector<std::int8_t> features;
    for (std::size_t h = 0; h < heads; ++h) {
      const std::int8_t* first = &values_[(h * rows + linear_.first_row + index) * width];
      features.insert(features.end(), first, first + width);
    }
    return features;
  }

  std::vector<std::int8_t> gathered(const Window& window, std::uint32_t index) const {
    const std::size_t width = shape_[1];
    const std::int64_t top = std::int64_t{index / window.output_columns()} * window.stride -
                             std::int64_t{window.padding_rows};
    const std::int64_t left = std::int64_t{index % window.output_columns()} * window.stride -
                              std::int64_t{window.padding_columns};
    std::vector<std::int8_t> features(linear_.k, 0);
    std::size_t place = 0;
    for (std::int64_t y = top; y < top + window.kernel_rows; ++y) {
      for (std::int64_t x = left; x < left + window.kernel_columns; ++x, place += width) {
        if (y < 0 || x < 0 || y >= window.grid_rows || x >= window.grid_columns) continue;
        const auto token = static_cast<std::size_t>(y * window.grid_columns + x);
        std::copy_n(&values_[token * width], width, &features[place]);
      }
    }
    return features;
  }

  const DenseLinear& linear_;
  const std::vector<std::uint32_t>& shape_;
  const std::vector<std::int8_t>& values_;
  const std::array<std::int8_t, 256> table_;
};

/// What rows of a product meet.
struct Expert {
  /// W, bias and requantisation are the inputs from `first` on.
  Expert(const Operation& operation, std::size_t first, Primitive products, OperandImage& image)
      : weights(image.operand(operation.inputs[first])),
        bias(image.bias(operation.inputs[first + 1])),
        words(image.bias(operation.inputs[first + 2])),
        primitive(products) {}

  /// Products of an operand with all codes of shifts, each in all bytes that hold it, from -128 up.
  static std::array<std::int32_t, 256> shifted(std::int32_t x) {
    std::array<std::int32_t, 256> all{};
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i] = shifted(x, static_cast<std::int32_t>(i) - 128);
    }
    return all;
  }

  const std::vector<std::int8_t>& weights;  ///< (features, columns)
  const std::vector<std::int32_t>& bias;
  const std::vector<std::int32_t>& words;
  Primitive primitive;

 private:
  static std::int32_t shifted(std::int32_t x, std::int32_t byte) {
    const std::int32_t low = (byte % 32 + 32) % 32;
    const std::int32_t code = low > 15 ? low - 32 : low;
    if (code == 0 || code == -16) return 0;
    const double size = std::floor(std::ldexp(double(x), 7 + 1 - std::abs(code)));
    return static_cast<std::int32_t>(code < 0 ? -size : size);
  }
};

/// Sums of one row: its features times the weights, and the biases.
std::vector<std::int32_t> row_sums(const std::vector<std::int8_t>& features, const Expert& expert) {
  std::vector<std::int32_t> sums = expert.bias;
  for (std::size_t f = 0; f < features.size(); ++f) {
    const std::int32_t x = features[f];
    const std::int8_t* column = &expert.weights[f * sums.size()];
    if (expert.primitive == Primitive::kMultiply) {
      for (std::size_t n = 0; n < sums.size(); ++n) sums[n] += x * column[n];
      continue;
    }
    const auto products = Expert::shifted(x);
    for (std::size_t n = 0; n < sums.size(); ++n) sums[n] += products[std::size_t(column[n] + 128)];
  }
  return sums;
}

/// The row of the residual that a row of the product takes.
std::size_t residual_row(const DenseLinear& linear, std::size_t num_rows, std::uint32_t row) {
  if (!linear.window || num_rows == linear.m) return row;
  const Window& window = *linear.window;
  return std::size_t{row / window.output_columns()} * window.stride * window.grid_columns +
         std::size_t{row % window.output_columns()} * window.stride;
}

const std::vector<std::int8_t>& values_of(OperandImage& image, TensorId tensor, std::int8_t) {
  return image.operand(tensor);
}
const std::vector<std::int16_t>& values_of(OperandImage& image, TensorId tensor, std::int16_t) {
  return image.stream(tensor);
}

/// Y in elements of T, whose rows meet one of the experts each.
template <typename T>
void linear_output(const Trace& trace, const Operation& operation, const DenseLinear& linear,
                   const std::vector<const Expert*>& expert_of_row, OperandImage& image) {
  const ProductRows rows(trace, operation, linear, image);
  const auto table = reference_activation(linear.activation);
  const std::vector<T>* residual =
      linear.residual ? &values_of(image, operation.inputs.back(), T{}) : nullptr;
  const Tensor& y = trace.tensor(operation.outputs[0]);
  const std::size_t width = y.shape.back();
  std::vector<T> output(y.num_elements());
  for (std::uint32_t m = 0; m < linear.m; ++m) {
    const Expert& expert = *expert_of_row[m];
    const std::vector<std::int32_t> sums = row_sums(rows.row(m), expert);
    for (std::size_t n = 0; n < linear.n; ++n) {
      const std::int64_t multiplier = expert.words[n] & 0xffff;
      const auto shift = static_cast<unsigned>(expert.words[n] >> 16);
      auto value = saturated<T>(rounded(sums[n] * multiplier, shift));
      if (linear.activation != Activation::kNone) value = table[std::size_t(value + 128)];
      if (residual != nullptr) {
        const std::size_t row = residual_row(linear, residual->size() / linear.n, m);
        value = saturated<T>(std::int64_t{value} + (*residual)[row * linear.n + n]);
      }
      output[(n / width * linear.m + m) * width + n % width] = value;
    }
  }
  image.set_output(operation.outputs[0], std::move(output));
}

void linear_output(const Trace& trace, const Operation& operation, const DenseLinear& linear,
                   const std::vector<const Expert*>& expert_of_row, OperandImage& image) {
  if (trace.tensor(operation.outputs[0]).bits == 16) {
    linear_output<std::int16_t>(trace, operation, linear, expert_of_row, image);
    return;
  }
  linear_output<std::int8_t>(trace, operation, linear, expert_of_row, image);
  if (trace.tensor(operation.outputs[0]).bits > 1) return;
  std::vector<std::int8_t> codes = image.operand(operation.outputs[0]);
  for (std::int8_t& value : codes) value = value > 0 ? 1 : 0;
  image.set_output(operation.outputs[0], std::move(codes));
}

/// The whole part of the square root.
std::uint64_t whole_root(std::uint64_t square) {
  auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(square)));
  while (root * root > square) --root;
  while ((root + 1) * (root + 1) <= square) ++root;
  return root;
}

/// floor(a / b) for b above 0.
std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/// The normalised features of one token, with 10 fraction bits.
std::vector<std::int64_t> normalised(const std::int16_t* token, std::int64_t features) {
  std::int64_t sum = 0;
  for (std::int64_t f = 0; f < features; ++f) sum += token[f];
  const std::int64_t mean = floor_div(2 * sum + features, 2 * features);
  std::uint64_t squares = 0;
  for (std::int64_t f = 0; f < features; ++f) {
    const std::int64_t distance = token[f] - mean;
    squares += static_cast<std::uint64_t>(distance * distance);
  }
  const auto count = static_cast<std::uint64_t>(features);
  const std::uint64_t variance = (squares + count / 2) / count;
  std::int64_t reciprocal = 0;
  if (variance > 0) {
    reciprocal = static_cast<std::int64_t>((std::uint64_t{1} << 32) / whole_root(variance * 65536));
  }
  std::vector<std::int64_t> results;
  for (std::int64_t f = 0; f < features; ++f) {
    results.push_back(rounded((token[f] - mean) * reciprocal, 14));
  }
  return results;
}

template <typename T>
void norm_output(const Operation& operation, OperandImage& image) {
  const auto& norm = std::get<LayerNorm>(operation.params);
  const auto& x = image.stream(operation.inputs[0]);
  const auto& gain = image.operand(operation.inputs[1]);
  const auto& offset = image.operand(operation.inputs[2]);
  constexpr unsigned kShift = sizeof(T) == 1 ? 10 : 6;
  std::vector<T> output;
  for (std::size_t token = 0; token < norm.tokens; ++token) {
    const auto values = normalised(&x[token * norm.features], norm.features);
    for (std::size_t f = 0; f < norm.features; ++f) {
      output.push_back(
          saturated<T>(rounded(values[f] * gain[f] + 1024 * std::int64_t{offset[f]}, kShift)));
    }
  }
  image.set_output(operation.outputs[0], std::move(output));
}

}  // namespace

std::array<std::int8_t, 256> reference_activation(Activation activation) {
  std::array<std::int8_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const int value = static_cast<int>(i) - 128;
    const double result = std::floor(32.0 * activated(activation, value / 32.0) + 0.5);
    table[i] = saturated<std::int8_t>(static_cast<std::int64_t>(result));
  }
  return table;
}

void reference_linear(const Trace& trace, const Operation& operation, OperandImage& image) {
  const auto& linear = std::get<DenseLinear>(operation.params);
  const Expert only(operation, 1, linear.primitive, image);
  linear_output(trace, operation, linear, std::vector<const Expert*>(linear.m, &only), image);
}

void reference_routed_linear(const Trace& trace, const Operation& operation, OperandImage& image) {
  const auto& routed = std::get<RoutedLinear>(operation.params);
  DenseLinear linear{routed.m, routed.k, routed.n};
  linear.activation = routed.activation;
  linear.input_activation = routed.input_activation;
  linear.residual = routed.residual;
  const Expert first(operation, 2, Primitive::kMultiply, image);
  const Expert second(operation, 5, Primitive::kShift, image);
  const std::vector<std::int16_t>& order = image.stream(operation.inputs[1]);
  std::vector<const Expert*> expert_of_row(routed.m, &second);
  for (std::size_t i = 0; i < routed.m_first; ++i) {
    expert_of_row[static_cast<std::size_t>(order[i])] = &first;
  }
  linear_output(trace, operation, linear, expert_of_row, image);
}

void reference_layer_norm(const Trace& trace, const Operation& norm, OperandImage& image) {
  if (trace.tensor(norm.outputs[0]).bits == 16) {
    norm_output<std::int16_t>(norm, image);
  } else {
    norm_output<std::int8_t>(norm, image);
  }
}

void reference_average_pool(const Operation& operation, OperandImage& image) {
  const auto& pool = std::get<AveragePool>(operation.params);
  const auto& x = image.operand(operation.inputs[0]);
  std::vector<std::int8_t> output;
  for (std::size_t f = 0; f < pool.features; ++f) {
    std::int64_t sum = 0;
    for (std::size_t token = 0; token < pool.tokens; ++token) sum += x[token * pool.features + f];
    output.push_back(saturated<std::int8_t>(
        floor_div(2 * sum + std::int64_t{pool.tokens}, 2 * std::int64_t{pool.tokens})));
  }
  image.set_output(operation.outputs[0], std::move(output));
}

}  // namespace vitcod
