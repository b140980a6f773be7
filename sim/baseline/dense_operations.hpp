// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "sim/baseline/baseline_file.hpp"
#include "workloads/model_config.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

// The operations of a dense model, batch 1, in the order in which they run. Each takes what the one
// before it made, of `rows` tokens.

/// A convolution of an image, or of a sequence: an image of one row.
struct ConvolutionStep {
  std::uint32_t in_channels, out_channels;
  Window window;
  Activation activation;
};
/// Puts class and distillation tokens before the patches, and adds the embedding of positions.
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
  std::optional<Window> query_window;  ///< of the keys' patches; absent: a query for each key
  std::uint32_t width_in, width_out;
  Activation activation;  ///< between the heads' outputs and the projection
  bool norm;              ///< the input is normalised first
  bool residual;
};
/// Two layers, with the input added to their result.
struct MlpStep {
  std::uint32_t rows, channels, hidden;
  /// How the second layer's rows are gathered from the sequence, and the input's as well, each the
  /// row where its window's step begins; absent: row by row.
  std::optional<Window> window;
  Activation activation;
  bool norm;

  std::uint32_t output_rows() const { return window ? window->output_columns() : rows; }
};
/// Classes, `classifiers` times: each from a prefix token of its own, or all from the mean of the
/// tokens if there is none.
struct ClassifierStep {
  std::uint32_t rows, channels, classes, classifiers;
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

/// The whole model, as scope "model" of a workload has it. With activation "hardswish" (LeViT) the
/// heads' outputs pass the activation; with others (ViT) positions are added to the first tokens,
/// and blocks normalise their inputs, and the last output. Throws InputError if the model does not
/// tell all that lies around its attention blocks.
std::vector<DenseStep> whole_model(const ModelConfig& model);

/// Multiply-accumulates of all products: convolutions, projections, attention, MLPs, classifier.
std::uint64_t macs_of(const std::vector<DenseStep>& steps);
std::uint64_t macs_of(const std::vector<AttentionShape>& shapes);

}  // namespace vitcod
