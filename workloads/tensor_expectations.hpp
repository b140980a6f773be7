// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "sim/base/errors.hpp"
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

  static constexpr std::uint32_t kOperandBits = 8;
  static constexpr std::uint32_t kStreamBits = 16;
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

  InputError error(const std::string& place, const std::string& message) const {
    return InputError(fmt::format("operation \"{}\"{}{}: {}", operation_.name,
                                  place.empty() ? "" : ", ", place, message));
  }

  const Trace& trace_;
  const Operation& operation_;
};

}  // namespace vitcod
