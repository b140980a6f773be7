// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "sim/baseline/baseline_file.hpp"
#include "workloads/model_config.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

// The operations of a dense model, batch 1, in the order in which they run. Each takes what the one
// before it made, of `rows` tokens.

/// A convolution of a square image, padded so that the output has ceil(side / stride) rows.
struct ConvolutionStep {
  std::uint32_t in_channels, out_channels, side, kernel, stride;
  Activation activation;
};
/// Adds the class and distillation tokens before the patches.
struct PrefixStep {
  std::uint32_t patches, prefix_tokens, channels;
};
struct NormStep {
  std::uint32_t rows, channels;
};
/// Q, K and V from the block's input, attention, the activation of its result, the projection, and
/// the block's input added if `residual`.
struct AttentionStep {
  std::uint32_t heads, queries, keys, key_dim, value_dim;
  std::uint32_t key_side;  ///< rows and columns of the keys' patches, where there are fewer queries
  std::uint32_t
      query_stride;  ///< a query for so many rows and columns of them; 1: one for each key
  std::uint32_t width_in, width_out;
  Activation activation;  ///< between the heads' outputs and the projection
  bool norm;              ///< the input is normalised first
  bool residual;
};
/// Two layers, with the input added to their result.
struct MlpStep {
  std::uint32_t rows, channels, hidden;
  Activation activation;
  bool norm;
};
/// Classes from the class token, or from the mean of all tokens if there is none.
struct ClassifierStep {
  std::uint32_t rows, channels, classes;
  bool from_mean;
};

using DenseStep =
    std::variant<ConvolutionStep, PrefixStep, NormStep, AttentionStep, MlpStep, ClassifierStep>;

/// One attention block alone: from Q, K and V to the heads' outputs.
struct AttentionShape {
  std::uint32_t heads, queries, keys, key_dim, value_dim;

  std::uint64_t macs() const {
    return std::uint64_t{heads} * queries * keys * (std::uint64_t{key_dim} + value_dim);
  }
  bool operator==(const AttentionShape&) const = default;
};

/// The attention of all blocks of the model, every entry kept.
std::vector<AttentionShape> attention_shapes(const ModelConfig& model);

/// The whole model. With activation "gelu" blocks normalise their inputs, and the last output
/// (ViT); with "hardswish" they do not, and the heads' outputs pass the activation (LeViT). Throws
/// InputError if the model does not tell its stem, classes, activation and widths, has an
/// activation of another name, or parts that no step stands for.
std::vector<DenseStep> whole_model(const ModelConfig& model);

/// Multiply-accumulates of all products: convolutions, projections, attention, MLPs, classifier.
std::uint64_t macs_of(const std::vector<DenseStep>& steps);
std::uint64_t macs_of(const std::vector<AttentionShape>& shapes);

}  // namespace vitcod
