// SPDX-License-Identifier: Apache-2.0
#include "workloads/token_stages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/errors.hpp"
#include "workloads/map_restriction.hpp"
#include "workloads/polarization.hpp"
#include "workloads/token_selection.hpp"
#include "workloads/values.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kOperandBits = 8;
constexpr std::uint32_t kNumberBits = 16;
constexpr double kOne = 65536.0;  ///< 1 in 16 fraction bits

MapId push_map(Trace& trace, PolarizedMap map) {
  trace.maps.push_back(std::move(map));
  return MapId{static_cast<std::uint32_t>(trace.maps.size() - 1)};
}

}  // namespace

TokenStages::TokenStages(Trace& trace, const WorkloadSpec& spec) : TokenStages(trace) {
  if (!spec.tokens) return;
  tokens_ = &*spec.tokens;
  if (spec.polarization) polarization_ = &*spec.polarization;
  trace.token_seed = tokens_->seed;
}

bool TokenStages::is_boundary(std::uint32_t block) const {
  return tokens_ != nullptr &&
         std::binary_search(tokens_->boundaries.begin(), tokens_->boundaries.end(), block);
}

bool TokenStages::selects_before(std::uint32_t block) const {
  return is_boundary(block) && tokens_->kind != TokensKind::kEvit;
}

bool TokenStages::selects_inside(std::uint32_t block) const {
  return is_boundary(block) && tokens_->kind == TokensKind::kEvit;
}

bool TokenStages::has_exit(std::uint32_t block) const {
  if (!is_boundary(block) || !tokens_->exits) return false;
  const auto& chosen = tokens_->exits->boundaries;
  return !chosen || std::binary_search(chosen->begin(), chosen->end(), block);
}

bool TokenStages::selects_behind() const {
  return tokens_ != nullptr && tokens_->kind == TokensKind::kHired;
}

std::uint32_t TokenStages::num_tokens(std::uint32_t all) const {
  return origins_tensor_ ? static_cast<std::uint32_t>(origins_.size()) : all;
}

bool TokenStages::append_exit(LayerBuilder& layer, TensorId logits) {
  const std::uint32_t classes = trace_.tensor(logits).shape.back();
  ExitTest exit{classes, static_cast<std::uint32_t>(std::ceil(tokens_->exits->confidence * kOne)),
                false};
  const TensorId assumed = layer.tensor("assumed_logits", {1, classes}, kOperandBits);
  const TensorId taken = layer.tensor("exit_taken", {1}, kOperandBits);
  layer.operation("exit_test", exit, {assumed, logits}, taken);
  exit.taken = is_exit_taken(exit, operand_values(trace_, assumed));
  trace_.operations.back().params = exit;
  return exit.taken;
}

void TokenStages::set_rule(ScoreSelect& select, std::uint32_t all_patches) const {
  if (tokens_->threshold) {
    select.rule = SelectionRule::kThreshold;
    select.threshold =
        least_score(*tokens_->threshold, select.heads, select.tokens_in - select.prefix_tokens);
  } else {
    select.rule = SelectionRule::kTopK;
    select.threshold = tokens_->patches_left(next_boundary_, all_patches);
  }
}

TokenStages::Selection TokenStages::append_selection(LayerBuilder& layer, const ModelConfig& model,
                                                     const AttentionGroup& group, TensorId keys) {
  const std::uint32_t all = model.num_keys(group), tokens_in = num_tokens(all);
  ScoreSelect select{group.heads, group.key_dim, tokens_in, model.prefix_tokens, {}, 0, {}, {}};
  set_rule(select, group.key_grid.num_patches());
  const TensorId q = layer.tensor("selection_q", {select.heads, 1, select.features}, kOperandBits);
  const TensorId k =
      layer.tensor("selection_k", {select.heads, tokens_in, select.features}, kOperandBits);
  std::vector<TensorId> inputs{q, k, keys};
  if (origins_tensor_) inputs.push_back(*origins_tensor_);
  layer.operation("select", select, std::move(inputs), std::vector<TensorId>{});
  // The values of Q and K follow from the operation that reads them.
  Operation& operation = trace_.operations.back();
  const std::vector<std::uint32_t> origins = input_origins(trace_, operation);
  select.scores = token_scores(select, operand_values(trace_, q), operand_values(trace_, k));
  select.kept = kept_tokens(select);
  if (select.kept.size() == select.prefix_tokens) {
    throw ConfigError(
        "/tokens/threshold",
        fmt::format("{} leaves none of {} patches at boundary {}", tokens_->threshold.value_or(0.0),
                    tokens_in - select.prefix_tokens, tokens_->boundaries[next_boundary_]));
  }
  origins_.clear();
  for (const std::uint32_t token : select.kept) origins_.push_back(origins[token]);
  const auto num_kept = static_cast<std::uint32_t>(select.kept.size());
  const Selection selection{layer.tensor("kept", {num_kept}, kNumberBits),
                            layer.tensor("origins", {num_kept}, kNumberBits)};
  operation.params = std::move(select);
  operation.outputs = {selection.kept, selection.origins};
  origins_tensor_ = selection.origins;
  ++next_boundary_;
  return selection;
}

PolarizedMap TokenStages::polarized_again(const PolarizedMap& map) const {
  std::optional<std::uint32_t> theta_d;
  const auto kept = static_cast<std::uint32_t>(origins_.size());
  if (polarization_ != nullptr && polarization_->theta_d) {
    // As many in proportion: a column has no more entries than rows are left.
    theta_d =
        static_cast<std::uint32_t>(std::uint64_t{*polarization_->theta_d} * kept / map.num_queries);
  } else if (polarization_ != nullptr) {
    theta_d = polarization_->threshold(kept);
  }
  const PolarizedMap left = restrict_map(map, origins_);
  PolarizedMap result;
  for (const PolarizedHead& head : left.heads) {
    add_head(result, kept_map(head, kept, kept), theta_d);
  }
  return result;
}

MapId TokenStages::add_map(PolarizedMap map) {
  if (!origins_tensor_) return push_map(trace_, std::move(map));
  if (tokens_->maps == RestrictedMaps::kOracle) return push_map(trace_, polarized_again(map));
  PolarizedMap left = restrict_map(map, origins_);
  const MapId source = push_map(trace_, std::move(map));
  const MapId restricted = push_map(trace_, std::move(left));
  trace_.restrictions.push_back({restricted, source, origins_});
  return restricted;
}

}  // namespace vitcod
