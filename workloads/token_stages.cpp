// SPDX-License-Identifier: Apache-2.0
#include "workloads/token_stages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/base/errors.hpp"
#include "workloads/hired_budget.hpp"
#include "workloads/map_restriction.hpp"
#include "workloads/number_formats.hpp"
#include "workloads/polarization.hpp"
#include "workloads/token_selection.hpp"
#include "workloads/values.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kNumberBits = 16;

MapId push_map(Trace& trace, PolarizedMap map) {
  trace.maps.push_back(std::move(map));
  return MapId{static_cast<std::uint32_t>(trace.maps.size() - 1)};
}

}  // namespace

TokenStages::TokenStages(Trace& trace, const WorkloadSpec& spec) : TokenStages(trace) {
  if (!spec.tokens) return;
  tokens_ = &*spec.tokens;
  if (spec.polarization) polarization_ = &*spec.polarization;
  trace.token_seed = tokens_->partitions ? partition_seed(tokens_->seed, tokens_->partitions->index)
                                         : tokens_->seed;
}

bool TokenStages::is_boundary(std::uint32_t block) const {
  return tokens_ != nullptr &&
         std::binary_search(tokens_->boundaries.begin(), tokens_->boundaries.end(), block);
}

bool TokenStages::selects_before(std::uint32_t block) const {
  return is_boundary(block) && tokens_->kind != TokensKind::kEvit;
}

bool TokenStages::selects_inside(std::uint32_t block) const {
  return is_boundary(block) && tokens_->kind == TokensKind::kEvit && !tokens_->fuse;
}

bool TokenStages::merges_inside(std::uint32_t block) const {
  if (tokens_ == nullptr) return false;
  if (tokens_->fuse) return is_boundary(block);
  // Of one or two tokens none can be merged.
  return tokens_->kind == TokensKind::kTome && (group_of_.empty() || num_merged_ > 2);
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
  if (!group_of_.empty()) return num_merged_;
  return origins_tensor_ ? static_cast<std::uint32_t>(origins_.size()) : all;
}

bool TokenStages::append_exit(LayerBuilder& layer, TensorId logits) {
  const std::uint32_t classes = trace_.tensor(logits).shape.back();
  ExitTest exit{classes,
                static_cast<std::uint32_t>(std::ceil(tokens_->exits->confidence * kFixedOne)),
                false};
  const TensorId assumed = layer.tensor("assumed_logits", {1, classes}, kOperandBits);
  const TensorId taken = layer.tensor("exit_taken", {1}, kOperandBits);
  layer.operation("exit_test", exit, {assumed, logits}, taken);
  exit.taken = is_exit_taken(exit, operand_values(trace_, assumed));
  trace_.operations.back().params = exit;
  return exit.taken;
}

void TokenStages::set_rule(ScoreSelect& select, const ModelConfig& model,
                           const AttentionGroup& group) const {
  if (tokens_->threshold) {
    select.rule = SelectionRule::kThreshold;
    select.threshold =
        least_score(*tokens_->threshold, select.heads, select.tokens_in - select.prefix_tokens);
    return;
  }
  select.rule = SelectionRule::kTopK;
  select.threshold = tokens_->partitions
                         ? partition_budget(model, group)
                         : tokens_->patches_left(next_boundary_, group.key_grid.num_patches());
}

/// Patches that the workload's partition keeps, by layer 0 of the whole image.
std::uint32_t TokenStages::partition_budget(const ModelConfig& model,
                                            const AttentionGroup& group) const {
  const PartitionsSpec& spec = *tokens_->partitions;
  Trace image;
  image.token_seed = tokens_->seed;
  LayerBuilder layer(image, attention_blocks(model).front().name);
  TokenStages whole(image);
  whole.tokens_ = tokens_;
  whole.append_budget(layer, model, group, TensorId{0});
  const auto& scores = std::get<ScoreSelect>(image.operations.back().params).scores;
  const PartitionTiling tiling{spec.tiling[0], spec.tiling[1]};
  const std::uint32_t budget =
      partition_budgets(tiling, group.key_grid, tokens_->keep_ratio.value_or(1.0), spec.alpha,
                        std::span(scores).subspan(model.prefix_tokens))[spec.index];
  if (budget > 0) return budget;
  throw ConfigError("/tokens/partitions",
                    fmt::format("partition {} gets none of the patches that are kept", spec.index));
}

bool TokenStages::divides_budget_inside(std::uint32_t block) const {
  return block == 0 && tokens_ != nullptr && tokens_->partitions && tokens_->partitions->index == 0;
}

void TokenStages::append_budget(LayerBuilder& layer, const ModelConfig& model,
                                const AttentionGroup& group, TensorId keys) {
  ScoreSelect select = budget_selection(model, group, tokens_->partitions->alpha);
  const TensorId q = layer.tensor("budget_q", {select.heads, 1, select.features}, kOperandBits);
  const TensorId k =
      layer.tensor("budget_k", {select.heads, select.tokens_in, select.features}, kOperandBits);
  layer.operation("budget", select, {q, k, keys}, std::vector<TensorId>{});
  select.scores =
      token_scores(select, operand_values(layer.trace(), q), operand_values(layer.trace(), k));
  select.kept = kept_tokens(select);
  const auto num_kept = static_cast<std::uint32_t>(select.kept.size());
  Operation& operation = layer.trace().operations.back();
  operation.params = std::move(select);
  operation.outputs = {layer.tensor("budget_kept", {num_kept}, kNumberBits),
                       layer.tensor("budget_origins", {num_kept}, kNumberBits)};
}

ScoreSelect TokenStages::selection_of(const ModelConfig& model, const AttentionGroup& group) const {
  ScoreSelect select{
      group.heads, group.key_dim, num_tokens(model.num_keys(group)), model.prefix_tokens, {}, 0, {},
      {}};
  set_rule(select, model, group);
  return select;
}

TokenStages::Selection TokenStages::append_selection(LayerBuilder& layer, const ModelConfig& model,
                                                     const AttentionGroup& group, TensorId keys) {
  ScoreSelect select = selection_of(model, group);
  const std::uint32_t tokens_in = select.tokens_in;
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

TokenMembers TokenStages::append_fused_selection(LayerBuilder& layer, const ModelConfig& model,
                                                 const AttentionGroup& group, TensorId keys) {
  ScoreSelect select = selection_of(model, group);
  const TensorId q = layer.tensor("selection_q", {select.heads, 1, select.features}, kOperandBits);
  const TensorId k =
      layer.tensor("selection_k", {select.heads, select.tokens_in, select.features}, kOperandBits);
  const TensorId members = layer.tensor("members", {2, select.tokens_in}, kNumberBits);
  layer.operation("select", select, {q, k, keys}, members);
  select.scores = token_scores(select, operand_values(trace_, q), operand_values(trace_, k));
  select.kept = kept_tokens(select);
  TokenMembers result = fused_members(select);
  trace_.operations.back().params = std::move(select);
  ++next_boundary_;
  return result;
}

TokenMembers TokenStages::append_match(LayerBuilder& layer, const AttentionGroup& group,
                                       TensorId keys, std::uint32_t tokens) {
  const SimilarityMatch match{tokens, std::min(tokens_->merged, most_merged(tokens)),
                              group.key_dim};
  const TensorId k = layer.tensor("match_k", {group.heads, tokens, group.key_dim}, kOperandBits);
  const TensorId members = layer.tensor("members", {2, tokens}, kNumberBits);
  std::vector<TensorId> inputs{k, keys};
  if (sizes_) inputs.push_back(*sizes_);
  layer.operation("match", match, std::move(inputs), members);
  const Operation reader{};  // behind all operations
  return members_of(trace_, reader, members);
}

void TokenStages::merge(const TokenMembers& members, std::uint32_t tokens) {
  if (group_of_.empty()) {
    group_of_.resize(tokens);
    std::iota(group_of_.begin(), group_of_.end(), 0U);
  }
  std::vector<std::uint32_t> new_number(tokens, 0);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < members.numbers.size(); ++i) {
    new_number[members.numbers[i]] = group;
    group += members.ends[i] ? 1 : 0;
  }
  for (std::uint32_t& of_token : group_of_) of_token = new_number[of_token];
  num_merged_ = group;
}

TokenStages::Merging TokenStages::append_merging(LayerBuilder& layer, const ModelConfig& model,
                                                 const AttentionGroup& group, TensorId keys) {
  const std::uint32_t tokens = num_tokens(model.num_keys(group));
  const bool is_match = tokens_->kind == TokensKind::kTome;
  const TokenMembers members = is_match ? append_match(layer, group, keys, tokens)
                                        : append_fused_selection(layer, model, group, keys);
  const TensorId table = trace_.operations.back().outputs[0];
  merge(members, tokens);
  return {table, is_match};
}

std::optional<std::uint32_t> TokenStages::theta_d(std::uint32_t left, std::uint32_t before) const {
  if (polarization_ == nullptr) return std::nullopt;
  if (!polarization_->theta_d) return polarization_->threshold(left);
  // As many in proportion: a column has no more entries than rows are left.
  return static_cast<std::uint32_t>(std::uint64_t{*polarization_->theta_d} * left / before);
}

PolarizedMap TokenStages::polarized_again(const PolarizedMap& map) const {
  const auto kept = static_cast<std::uint32_t>(origins_.size());
  const PolarizedMap left = restrict_map(map, origins_);
  PolarizedMap result;
  for (const PolarizedHead& head : left.heads) {
    add_head(result, kept_map(head, kept, kept), theta_d(kept, map.num_queries));
  }
  return result;
}

PolarizedMap TokenStages::merged_tokens_map(const PolarizedMap& map) const {
  PolarizedMap result;
  for (const PolarizedHead& head : map.heads) {
    const KeptMap kept = kept_map(head, map.num_queries, map.num_keys);
    add_head(result, merged_map(kept, group_of_, num_merged_),
             theta_d(num_merged_, map.num_queries));
  }
  return result;
}

MapId TokenStages::add_map(PolarizedMap map) {
  if (!group_of_.empty()) return push_map(trace_, merged_tokens_map(map));
  if (!origins_tensor_) return push_map(trace_, std::move(map));
  if (tokens_->maps == RestrictedMaps::kOracle) return push_map(trace_, polarized_again(map));
  PolarizedMap left = restrict_map(map, origins_);
  const MapId source = push_map(trace_, std::move(map));
  const MapId restricted = push_map(trace_, std::move(left));
  trace_.restrictions.push_back({restricted, source, origins_});
  return restricted;
}

}  // namespace vitcod
