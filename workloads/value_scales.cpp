// SPDX-License-Identifier: Apache-2.0
#include "workloads/value_scales.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/base/det_math.hpp"
#include "workloads/number_formats.hpp"

namespace vitcod {
namespace {

constexpr double kOperandRms = 32.0;
constexpr double kStreamRms = 256.0;
/// Small against the 8 bits of the stream that it is added to, which grows with every block.
constexpr double kNarrowBranchRms = 8.0;
/// Means of values, of which some are alike: in whole models between 0.4 (the first block of DeiT)
/// and 1 (late blocks of LeViT) of the values' own root mean square.
constexpr double kAttentionShare = 0.85;
constexpr double kLiftingGain = 1.17;
constexpr double kGatherFactor = 8.0;       ///< an operand's 32 are 256 of the stream
constexpr double kStreamNormFactor = 16.0;  ///< four more fraction bits
/// Of the inner matrix of linear attention.
constexpr double kInnerRms = 32.0;
/// Of the sums beside it, which are all about as large.
constexpr double kSumsMean = 64.0;

/// Root mean square of f(x) for normal x, both in steps of 1/32. GELU: E[(x Phi(x))^2] is 1/3 +
/// 1/(2 pi sqrt(3)) at deviation 1, and taken in proportion elsewhere; hardswish between its bends:
/// E[(x (x + 3) / 6)^2].
double activated_rms(Activation activation, double rms) {
  const double square = rms * rms / (kOperandRms * kOperandRms);
  switch (activation) {
    case Activation::kNone:
      return rms;
    case Activation::kGelu:
      return rms * 0.6521;
    case Activation::kHardswish:
      return rms * std::sqrt((3.0 * square + 9.0) / 36.0);
    case Activation::kRelu:
      return rms * std::sqrt(0.5);
    case Activation::kEluPlusOne:
      // E[(x + 1)^2] from 0 on and E[e^2x] below: 1.966 at deviation 1.
      return kOperandRms * std::sqrt(0.966 * square + 1.0);
  }
  return rms;
}

/// Mean of f(x) likewise. x + 1 from 0 on and e^x below: 1.1605 at deviation 1.
double activated_mean(Activation activation, double rms) {
  return activation == Activation::kEluPlusOne ? 0.1605 * rms + kOperandRms : 0.0;
}

const Operation* producer_of(const Trace& trace, TensorId tensor) {
  for (const Operation& operation : trace.operations) {
    for (const TensorId output : operation.outputs) {
      if (output == tensor) return &operation;
    }
  }
  return nullptr;
}

/// A linear layer, of one expert or two.
struct Product {
  explicit Product(const Operation& operation) {
    if (const auto* linear = std::get_if<DenseLinear>(&operation.params)) {
      take(*linear, operation, 4);
    } else {
      take(std::get<RoutedLinear>(operation.params), operation, 8);
    }
  }

  std::uint32_t features = 0;
  Activation activation{}, input_activation{};
  std::optional<TensorId> residual;

 private:
  template <typename Linear>
  void take(const Linear& linear, const Operation& operation, std::size_t residual_input) {
    features = linear.k;
    activation = linear.activation;
    input_activation = linear.input_activation;
    if (linear.residual) residual = operation.inputs[residual_input];
  }
};

/// What the requantisation of a linear layer aims at.
double product_rms(const Trace& trace, const Operation& operation) {
  if (trace.tensor(operation.outputs[0]).bits > kOperandBits) return kStreamRms;
  return Product(operation).residual ? kNarrowBranchRms : kOperandRms;
}

/// What linear attention aims at, before a residual.
double attended_rms(const Trace& trace, const Operation& operation) {
  return trace.tensor(operation.outputs[0]).bits > kOperandBits ? kStreamRms : kOperandRms;
}

struct OutputRms {
  const Trace& trace;
  const Operation& operation;

  double operator()(const DenseLinear&) const { return linear(); }
  double operator()(const RoutedLinear&) const { return linear(); }
  double operator()(const LinearAttention& attention) const {
    const double attended = attended_rms(trace, operation);
    if (!attention.residual) return attended;
    const double residual = expected_rms(trace, operation.inputs.back());
    return std::sqrt(attended * attended + residual * residual);
  }
  double operator()(const LayerNorm&) const {
    const bool is_stream = trace.tensor(operation.outputs[0]).bits > kOperandBits;
    return (is_stream ? kStreamNormFactor : 1.0) * std::sqrt(32.0 * 32.0 + 2.0 * 4.0 * 4.0);
  }
  double operator()(const Spmm&) const {
    const double values = expected_rms(trace, operation.inputs[1]);
    const Operation* weights = producer_of(trace, operation.inputs[0]);
    const auto* sigmoid =
        weights != nullptr ? std::get_if<ScoreElementwise>(&weights->params) : nullptr;
    if (sigmoid == nullptr) return kAttentionShare * values;
    // What a row's weights sum to, in place of 1: sigmoid is exp(x + bias) where it is small, and
    // E[exp(x)] is the root of e for scores of deviation 1.
    const double kept = std::max(1.0, kept_a_row(trace.map(sigmoid->map)));
    return kAttentionShare * kept * std::min(1.0, det_exp(sigmoid->bias + 0.5)) * values;
  }
  double operator()(const LiftingStep& lift) const {
    double rms = expected_rms(trace, operation.inputs[0]);
    for (std::uint32_t level = 0; level < lift.level; ++level) rms *= kLiftingGain;
    return rms;
  }
  double operator()(const TokenGather& gather) const {
    const double kept = expected_rms(trace, operation.inputs[0]);
    if (gather.new_features == 0) return kept;
    const double grown = kGatherFactor * expected_rms(trace, operation.inputs[2]);
    const double share =
        gather.new_features / (double{1.0} * gather.features + gather.new_features);
    return std::sqrt((1.0 - share) * kept * kept + share * grown * grown);
  }
  double operator()(const TokenFuse&) const { return expected_rms(trace, operation.inputs[0]); }
  double operator()(const AveragePool&) const { return expected_rms(trace, operation.inputs[0]); }
  template <typename Other>
  double operator()(const Other&) const {
    return kOperandRms;
  }

  double linear() const {
    const Product linear(operation);
    const double product = product_rms(trace, operation);
    if (!linear.residual) return activated_rms(linear.activation, product);
    const double residual = expected_rms(trace, *linear.residual);
    return std::sqrt(product * product + residual * residual);
  }
};

}  // namespace

double expected_rms(const Trace& trace, TensorId tensor) {
  const Operation* producer = producer_of(trace, tensor);
  if (producer != nullptr) return std::visit(OutputRms{trace, *producer}, producer->params);
  return trace.tensor(tensor).bits > kOperandBits ? kStreamRms : kOperandRms;
}

double requantisation_scale(const Trace& trace, const Operation& operation) {
  const Product linear(operation);
  const double input =
      activated_rms(linear.input_activation, expected_rms(trace, operation.inputs[0]));
  return product_rms(trace, operation) /
         (std::sqrt(double{1.0} * linear.features) * input * kOperandRms);
}

namespace {

/// What V or A is multiplied with, or added by.
struct Factor {
  double rms = 0.0, mean = 0.0;
};

/// f of what has such a root mean square.
Factor mapped(Activation map, double rms) {
  return {activated_rms(map, rms), activated_mean(map, rms)};
}

/// A code, whose bits are 1 as often as 0.
constexpr Factor kCode{0.70710678, 0.5};

/// Root mean square of f(Q) A, for A of one, with so many features: those of A, sums over the same
/// V, are alike by as much as f(K) has a mean.
double product_with_inner(const Factor& query, std::uint32_t features) {
  const double root = query.rms, mean = query.mean;
  const double alike = mean * mean / (root * root), number = features;
  return std::sqrt(number * root * root + alike * number * (number - 1.0) * mean * mean);
}

}  // namespace

LinearAttentionScales linear_attention_scales(const Trace& trace, const Operation& operation) {
  const auto& attention = std::get<LinearAttention>(operation.params);
  const auto factor = [&](std::size_t input) {
    if (attention.primitive == Primitive::kAdd) return kCode;
    return mapped(attention.feature_map, expected_rms(trace, operation.inputs[input]));
  };
  const Factor key = factor(1);
  const double keys = attention.keys, values = expected_rms(trace, operation.inputs[2]);
  const double mean = attention.primitive == Primitive::kAdd
                          ? kCode.mean
                          : activated_mean(attention.feature_map, kOperandRms);
  LinearAttentionScales scales;
  // Of V that operations make, tokens are alike, as what attention takes the means of.
  const bool is_made = producer_of(trace, operation.inputs[2]) != nullptr;
  const double alike = is_made ? kAttentionShare * kAttentionShare : 0.0;
  const double sums =
      std::sqrt(alike * keys * keys * mean * mean + (1.0 - alike) * keys * key.rms * key.rms);
  scales.inner = kInnerRms / (sums * values);
  scales.sums = kSumsMean / (keys * (mean > 0.0 ? mean : key.rms));
  scales.output = attended_rms(trace, operation) /
                  (kInnerRms * product_with_inner(factor(0), attention.features_k));
  return scales;
}

std::uint32_t linear_attention_shift(std::uint32_t features, bool to_stream) {
  const double mean = activated_mean(Activation::kEluPlusOne, kOperandRms);
  const double quotient =
      kInnerRms * product_with_inner(mapped(Activation::kEluPlusOne, kOperandRms), features) /
      (features * mean * kSumsMean);
  std::uint32_t shift = 0;
  for (double rms = quotient; shift < kMostOutputShift; ++shift, rms *= 2.0) {
    if (rms * std::sqrt(2.0) >= (to_stream ? kStreamRms : kOperandRms)) break;
  }
  return shift;
}

}  // namespace vitcod
