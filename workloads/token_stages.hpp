// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "workloads/layer_builder.hpp"
#include "workloads/model_config.hpp"
#include "workloads/token_merging.hpp"
#include "workloads/trace.hpp"
#include "workloads/workload_spec.hpp"

namespace vitcod {

/// The tokens of a trace in the making, block after block: selects at the boundaries of a schedule,
/// restricts maps to who is left, and asks the exits. Kept tokens and exits follow from the trace's
/// token seed, which it sets. Without a schedule all tokens stay.
class TokenStages {
 public:
  /// All tokens.
  explicit TokenStages(Trace& trace) : trace_(trace) {}
  /// The schedule of `spec`, if it has one, which passed check_tokens; `spec` must outlive this.
  TokenStages(Trace& trace, const WorkloadSpec& spec);

  /// Whether tokens are selected before this block of the model, or inside it, behind its
  /// attention; and whether the run may end before it.
  bool selects_before(std::uint32_t block) const;
  bool selects_inside(std::uint32_t block) const;
  bool has_exit(std::uint32_t block) const;
  /// Whether tokens are merged inside this block, behind its attention: for EViT's fused token in
  /// place of a selection.
  bool merges_inside(std::uint32_t block) const;
  /// Whether tokens are selected behind the last block, and nothing follows.
  bool selects_behind() const;

  /// Whether the patches behind this block's attention are counted by which budgets of partitions
  /// are divided: behind the first one, of the whole image.
  bool divides_budget_inside(std::uint32_t block) const;

  /// Tokens that are left of `all`, prefix tokens included.
  std::uint32_t num_tokens(std::uint32_t all) const;

  /// Appends the exit test of a boundary, on logits of the class token, (1, classes); true if it is
  /// taken.
  bool append_exit(LayerBuilder& layer, TensorId logits);

  struct Selection {
    TensorId kept, origins;
  };
  /// Appends the selection of the whole image's best patches, of which a host counts those in the
  /// region of each sub-image. All tokens stay.
  void append_budget(LayerBuilder& layer, const ModelConfig& model, const AttentionGroup& group,
                     TensorId keys);

  /// Appends the selection of the next boundary by the attention of a block of `group`, whose keys
  /// are in `keys`. Throws ConfigError at `/tokens/threshold` if no patch is left.
  Selection append_selection(LayerBuilder& layer, const ModelConfig& model,
                             const AttentionGroup& group, TensorId keys);

  struct Merging {
    TensorId members;
    bool has_sizes;  ///< a later match weighs by them
  };
  /// Appends what finds the tokens that are merged by the attention of a block of `group`, whose
  /// keys are in `keys`; then num_tokens() are left.
  Merging append_merging(LayerBuilder& layer, const ModelConfig& model, const AttentionGroup& group,
                         TensorId keys);
  /// The sizes of the merged tokens, for the next match.
  void note_sizes(TensorId sizes) { sizes_ = sizes; }

  /// Adds the map that a block works on, and the one that it is made of if that is another.
  MapId add_map(PolarizedMap map);

 private:
  bool is_boundary(std::uint32_t block) const;
  /// The rule of the next boundary for a selection with its sizes.
  void set_rule(ScoreSelect& select, const ModelConfig& model, const AttentionGroup& group) const;
  std::uint32_t partition_budget(const ModelConfig& model, const AttentionGroup& group) const;
  ScoreSelect selection_of(const ModelConfig& model, const AttentionGroup& group) const;
  TokenMembers append_fused_selection(LayerBuilder& layer, const ModelConfig& model,
                                      const AttentionGroup& group, TensorId keys);
  TokenMembers append_match(LayerBuilder& layer, const AttentionGroup& group, TensorId keys,
                            std::uint32_t tokens);
  void merge(const TokenMembers& members, std::uint32_t tokens);
  PolarizedMap polarized_again(const PolarizedMap& map) const;
  PolarizedMap merged_tokens_map(const PolarizedMap& map) const;
  std::optional<std::uint32_t> theta_d(std::uint32_t left, std::uint32_t before) const;

  Trace& trace_;
  const TokensSpec* tokens_ = nullptr;
  const PolarizationSpec* polarization_ = nullptr;
  std::size_t next_boundary_ = 0;
  std::optional<TensorId> origins_tensor_;
  std::vector<std::uint32_t> origins_;  ///< of the kept tokens, once there was a selection
  /// Once tokens were merged: how many there are, and that which each of the first ones is in.
  std::uint32_t num_merged_ = 0;
  std::vector<std::uint32_t> group_of_;
  std::optional<TensorId> sizes_;
};

}  // namespace vitcod
