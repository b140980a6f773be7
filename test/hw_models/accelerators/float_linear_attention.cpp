// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/accelerators/float_linear_attention.hpp"

#include <cmath>
#include <limits>

namespace vitcod::test {
namespace {

double mapped(Activation map, double value) {
  if (map == Activation::kNone) return value;
  return value < 0.0 ? 32.0 * std::exp(value / 32.0) : value + 32.0;
}

/// What a word of requantisation multiplies by.
double scale_of(double word) {
  const auto whole = static_cast<int>(word);
  return std::ldexp(whole % 65536, -(whole / 65536));
}

class Computation {
 public:
  Computation(const Trace& trace, const Operation& operation, const FloatTensors& tensors)
      : attention_(std::get<LinearAttention>(operation.params)),
        output_(trace.tensor(operation.outputs[0]).num_elements(),
                std::numeric_limits<double>::quiet_NaN()) {
    for (const TensorId input : operation.inputs) inputs_.push_back(tensors(input));
  }

  std::vector<double> run(std::size_t row_step) {
    for (std::size_t head = 0; head < attention_.heads; ++head) {
      make_inner(head);
      for (std::size_t row = 0; row < attention_.queries; row += row_step) attend(head, row);
    }
    return output_;
  }

 private:
  /// The head's inner matrix; its last column is the sums.
  void make_inner(std::size_t head) {
    const std::size_t width = attention_.features_k, values = attention_.features_v;
    inner_.assign(width * (values + 1), 0.0);
    for (std::size_t key = head * attention_.keys; key < (head + 1) * attention_.keys; ++key) {
      for (std::size_t i = 0; i < width; ++i) {
        const double factor = mapped(attention_.feature_map, inputs_[1][key * width + i]);
        for (std::size_t c = 0; c < values; ++c) {
          inner_[i * (values + 1) + c] += factor * inputs_[2][key * values + c];
        }
        inner_[i * (values + 1) + values] += factor;
      }
    }
    for (std::size_t i = 0; i < inner_.size(); ++i) {
      const std::size_t column = i % (values + 1);
      if (column < attention_.columns()) {
        inner_[i] *= scale_of(inputs_[3][head * attention_.columns() + column]);
      }
    }
  }

  void attend(std::size_t head, std::size_t row) {
    const std::size_t width = attention_.features_k, values = attention_.features_v;
    std::vector<double> sums(values + 1, 0.0);
    for (std::size_t i = 0; i < width; ++i) {
      const double factor =
          mapped(attention_.feature_map, inputs_[0][(head * attention_.queries + row) * width + i]);
      for (std::size_t c = 0; c <= values; ++c) sums[c] += factor * inner_[i * (values + 1) + c];
    }
    for (std::size_t c = 0; c < values; ++c) {
      const double result =
          attention_.normalise
              ? std::ldexp(sums[c] / sums[values], static_cast<int>(attention_.output_shift))
              : sums[c] * scale_of(inputs_[4][head * values + c]);
      const std::size_t beside = (row * attention_.heads + head) * values + c;
      if (attention_.residual) {
        output_[beside] = result + inputs_.back()[beside];
      } else {
        output_[(head * attention_.queries + row) * values + c] = result;
      }
    }
  }

  const LinearAttention& attention_;
  std::vector<std::vector<double>> inputs_;
  std::vector<double> inner_;
  std::vector<double> output_;
};

}  // namespace

std::vector<double> float_linear_attention(const Trace& trace, const Operation& operation,
                                           const FloatTensors& tensors, std::size_t row_step) {
  return Computation(trace, operation, tensors).run(row_step);
}

}  // namespace vitcod::test
