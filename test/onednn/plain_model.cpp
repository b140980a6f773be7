// SPDX-License-Identifier: Apache-2.0
#include "test/onednn/plain_model.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <utility>

namespace vitcod::test {
namespace {

/// Rows of numbers: tokens or pixels, by features.
struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;

  double at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

double activated(Activation activation, double x) {
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kGelu:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case Activation::kHardswish:
      return x * std::min(std::max(x + 3.0, 0.0), 6.0) / 6.0;
    case Activation::kRelu:
      return std::max(x, 0.0);
    case Activation::kEluPlusOne:
      return x < 0.0 ? std::exp(x) : x + 1.0;
  }
  return x;
}

/// Computes a model a step at a time; `rows_` is what the last one made.
class PlainModel {
 public:
  explicit PlainModel(NetworkValues values) : values_(std::move(values)) {}

  void operator()(const ConvolutionStep& step) {
    const Window& window = step.window;
    const std::size_t pixels = std::size_t{window.grid_rows} * window.grid_columns;
    if (rows_.rows == 0) {
      rows_ = {pixels, step.in_channels, values_.next(pixels * step.in_channels, 1)};
    }
    rows_ = convolved(rows_, window, step.out_channels, step.activation);
  }
  void operator()(const PrefixStep& step) {
    Matrix all{step.patches + step.prefix_tokens, step.channels, {}};
    const std::size_t prefix = std::size_t{step.prefix_tokens} * step.channels;
    if (prefix > 0) all.values = values_.next(prefix, 1);
    all.values.insert(all.values.end(), rows_.values.begin(), rows_.values.end());
    const std::vector<double> positions = values_.next(all.values.size(), 1);
    for (std::size_t i = 0; i < positions.size(); ++i) all.values[i] += positions[i];
    rows_ = all;
  }
  void operator()(const NormStep&) { rows_ = normalised(rows_); }
  void operator()(const AttentionStep& step) {
    const Matrix input = step.norm ? normalised(rows_) : rows_;
    const std::size_t key_width = std::size_t{step.heads} * step.key_dim;
    const std::size_t value_width = std::size_t{step.heads} * step.value_dim;
    Matrix query, all;
    std::size_t key_column = 0;
    if (step.query_window) {
      query = linear(gathered(input, *step.query_window), key_width, Activation::kNone);
      all = linear(input, key_width + value_width, Activation::kNone);
    } else {
      query = all = linear(input, 2 * key_width + value_width, Activation::kNone);
      key_column = key_width;
    }
    Matrix result =
        linear(attention(step, query, all, key_column), step.width_out, Activation::kNone);
    if (step.residual) add(result, rows_);
    rows_ = result;
  }
  void operator()(const MlpStep& step) {
    const Matrix hidden =
        linear(step.norm ? normalised(rows_) : rows_, step.hidden, step.activation);
    Matrix result = step.window ? convolved(hidden, *step.window, step.channels, Activation::kNone)
                                : linear(hidden, step.channels, Activation::kNone);
    add(result, step.window ? gathered(rows_, *step.window) : rows_);
    rows_ = result;
  }
  void operator()(const ClassifierStep& step) {
    const Matrix tokens = rows_;
    for (std::size_t i = 0; i < step.classifiers; ++i) {
      Matrix token{1, step.channels, std::vector<double>(step.channels)};
      for (std::size_t t = 0; t < tokens.rows; ++t) {
        const double share = step.from_mean ? 1.0 / static_cast<double>(tokens.rows)
                                            : static_cast<double>(t == i ? 1 : 0);
        for (std::size_t c = 0; c < step.channels; ++c) token.values[c] += share * tokens.at(t, c);
      }
      rows_ = linear(token, step.classes, Activation::kNone);
    }
  }

  std::vector<double> scores() const {
    if (!values_.at_end()) throw std::runtime_error("values of the network are left over");
    return rows_.values;
  }

 private:
  static void add(Matrix& rows, const Matrix& others) {
    for (std::size_t i = 0; i < rows.values.size(); ++i) rows.values[i] += others.values[i];
  }

  Matrix linear(const Matrix& x, std::size_t columns, Activation activation) {
    const std::vector<double> weights = values_.next(x.columns * columns, x.columns);
    const std::vector<double> bias = values_.next(columns, 1);
    Matrix result{x.rows, columns, {}};
    for (std::size_t row = 0; row < x.rows; ++row) {
      for (std::size_t n = 0; n < columns; ++n) {
        double sum = bias[n];
        for (std::size_t k = 0; k < x.columns; ++k) sum += x.at(row, k) * weights[k * columns + n];
        result.values.push_back(activated(activation, sum));
      }
    }
    return result;
  }

  Matrix normalised(const Matrix& x) {
    const std::vector<double> gain = values_.next(x.columns, 1);
    const std::vector<double> offset = values_.next(x.columns, 1);
    const auto count = static_cast<double>(x.columns);
    Matrix result{x.rows, x.columns, {}};
    for (std::size_t row = 0; row < x.rows; ++row) {
      double mean = 0, variance = 0;
      for (std::size_t c = 0; c < x.columns; ++c) mean += x.at(row, c) / count;
      for (std::size_t c = 0; c < x.columns; ++c) {
        variance += (x.at(row, c) - mean) * (x.at(row, c) - mean) / count;
      }
      for (std::size_t c = 0; c < x.columns; ++c) {
        result.values.push_back((x.at(row, c) - mean) / std::sqrt(variance + 1e-6) * gain[c] +
                                offset[c]);
      }
    }
    return result;
  }

  /// Every `stride`-th row and column of a grid.
  static Matrix gathered(const Matrix& x, const Window& window) {
    Matrix result{std::size_t{window.output_rows()} * window.output_columns(), x.columns, {}};
    for (std::size_t row = 0; row < window.output_rows(); ++row) {
      for (std::size_t column = 0; column < window.output_columns(); ++column) {
        const std::size_t place = (row * window.grid_columns + column) * window.stride;
        for (std::size_t c = 0; c < x.columns; ++c) result.values.push_back(x.at(place, c));
      }
    }
    return result;
  }

  Matrix convolved(const Matrix& image, const Window& window, std::size_t channels,
                   Activation activation) {
    const std::size_t area = std::size_t{window.kernel_rows} * window.kernel_columns;
    const std::size_t fan_in = image.columns * area;
    const std::vector<double> weights = values_.next(channels * fan_in, fan_in);  // (out, in, y, x)
    const std::vector<double> bias = values_.next(channels, 1);
    Matrix result{std::size_t{window.output_rows()} * window.output_columns(), channels, {}};
    for (std::size_t place = 0; place < result.rows; ++place) {
      for (std::size_t n = 0; n < channels; ++n) {
        double sum = bias[n];
        for (std::size_t k = 0; k < fan_in; ++k) {
          sum += weights[n * fan_in + k] * pixel(image, window, place, k / area, k % area);
        }
        result.values.push_back(activated(activation, sum));
      }
    }
    return result;
  }

  /// What lies below position `position` of the kernel at an output place; 0 in the padding.
  static double pixel(const Matrix& image, const Window& window, std::size_t place,
                      std::size_t channel, std::size_t position) {
    const auto row = static_cast<std::int64_t>(place / window.output_columns() * window.stride +
                                               position / window.kernel_columns) -
                     window.padding_rows;
    const auto column = static_cast<std::int64_t>(place % window.output_columns() * window.stride +
                                                  position % window.kernel_columns) -
                        window.padding_columns;
    const bool is_inside =
        row >= 0 && row < window.grid_rows && column >= 0 && column < window.grid_columns;
    if (!is_inside) return 0;
    return image.at(static_cast<std::size_t>(row * window.grid_columns + column), channel);
  }

  /// The heads' outputs side by side; Q's heads from column 0 of `query` on, K's from `key_column`
  /// of `all` on, V's behind them.
  static Matrix attention(const AttentionStep& step, const Matrix& query, const Matrix& all,
                          std::size_t key_column) {
    const std::size_t value_column = key_column + std::size_t{step.heads} * step.key_dim;
    Matrix result{step.queries, std::size_t{step.heads} * step.value_dim, {}};
    for (std::size_t q = 0; q < step.queries; ++q) {
      for (std::size_t h = 0; h < step.heads; ++h) {
        std::vector<double> sums(step.value_dim);
        double total = 0;
        for (std::size_t k = 0; k < step.keys; ++k) {
          double score = 0;
          for (std::size_t f = 0; f < step.key_dim; ++f) {
            score +=
                query.at(q, h * step.key_dim + f) * all.at(k, key_column + h * step.key_dim + f);
          }
          const double weight = std::exp(score / std::sqrt(double{1} * step.key_dim));
          total += weight;
          for (std::size_t f = 0; f < step.value_dim; ++f) {
            sums[f] += weight * all.at(k, value_column + h * step.value_dim + f);
          }
        }
        for (const double sum : sums) {
          result.values.push_back(activated(step.activation, sum / total));
        }
      }
    }
    return result;
  }

  NetworkValues values_;
  Matrix rows_;
};

}  // namespace

void NetworkValues::add(const dnnl::memory& values) {
  const bool is_int8 = values.get_desc().data_type() == dnnl::memory::data_type::s8;
  const std::size_t bytes = values.get_desc().get_size();
  std::vector<double> numbers;
  if (is_int8) {
    const auto* data = static_cast<const std::int8_t*>(values.get_data_handle());
    numbers.assign(data, data + bytes);
  } else {
    const auto* data = static_cast<const float*>(values.get_data_handle());
    numbers.assign(data, data + bytes / sizeof(float));
  }
  values_.push_back({std::move(numbers), is_int8});
}

std::vector<double> NetworkValues::next(std::size_t count, std::size_t fan_in) {
  if (at_end()) throw std::runtime_error("the network has made fewer values");
  Values values = values_[next_++];
  if (values.numbers.size() != count) throw std::runtime_error("values of another shape");
  if (values.is_int8) {
    // Weights in [-64, 63], of root mean square 36.9, stand for those of mean square 1 / fan_in.
    const double unit = 1 / (36.9 * std::sqrt(static_cast<double>(fan_in)));
    for (double& number : values.numbers) number *= unit;
  }
  return values.numbers;
}

std::vector<double> plain_model(const std::vector<DenseStep>& steps, NetworkValues values) {
  PlainModel model(std::move(values));
  for (const DenseStep& step : steps) std::visit(model, step);
  return model.scores();
}

}  // namespace vitcod::test
