// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/accelerators/float_layers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "test/hw_models/accelerators/float_linear_attention.hpp"
#include "workloads/polarization.hpp"

namespace vitcod::test {
namespace {

double activated(Activation activation, double value) {
  const double x = value / 32.0;
  switch (activation) {
    case Activation::kNone:
      return value;
    case Activation::kGelu:
      return value * 0.5 * std::erfc(-x / std::sqrt(2.0));
    case Activation::kHardswish:
      return value * std::min(std::max(x + 3.0, 0.0), 6.0) / 6.0;
    case Activation::kRelu:
      return std::max(value, 0.0);
    case Activation::kEluPlusOne:
      return x < 0.0 ? 32.0 * std::exp(x) : value + 32.0;
  }
  return value;
}

/// A line of samples becomes its coarse half and its details; taps U and P of four each.
void lift_line(const double* taps, std::vector<double>& line) {
  const auto half = static_cast<int>(line.size() / 2);
  const auto reflected = [half](int i) {
    const int inside = i < 0 ? -1 - i : (i >= half ? 2 * half - 1 - i : i);
    return std::clamp(inside, 0, half - 1);
  };
  const auto sample = [&line](int i) { return line[std::size_t(i)]; };
  std::vector<double> result(line.size());
  for (int i = 0; i < half; ++i) {
    double& coarse = result[std::size_t(i)];
    coarse = sample(2 * i);
    for (int t = 0; t < 4; ++t) {
      coarse += taps[t] / 64.0 * sample(2 * reflected(i + t - 1) + 1);
    }
  }
  for (int i = 0; i < half; ++i) {
    double& detail = result[std::size_t(half) + std::size_t(i)];
    detail = sample(2 * i + 1);
    for (int t = 0; t < 4; ++t) {
      detail -= taps[4 + t] / 64.0 * result[std::size_t(reflected(i + t - 1))];
    }
  }
  line = result;
}

/// Computes one operation; of every `row_step`th row or token, the others stay NaN.
class FloatOperation {
 public:
  FloatOperation(const Trace& trace, const Operation& operation, const ValueFormats& formats,
                 const FloatTensors& tensors, std::size_t row_step)
      : trace_(trace),
        operation_(operation),
        formats_(formats),
        tensors_(tensors),
        row_step_(row_step),
        output_(trace.tensor(operation.outputs[0]).num_elements(),
                std::numeric_limits<double>::quiet_NaN()) {}

  void operator()(const DenseLinear& linear) {
    const std::vector<double> x = input(0), w = input(1), bias = input(2), words = input(3);
    const std::vector<double> residual = linear.residual ? input(4) : std::vector<double>();
    const std::size_t width = trace_.tensor(operation_.outputs[0]).shape.back();
    for (std::size_t m = 0; m < linear.m; m += row_step_) {
      std::vector<double> sums = bias;
      for (std::size_t f = 0; f < linear.k; ++f) {
        const double feature = activated(linear.input_activation, x_of(linear, x, m, f));
        for (std::size_t n = 0; n < linear.n; ++n) sums[n] += feature * w[f * linear.n + n];
      }
      const std::size_t added = linear.residual ? residual_row(linear, residual.size(), m) : 0;
      for (std::size_t n = 0; n < linear.n; ++n) {
        const auto word = static_cast<int>(words[n]);
        const double scale = std::ldexp(word % 65536, -(word / 65536));
        double& result = output_[(n / width * linear.m + m) * width + n % width];
        result = activated(linear.activation, sums[n] * scale);
        if (linear.residual) result += residual[added * linear.n + n];
      }
    }
  }

  void operator()(const LinearAttention&) {
    output_ = float_linear_attention(trace_, operation_, tensors_, row_step_);
  }

  void operator()(const LayerNorm& norm) {
    const std::vector<double> x = input(0), gain = input(1), offset = input(2);
    const double unit = trace_.tensor(operation_.outputs[0]).bits == 16 ? 16.0 : 1.0;
    for (std::size_t t = 0; t < norm.tokens; t += row_step_) {
      const double* token = &x[t * norm.features];
      double mean = 0.0, variance = 0.0;
      for (std::size_t f = 0; f < norm.features; ++f) mean += token[f] / norm.features;
      for (std::size_t f = 0; f < norm.features; ++f) {
        variance += (token[f] - mean) * (token[f] - mean) / norm.features;
      }
      for (std::size_t f = 0; f < norm.features; ++f) {
        const double exact = (token[f] - mean) / std::sqrt(variance) * gain[f] + offset[f];
        output_[t * norm.features + f] = unit * exact;
      }
    }
  }

  void operator()(const HeadMixEncode& mix) { head_mix(mix, formats_.encoder_fraction_bits); }
  void operator()(const HeadMixDecode& mix) { head_mix(mix, formats_.weight_fraction_bits); }

  void operator()(const LiftingStep& lift) {
    const std::vector<double> patches = input(0), origins = input(1), taps = input(2);
    const std::size_t side = lift.side, channels = lift.channels, band = side >> lift.level;
    const std::size_t width = output_.size() / origins.size();
    for (std::size_t row = 0; row < origins.size(); row += row_step_) {
      const bool is_prefix = row < lift.prefix_tokens;
      const double* patch =
          is_prefix
              ? nullptr
              : &patches[(std::size_t(origins[row]) - lift.prefix_tokens) * side * side * channels];
      for (std::size_t c = 0; c < channels; ++c) {
        std::vector<double> square(side * side, 0.0);
        for (std::size_t i = 0; i < square.size() && !is_prefix; ++i)
          square[i] = patch[i * channels + c];
        for (std::size_t level = 0; level < lift.level; ++level) {
          lift_corner(&taps[8 * level], side >> level, side, square);
        }
        std::size_t place = row * width + c;
        for (const auto& [y, x] : {std::pair{band, std::size_t{0}}, std::pair{std::size_t{0}, band},
                                   std::pair{band, band}}) {
          for (std::size_t i = 0; i < band * band; ++i, place += channels) {
            output_[place] = square[(y + i / band) * side + x + i % band];
          }
        }
      }
    }
  }

  void operator()(const TokenGather& gather) {
    const std::vector<double> x = input(0), kept = input(1);
    const std::vector<double> grown = gather.new_features > 0 ? input(2) : std::vector<double>();
    const std::size_t old_width = gather.features, width = old_width + gather.new_features;
    for (std::size_t row = 0; row < kept.size(); row += row_step_) {
      for (std::size_t f = 0; f < width; ++f) {
        output_[row * width + f] = f < old_width
                                       ? x[std::size_t(kept[row]) * old_width + f]
                                       : 8.0 * grown[row * gather.new_features + f - old_width];
      }
    }
  }

  void operator()(const AveragePool& pool) {
    const std::vector<double> x = input(0);
    for (std::size_t f = 0; f < pool.features; ++f) {
      output_[f] = 0.0;
      for (std::size_t t = 0; t < pool.tokens; ++t) {
        output_[f] += x[t * pool.features + f] / pool.tokens;
      }
    }
  }

  void operator()(const Spmm& spmm) {
    const PolarizedMap& map = trace_.map(spmm.map);
    const Operation& weights = maker_of(operation_.inputs[0]);
    const auto* sigmoid = std::get_if<ScoreElementwise>(&weights.params);
    const Operation& sddmm = maker_of(weights.inputs[0]);
    const std::size_t features = std::get<Sddmm>(sddmm.params).features;
    const std::vector<double> q = tensors_(sddmm.inputs[0]), k = tensors_(sddmm.inputs[1]);
    const std::vector<double> v = input(1);
    const double unit = std::ldexp(1.0, -2 * static_cast<int>(formats_.operand_fraction_bits)) /
                        std::sqrt(static_cast<double>(features));
    for (std::size_t h = 0; h < map.heads.size(); ++h) {
      const KeptMap kept = kept_map(map.heads[h], map.num_queries, map.num_keys);
      for (std::uint32_t row = 0; row < map.num_queries; row += static_cast<unsigned>(row_step_)) {
        double total = 0.0;
        double* sums = &output_[(h * map.num_queries + row) * spmm.features];
        std::fill_n(sums, spmm.features, 0.0);
        for (std::uint32_t key = 0; key < map.num_keys; ++key) {
          if (!kept.kept(row, key)) continue;
          const double score =
              std::inner_product(&q[(h * map.num_queries + row) * features],
                                 &q[(h * map.num_queries + row) * features] + features,
                                 &k[(h * map.num_keys + key) * features], 0.0);
          const double weight = sigmoid != nullptr
                                    ? 1.0 / (1.0 + std::exp(-score * unit - sigmoid->bias))
                                    : std::exp(score * unit);
          total += weight;
          const double* value = &v[(h * map.num_keys + key) * spmm.features];
          for (std::size_t f = 0; f < spmm.features; ++f) sums[f] += weight * value[f];
        }
        if (sigmoid != nullptr) continue;
        for (std::size_t f = 0; f < spmm.features; ++f) sums[f] /= total;
      }
    }
  }

  template <typename Other>
  void operator()(const Other&) {}

  std::vector<double> take() { return std::move(output_); }

 private:
  std::vector<double> input(std::size_t index) const { return tensors_(operation_.inputs[index]); }

  /// Lifts the corner of so many samples a side of a square, horizontally first.
  static void lift_corner(const double* taps, std::size_t size, std::size_t side,
                          std::vector<double>& square) {
    for (const bool is_horizontal : {true, false}) {
      for (std::size_t i = 0; i < size; ++i) {
        std::vector<double> line;
        const auto at = [&](std::size_t j) -> double& {
          return is_horizontal ? square[i * side + j] : square[j * side + i];
        };
        for (std::size_t j = 0; j < size; ++j) line.push_back(at(j));
        lift_line(taps, line);
        for (std::size_t j = 0; j < size; ++j) at(j) = line[j];
      }
    }
  }

  /// Feature `f` of row `m`, whichever way X lies.
  double x_of(const DenseLinear& linear, const std::vector<double>& x, std::size_t m,
              std::size_t f) const {
    const auto& shape = trace_.tensor(operation_.inputs[0]).shape;
    if (!linear.window) {
      const std::size_t width = shape.back(), rows = shape[shape.size() - 2];
      return x[(f / width * rows + linear.first_row + m) * width + f % width];
    }
    const Window& window = *linear.window;
    const std::size_t width = shape[1], place = f / width;
    const auto y = static_cast<std::int64_t>(m / window.output_columns() * window.stride +
                                             place / window.kernel_columns) -
                   window.padding_rows;
    const auto column = static_cast<std::int64_t>(m % window.output_columns() * window.stride +
                                                  place % window.kernel_columns) -
                        window.padding_columns;
    if (y < 0 || column < 0 || y >= window.grid_rows || column >= window.grid_columns) return 0.0;
    return x[static_cast<std::size_t>(y * window.grid_columns + column) * width + f % width];
  }

  /// The row of a residual of so many elements that row `m` takes.
  static std::size_t residual_row(const DenseLinear& linear, std::size_t elements, std::size_t m) {
    if (!linear.window || elements == std::size_t{linear.m} * linear.n) return m;
    const std::size_t y = m / linear.window->output_columns();
    const std::size_t x = m % linear.window->output_columns();
    return (y * linear.window->grid_columns + x) * linear.window->stride;
  }

  template <typename HeadMix>
  void head_mix(const HeadMix& mix, std::uint32_t fraction_bits) {
    const std::vector<double> x = input(0), w = input(1), bias = input(2);
    const std::size_t elements = std::size_t{mix.tokens} * mix.features;
    for (std::size_t h = 0; h < mix.heads_out; ++h) {
      for (std::size_t i = 0; i < elements; i += row_step_) {
        double sum = bias[h];
        for (std::size_t c = 0; c < mix.heads_in; ++c) {
          sum += x[c * elements + i] * w[c * mix.heads_out + h];
        }
        output_[h * elements + i] = std::ldexp(sum, -static_cast<int>(fraction_bits));
      }
    }
  }

  const Operation& maker_of(TensorId id) const {
    return *std::find_if(trace_.operations.begin(), trace_.operations.end(),
                         [id](const Operation& operation) { return operation.outputs[0] == id; });
  }

  const Trace& trace_;
  const Operation& operation_;
  const ValueFormats& formats_;
  const FloatTensors& tensors_;
  const std::size_t row_step_;
  std::vector<double> output_;
};

}  // namespace

std::vector<double> float_operation(const Trace& trace, const Operation& operation,
                                    const ValueFormats& formats, const FloatTensors& tensors,
                                    std::size_t row_step) {
  FloatOperation computed(trace, operation, formats, tensors, row_step);
  std::visit(computed, operation.params);
  return computed.take();
}

std::vector<double> numbers_of(const Trace& trace, TensorId id, OperandImage& image) {
  const auto numbers = [](const auto& values) {
    return std::vector<double>(values.begin(), values.end());
  };
  if (trace.tensor(id).bits == 32) return numbers(image.bias(id));
  if (trace.tensor(id).bits == 16) return numbers(image.stream(id));
  return numbers(image.operand(id));
}

double sqnr_db(const std::vector<double>& exact, const std::vector<double>& results) {
  double signal = 0.0, noise = 0.0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    if (std::isnan(exact[i])) continue;
    signal += exact[i] * exact[i];
    noise += (exact[i] - results[i]) * (exact[i] - results[i]);
  }
  return 10.0 * std::log10(signal / noise);
}

std::optional<LayerFigures> figures_of(const Trace& trace, const Operation& operation,
                                       const ValueFormats& formats, OperandImage& image) {
  const bool has_values = !std::holds_alternative<Sddmm>(operation.params) &&
                          !std::holds_alternative<RowNormalise>(operation.params) &&
                          !std::holds_alternative<ScoreSelect>(operation.params) &&
                          !std::holds_alternative<ExitTest>(operation.params) &&
                          !std::holds_alternative<ScoreElementwise>(operation.params);
  if (!has_values) return std::nullopt;
  const FloatTensors tensors = [&](TensorId id) { return numbers_of(trace, id, image); };
  // Of few rows all: one result at a bound would count as eight.
  const std::vector<std::uint32_t>& shape = trace.tensor(operation.outputs[0]).shape;
  const std::size_t row_step = shape.at(shape.size() - 2) > 64 ? 8 : 1;
  const std::vector<double> exact = float_operation(trace, operation, formats, tensors, row_step);
  const std::vector<double> results = tensors(operation.outputs[0]);
  const double most = trace.tensor(operation.outputs[0]).bits == 16 ? 32767.0 : 127.0;
  double squares = 0.0, saturated = 0.0;
  for (const double result : results) {
    squares += result * result;
    saturated += result >= most || result <= -most - 1.0 ? 1.0 : 0.0;
  }
  const auto count = static_cast<double>(results.size());
  return LayerFigures{sqnr_db(exact, results), saturated / count, std::sqrt(squares / count)};
}

namespace {

bool has_linear_attention(const Trace& trace) {
  return std::any_of(trace.operations.begin(), trace.operations.end(), [](const Operation& each) {
    return std::holds_alternative<LinearAttention>(each.params);
  });
}

}  // namespace

double least_sqnr_db(const Trace& trace, const Operation& operation) {
  if (std::holds_alternative<Spmm>(operation.params)) return 20.0;
  // A and its sums have 8 bits each.
  if (std::holds_alternative<LinearAttention>(operation.params)) return 20.0;
  if (std::holds_alternative<AveragePool>(operation.params)) return 25.0;
  if (trace.tensor(operation.outputs[0]).bits == 16) return 55.0;
  // Bands are wider than the samples, and old channels than new ones: a few more results are at the
  // bound.
  if (std::holds_alternative<LiftingStep>(operation.params)) return 24.0;
  if (std::holds_alternative<LayerNorm>(operation.params) &&
      trace.tensor(operation.inputs[0]).name.ends_with("/gathered")) {
    return 24.0;
  }
  // Likewise of streams that are normalised in place and added to, where tokens become alike.
  if (std::holds_alternative<LayerNorm>(operation.params) && has_linear_attention(trace)) {
    return 24.0;
  }
  const auto* linear = std::get_if<DenseLinear>(&operation.params);
  if (linear != nullptr && linear->input_activation != Activation::kNone) return 20.0;
  const bool is_activated = linear != nullptr && linear->activation != Activation::kNone;
  return is_activated ? 24.0 : 30.0;
}

}  // namespace vitcod::test
