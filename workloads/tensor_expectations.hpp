// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "sim/base/errors.hpp"
#include "workloads/number_formats.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// What is expected of the tensors and fields of one operation; each function throws InputError,
/// with the operation's name and the place, if it is otherwise.
class TensorExpectations {
 public:
  TensorExpectations(const Trace& trace, const Operation& operation)
      : trace_(trace), operation_(operation) {}

 protected:
  using Shape = std::vector<std::uint32_t>;

  static constexpr std::uint32_t kCodeBits = 1;
  static constexpr std::uint32_t kBiasBits = 32;
  /// With more of them a sum could leave 32 bits.
  static constexpr std::uint32_t kMaxSummands = 1U << 16;

  void expect_counts(std::size_t inputs, std::size_t outputs) const {
    if (operation_.inputs.size() == inputs && operation_.outputs.size() == outputs) return;
    throw error("", fmt::format("expected {} inputs and {} outputs, found {} and {}", inputs,
                                outputs, operation_.inputs.size(), operation_.outputs.size()));
  }

  void expect_shape(TensorId id, const char* place, const Shape& shape) const {
    const Tensor& tensor = trace_.tensor(id);
    if (tensor.shape == shape) return;
    throw error(place,
                fmt::format("expected shape ({}), found ({}) in \"{}\"", fmt::join(shape, ", "),
                            fmt::join(tensor.shape, ", "), tensor.name));
  }

  /// The values of operands and biases have a width of their own (values.hpp); scores and
  /// probabilities that of the machine's number format.
  void expect_bits(TensorId id, const char* place, std::uint32_t bits) const {
    const Tensor& tensor = trace_.tensor(id);
    if (tensor.bits == bits) return;
    throw error(place, fmt::format("expected elements of {} bits, found {} in \"{}\"", bits,
                                   tensor.bits, tensor.name));
  }

  void expect_operand_or_stream(TensorId id, const char* place) const {
    const Tensor& tensor = trace_.tensor(id);
    if (tensor.bits == kOperandBits || tensor.bits == kStreamBits) return;
    throw error(place, fmt::format("expected elements of {} or {} bits, found {} in \"{}\"",
                                   kOperandBits, kStreamBits, tensor.bits, tensor.name));
  }

  void expect_within(const char* field, std::uint32_t value, Range<std::uint32_t> range) const {
    if (value >= range.min && value <= range.max) return;
    throw error(field,
                fmt::format("{} is out of range; expected {} to {}", value, range.min, range.max));
  }

  void expect_at_most(const char* field, std::uint32_t value, std::uint32_t most) const {
    if (value <= most) return;
    throw error(field, fmt::format("{} is out of range; expected at most {}", value, most));
  }

  /// What a linear layer and one of two experts have in common: at most one of activation and
  /// residual, sums of 32 bits, X of 8.
  void expect_product(const DenseLinear& linear) const {
    if (linear.residual && linear.activation != Activation::kNone) {
      throw error("", "an activation and a residual; expected one of them at most");
    }
    expect_at_most("k", linear.k, kMaxSummands);
    expect_bits(operation_.inputs[0], "inputs/0", kOperandBits);
  }

  /// W, biases and requantisation, from input `first` on.
  void expect_weights(const DenseLinear& linear, std::size_t first) const {
    const auto expect = [&](std::size_t input, const Shape& shape, std::uint32_t bits) {
      const std::string place = fmt::format("inputs/{}", input);
      expect_shape(operation_.inputs[input], place.c_str(), shape);
      expect_bits(operation_.inputs[input], place.c_str(), bits);
    };
    expect(first, {linear.k, linear.n}, kOperandBits);
    expect(first + 1, {linear.n}, kBiasBits);
    expect(first + 2, {linear.n}, kBiasBits);
  }

  /// X of a product whose rows are as they lie.
  void expect_rows(const DenseLinear& linear, TensorId id) const {
    const Tensor& x = trace_.tensor(id);
    const auto [heads, rows, features] = by_heads(id, "inputs/0");
    if (heads * features != linear.k || linear.first_row + std::uint64_t{linear.m} > rows) {
      throw error("inputs/0",
                  fmt::format("expected rows {} to {} of {} features, found ({}) in \"{}\"",
                              linear.first_row, linear.first_row + std::uint64_t{linear.m} - 1,
                              linear.k, fmt::join(x.shape, ", "), x.name));
    }
  }

  /// Y, and the residual, input `residual_input`, that is as wide.
  void expect_result(const DenseLinear& linear, std::size_t residual_input) const {
    const TensorId output = operation_.outputs[0];
    if (!linear.residual) {
      const auto [heads, rows, features] = by_heads(output, "outputs/0");
      if (trace_.tensor(output).bits == kCodeBits) {
        expect_codes(linear, static_cast<std::uint32_t>(features));
      } else {
        expect_bits(output, "outputs/0", kOperandBits);
      }
      if (rows == linear.m && heads * features == linear.n) return;
      const Tensor& y = trace_.tensor(output);
      throw error("outputs/0", fmt::format("expected {} rows of {} features, found ({}) in \"{}\"",
                                           linear.m, linear.n, fmt::join(y.shape, ", "), y.name));
    }
    expect_shape(output, "outputs/0", {linear.m, linear.n});
    expect_operand_or_stream(output, "outputs/0");
    const TensorId residual = operation_.inputs[residual_input];
    Shape shape{linear.m, linear.n};
    if (linear.window && trace_.tensor(residual).shape != shape) {
      shape[0] = linear.window->grid_rows * linear.window->grid_columns;
    }
    const std::string place = fmt::format("inputs/{}", residual_input);
    expect_shape(residual, place.c_str(), shape);
    expect_bits(residual, place.c_str(), trace_.tensor(output).bits);
  }

  /// Rows of codes are whole bytes.
  void expect_whole_bytes(const char* place, std::uint32_t codes) const {
    if (codes % 8 == 0) return;
    throw error(place, fmt::format("{} codes a row; expected a multiple of 8", codes));
  }

  /// Y of codes, so many a row of a head.
  void expect_codes(const DenseLinear& linear, std::uint32_t codes) const {
    if (linear.activation != Activation::kNone) {
      throw error("activation", "expected \"none\" where the results are codes of 1 bit");
    }
    expect_whole_bytes("outputs/0", codes);
  }

  struct ByHeads {
    std::uint64_t heads, rows, features;
  };
  /// (rows, features) is one head.
  ByHeads by_heads(TensorId id, const char* place) const {
    const Tensor& tensor = trace_.tensor(id);
    if (tensor.shape.size() == 2) return {1, tensor.shape[0], tensor.shape[1]};
    if (tensor.shape.size() == 3) return {tensor.shape[0], tensor.shape[1], tensor.shape[2]};
    throw error(place, fmt::format("expected 2 or 3 dimensions, found ({}) in \"{}\"",
                                   fmt::join(tensor.shape, ", "), tensor.name));
  }

  InputError error(const std::string& place, const std::string& message) const {
    return InputError(fmt::format("operation \"{}\"{}{}: {}", operation_.name,
                                  place.empty() ? "" : ", ", place, message));
  }

  const Trace& trace_;
  const Operation& operation_;
};

}  // namespace vitcod
