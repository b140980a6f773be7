// SPDX-License-Identifier: Apache-2.0
#include "workloads/trace_check.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "sim/base/errors.hpp"
#include "workloads/dynamic_masks.hpp"
#include "workloads/routing_check.hpp"
#include "workloads/tensor_expectations.hpp"
#include "workloads/token_check.hpp"

namespace vitcod {
namespace {

using Shape = std::vector<std::uint32_t>;

/// Checks the tensors and the map of one operation against its kind.
class OperationCheck : private TensorExpectations {
 public:
  using TensorExpectations::TensorExpectations;

  void operator()(const DenseLinear& linear) const { check_linear(linear); }
  void operator()(const LayerNorm& norm) const {
    expect_counts(3, 1);
    const Shape shape{norm.tokens, norm.features};
    expect_shape(operation_.inputs[0], "inputs/0", shape);
    expect_bits(operation_.inputs[0], "inputs/0", kStreamBits);
    for (const auto& [input, place] : {std::pair{1, "inputs/1"}, std::pair{2, "inputs/2"}}) {
      expect_shape(operation_.inputs[input], place, {norm.features});
      expect_bits(operation_.inputs[input], place, kOperandBits);
    }
    expect_shape(operation_.outputs[0], "outputs/0", shape);
    expect_operand_or_stream(operation_.outputs[0], "outputs/0");
    expect_at_most("features", norm.features, kMaxSummands);
  }
  void operator()(const AveragePool& pool) const {
    expect_counts(1, 1);
    expect_shape(operation_.inputs[0], "inputs/0", {pool.tokens, pool.features});
    expect_bits(operation_.inputs[0], "inputs/0", kOperandBits);
    expect_shape(operation_.outputs[0], "outputs/0", {1, pool.features});
    expect_bits(operation_.outputs[0], "outputs/0", kOperandBits);
    expect_at_most("tokens", pool.tokens, kMaxSummands);
  }
  void operator()(const LinearAttention& attention) const {
    expect_counts(4 + (attention.normalise ? 0U : 1U) + (attention.residual ? 1U : 0U),
                  attention.normalise ? 3 : 2);
    check_linear_attention(attention);
    check_attended(attention);
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
  void operator()(const ScoreElementwise& score) const {
    check_scores(score.map);
    if (!(std::abs(score.bias) <= kMostSigmoidBias)) {
      throw error("bias", fmt::format("{} is out of range [{}, {}]", score.bias, -kMostSigmoidBias,
                                      kMostSigmoidBias));
    }
  }
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
  void expect(TensorId id, const char* place, const Shape& shape, std::uint32_t bits) const {
    expect_shape(id, place, shape);
    expect_bits(id, place, bits);
  }

  void check_linear_attention(const LinearAttention& attention) const {
    const auto [heads, queries, keys, width, values] =
        std::tie(attention.heads, attention.queries, attention.keys, attention.features_k,
                 attention.features_v);
    for (const auto& [field, number] :
         {std::pair{"heads", heads}, std::pair{"queries", queries}, std::pair{"keys", keys},
          std::pair{"features_k", width}, std::pair{"features_v", values}}) {
      expect_within(field, number, {1, kMaxSummands});
    }
    expect_at_most("output_shift", attention.output_shift,
                   attention.normalise ? kMostOutputShift : 0);
    if (attention.feature_map != Activation::kNone &&
        attention.feature_map != Activation::kEluPlusOne) {
      throw error("feature_map", "expected \"none\" or \"elu_plus_one\"");
    }
    check_primitive(attention);
    const auto& inputs = operation_.inputs;
    const bool adds = attention.primitive == Primitive::kAdd;
    expect(inputs[0], "inputs/0", {heads, queries, width}, adds ? kCodeBits : kOperandBits);
    expect(inputs[1], "inputs/1", {heads, keys, width}, adds ? kCodeBits : kOperandBits);
    expect(inputs[2], "inputs/2", {heads, keys, values}, kOperandBits);
    expect(inputs[3], "inputs/3", {heads, attention.columns()}, kBiasBits);
    if (!attention.normalise) expect(inputs[4], "inputs/4", {heads, values}, kBiasBits);
    expect(operation_.outputs[1], "outputs/1", {heads, width, values}, kOperandBits);
    if (attention.normalise) {
      expect(operation_.outputs[2], "outputs/2", {heads, width}, kOperandBits);
    }
  }

  void check_primitive(const LinearAttention& attention) const {
    if (attention.primitive == Primitive::kShift) {
      throw error("primitive", "\"shift\"; expected \"multiply\" or \"add\" of linear attention");
    }
    if (attention.primitive == Primitive::kMultiply) return;
    if (attention.feature_map != Activation::kNone || attention.normalise) {
      throw error(
          "primitive",
          "\"add\"; expected no feature map and no normaliser beside it, Q and K are codes");
    }
    expect_whole_bytes("features_k", attention.features_k);
  }

  /// O, and the residual that is as wide.
  void check_attended(const LinearAttention& attention) const {
    const TensorId output = operation_.outputs[0];
    if (!attention.residual) {
      return expect(output, "outputs/0", {attention.heads, attention.queries, attention.features_v},
                    kOperandBits);
    }
    const Shape rows{attention.queries, attention.heads * attention.features_v};
    expect_shape(output, "outputs/0", rows);
    expect_operand_or_stream(output, "outputs/0");
    expect(operation_.inputs.back(), attention.normalise ? "inputs/4" : "inputs/5", rows,
           trace_.tensor(output).bits);
  }

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

  void check_linear(const DenseLinear& linear) const {
    expect_counts(linear.residual ? 5 : 4, 1);
    if (linear.primitive == Primitive::kAdd) {
      throw error("primitive", "\"add\"; expected \"multiply\" or \"shift\" of a linear layer");
    }
    expect_product(linear);
    if (linear.window) {
      check_window(linear, *linear.window);
    } else {
      expect_rows(linear, operation_.inputs[0]);
    }
    expect_weights(linear, 1);
    expect_result(linear, 4);
  }

  void check_window(const DenseLinear& linear, const Window& window) const {
    const auto fits = [&](std::uint32_t grid, std::uint32_t kernel, std::uint32_t padding) {
      return grid >= 1 && kernel >= 1 && padding < kernel &&
             kernel <= grid + 2 * std::uint64_t{padding} && grid <= kMaxSummands &&
             kernel <= kMaxSummands;
    };
    if (!fits(window.grid_rows, window.kernel_rows, window.padding_rows) ||
        !fits(window.grid_columns, window.kernel_columns, window.padding_columns) ||
        window.stride == 0) {
      throw error("window",
                  "expected a stride of at least 1, a grid and a kernel of 1 to 65536, the padding "
                  "smaller than the kernel, and the kernel no larger than the padded grid");
    }
    const std::uint64_t places = std::uint64_t{window.output_rows()} * window.output_columns();
    const std::uint64_t kernel = std::uint64_t{window.kernel_rows} * window.kernel_columns;
    if (places != linear.m || linear.k % kernel != 0 || linear.first_row != 0) {
      throw error("window", fmt::format("expected m of {}, k a multiple of {} and first_row of 0, "
                                        "found {}, {} and {}",
                                        places, kernel, linear.m, linear.k, linear.first_row));
    }
    expect_shape(
        operation_.inputs[0], "inputs/0",
        {window.grid_rows * window.grid_columns, static_cast<std::uint32_t>(linear.k / kernel)});
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
  check_token_operations(trace);
  check_routing(trace);
  check_predictions(trace);
}

}  // namespace vitcod
