// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workloads/model_config.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Throws ConfigError at `/model` unless the model tells all that lies around its attention blocks
/// (stem, image, activation, widths, MLPs, classes), and the parts fit together.
void check_whole_model(const ModelConfig& model);

/// Throws ConfigError at `/layers` unless the model, which passes check_whole_model, is one with
/// these of its attention blocks alone: each reads as many tokens and features as come to it.
void check_chosen_blocks(const ModelConfig& model, const std::vector<std::uint32_t>& blocks);

/// One linear layer of the stem: its product of (rows, features) and (features, channels).
struct StemStep {
  std::string name;        ///< of the operation
  std::string input_name;  ///< of the tensor that it reads
  std::vector<std::uint32_t> input_shape;
  std::uint32_t rows = 0;
  std::uint32_t features = 0;
  std::uint32_t channels = 0;
  std::optional<Window> window;  ///< absent: the input has the rows
};

/// What follows from the shapes of a model that passes check_whole_model.
class ModelShape {
 public:
  explicit ModelShape(const ModelConfig& model) : model_(model) {}

  Activation activation() const;
  /// Whether blocks normalise their inputs (ViT), or have that folded into their weights (LeViT).
  bool has_norms() const { return activation() != Activation::kHardswish; }

  /// Whether the stem embeds patches: one layer whose stride is its kernel. Other stems are
  /// convolutions with half a kernel of padding.
  bool embeds_patches() const;

  /// From the image, (pixels, channels), or its patches, (tokens, features of a patch), to the
  /// first tokens.
  std::vector<StemStep> stem_steps() const;

  /// How the rows of the MLP's second layer are gathered; absent where they are not.
  static std::optional<Window> mlp_window(const AttentionGroup& group);

  /// The patches that a block leaves.
  static TokenGrid output_grid(const AttentionGroup& group);

  /// How the rows of Q are gathered from those of K; absent where there is a query a key.
  std::optional<Window> query_window(const AttentionGroup& group) const;

 private:
  const ModelConfig& model_;
};

}  // namespace vitcod
