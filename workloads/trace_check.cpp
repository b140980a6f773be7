// SPDX-License-Identifier: Apache-2.0
#include "workloads/trace_check.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

using Shape = std::vector<std::uint32_t>;

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

}  // namespace

void check_trace(const Trace& trace) {
  check_order(trace);
  for (const Operation& operation : trace.operations) {
    std::visit(OperationCheck(trace, operation), operation.params);
  }
}

}  // namespace vitcod
