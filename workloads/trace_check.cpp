// SPDX-License-Identifier: Apache-2.0
#include "workloads/trace_check.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

using Shape = std::vector<std::uint32_t>;

constexpr std::uint32_t kOperandBits = 8;
constexpr std::uint32_t kBiasBits = 32;

/// Checks the tensors and the map of one operation against its kind.
class OperationCheck {
 public:
  OperationCheck(const Trace& trace, const Operation& operation)
      : trace_(trace), operation_(operation) {}

  void operator()(const DenseLinear& linear) const {
    expect_counts(2, 1);
    // Layouts differ (heads may be an axis of their own), so only the numbers of elements count.
    expect_elements(operation_.inputs[0], "inputs/0", linear.m, linear.k);
    expect_elements(operation_.inputs[1], "inputs/1", linear.k, linear.n);
    expect_elements(operation_.outputs[0], "outputs/0", linear.m, linear.n);
  }
  void operator()(const HeadMixEncode& mix) const { check_head_mix(mix); }
  void operator()(const HeadMixDecode& mix) const { check_head_mix(mix); }
  void operator()(const Sddmm& sddmm) const {
    const PolarizedMap& map = trace_.map(sddmm.map);
    expect_counts(2, 1);
    expect_shape(operation_.inputs[0], "inputs/0",
                 {num_heads(map), map.num_queries, sddmm.features});
    expect_shape(operation_.inputs[1], "inputs/1", {num_heads(map), map.num_keys, sddmm.features});
    expect_shape(operation_.outputs[0], "outputs/0", scores(map));
    expect_bits(operation_.inputs[0], "inputs/0", kOperandBits);
    expect_bits(operation_.inputs[1], "inputs/1", kOperandBits);
  }
  void operator()(const RowNormalise& normalise) const { check_scores(normalise.map); }
  void operator()(const ScoreElementwise& score) const { check_scores(score.map); }
  void operator()(const Spmm& spmm) const {
    const PolarizedMap& map = trace_.map(spmm.map);
    expect_counts(2, 1);
    expect_shape(operation_.inputs[0], "inputs/0", scores(map));
    expect_shape(operation_.inputs[1], "inputs/1", {num_heads(map), map.num_keys, spmm.features});
    expect_shape(operation_.outputs[0], "outputs/0",
                 {num_heads(map), map.num_queries, spmm.features});
    expect_bits(operation_.inputs[1], "inputs/1", kOperandBits);
    expect_bits(operation_.outputs[0], "outputs/0", kOperandBits);
  }
  template <typename Other>
  void operator()(const Other&) const {}

 private:
  template <typename HeadMix>
  void check_head_mix(const HeadMix& mix) const {
    expect_counts(3, 1);
    expect_shape(operation_.inputs[0], "inputs/0", {mix.heads_in, mix.tokens, mix.features});
    expect_shape(operation_.inputs[1], "inputs/1", {mix.heads_in, mix.heads_out});
    expect_shape(operation_.inputs[2], "inputs/2", {mix.heads_out});
    expect_shape(operation_.outputs[0], "outputs/0", {mix.heads_out, mix.tokens, mix.features});
    expect_bits(operation_.inputs[0], "inputs/0", kOperandBits);
    expect_bits(operation_.inputs[1], "inputs/1", kOperandBits);
    expect_bits(operation_.inputs[2], "inputs/2", kBiasBits);
    expect_bits(operation_.outputs[0], "outputs/0", kOperandBits);
  }

  void check_scores(MapId id) const {
    expect_counts(1, 1);
    expect_shape(operation_.inputs[0], "inputs/0", scores(trace_.map(id)));
    expect_shape(operation_.outputs[0], "outputs/0", scores(trace_.map(id)));
  }

  static std::uint32_t num_heads(const PolarizedMap& map) {
    return static_cast<std::uint32_t>(map.heads.size());
  }
  static Shape scores(const PolarizedMap& map) {
    return {num_heads(map), map.num_queries, map.num_keys};
  }

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

  void expect_elements(TensorId id, const char* place, std::uint64_t rows,
                       std::uint64_t columns) const {
    const Tensor& tensor = trace_.tensor(id);
    if (tensor.num_elements() == rows * columns) return;
    throw error(place, fmt::format("expected {} x {} elements, found {} in \"{}\"", rows, columns,
                                   tensor.num_elements(), tensor.name));
  }

  InputError error(const std::string& place, const std::string& message) const {
    return InputError(fmt::format("operation \"{}\"{}{}: {}", operation_.name,
                                  place.empty() ? "" : ", ", place, message));
  }

  const Trace& trace_;
  const Operation& operation_;
};

/// Each tensor has at most one producer, and nobody reads it before.
void check_order(const Trace& trace) {
  std::vector<const Operation*> producers(trace.tensors.size(), nullptr);
  for (const Operation& operation : trace.operations) {
    for (const TensorId id : operation.outputs) {
      const Operation*& producer = producers[static_cast<std::uint32_t>(id)];
      if (producer != nullptr) {
        throw InputError(fmt::format("operation \"{}\": \"{}\" already comes from \"{}\"",
                                     operation.name, trace.tensor(id).name, producer->name));
      }
      producer = &operation;
    }
  }
  for (const Operation& operation : trace.operations) {
    for (const TensorId id : operation.inputs) {
      const Operation* producer = producers[static_cast<std::uint32_t>(id)];
      if (producer == nullptr || producer < &operation) continue;
      throw InputError(fmt::format("operation \"{}\": reads \"{}\" before \"{}\" produces it",
                                   operation.name, trace.tensor(id).name, producer->name));
    }
  }
}

/// The map of a step of attention.
struct MapOf {
  std::optional<MapId> operator()(const Sddmm& step) const { return step.map; }
  std::optional<MapId> operator()(const RowNormalise& step) const { return step.map; }
  std::optional<MapId> operator()(const ScoreElementwise& step) const { return step.map; }
  std::optional<MapId> operator()(const Spmm& step) const { return step.map; }
  template <typename Other>
  std::optional<MapId> operator()(const Other&) const {
    return std::nullopt;
  }
};

/// Scores exist where their map keeps entries, so those who read them must mean the same map.
void check_maps(const Trace& trace) {
  std::vector<std::optional<MapId>> written(trace.tensors.size());
  for (const Operation& operation : trace.operations) {
    const std::optional<MapId> map = std::visit(MapOf(), operation.params);
    if (!map) continue;
    const TensorId read = operation.inputs[0];
    const auto& of_input = written[static_cast<std::uint32_t>(read)];
    if (of_input && *of_input != *map) {
      throw InputError(
          fmt::format("operation \"{}\": map {} is not the map {} of \"{}\", which it reads",
                      operation.name, static_cast<std::uint32_t>(*map),
                      static_cast<std::uint32_t>(*of_input), trace.tensor(read).name));
    }
    if (!std::holds_alternative<Spmm>(operation.params)) {
      written[static_cast<std::uint32_t>(operation.outputs[0])] = map;
    }
  }
}

}  // namespace

void check_trace(const Trace& trace) {
  check_order(trace);
  for (const Operation& operation : trace.operations) {
    std::visit(OperationCheck(trace, operation), operation.params);
  }
  check_maps(trace);
}

}  // namespace vitcod
