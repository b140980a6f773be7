// SPDX-License-Identifier: Apache-2.0
#include "workloads/token_info.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "workloads/number_formats.hpp"
#include "workloads/token_merging.hpp"

namespace vitcod {
namespace {

/// Equal neighbours together: "197 x 3, 138 x 3".
std::string schedule_text(const std::vector<LayerTokens>& layers) {
  std::string text;
  for (std::size_t i = 0; i < layers.size();) {
    std::size_t end = i;
    while (end < layers.size() && layers[end].tokens == layers[i].tokens) ++end;
    text += fmt::format("{}{} x {}", i == 0 ? "" : ", ", layers[i].tokens, end - i);
    i = end;
  }
  return text;
}

std::string rule_text(const ScoreSelect& select) {
  if (select.rule == SelectionRule::kTopK) return fmt::format("highest {}", select.threshold);
  return fmt::format("score of {:.5f} or more",
                     double(select.threshold) / kFixedOne / select.heads);
}

std::string line_of(const std::string& layer, const ScoreSelect& select, bool fuses) {
  const std::size_t left = select.kept.size() + (fuses ? 1 : 0);
  return fmt::format("{:<12} {:>8} {:>8} {:>7.1f}%   {}{}\n", layer, select.tokens_in, left,
                     100.0 * static_cast<double>(left) / select.tokens_in, rule_text(select),
                     fuses ? ", the others fused" : "");
}

std::string line_of(const std::string& layer, const SimilarityMatch& match) {
  const std::uint32_t left = match.tokens - match.merged;
  return fmt::format("{:<12} {:>8} {:>8} {:>7.1f}%   {} pairs of like keys merged\n", layer,
                     match.tokens, left, 100.0 * left / match.tokens, match.merged);
}

std::string line_of(const std::string& layer, const ExitTest& exit) {
  return fmt::format("{:<12} exit at a confidence of {:.3f}: {}\n", layer,
                     double(exit.confidence) / kFixedOne, exit.taken ? "taken" : "not taken");
}

}  // namespace

std::vector<LayerTokens> tokens_by_layer(const Trace& trace) {
  std::vector<LayerTokens> layers;
  for (const Operation& operation : trace.operations) {
    const auto* sddmm = std::get_if<Sddmm>(&operation.params);
    if (sddmm == nullptr) continue;
    bool is_restricted = false;
    for (const MapRestriction& restriction : trace.restrictions) {
      is_restricted = is_restricted || restriction.map == sddmm->map;
    }
    layers.push_back(
        {trace.layers[operation.layer].name, trace.map(sddmm->map).num_queries, is_restricted});
  }
  return layers;
}

bool has_token_schedule(const Trace& trace) {
  for (const Operation& operation : trace.operations) {
    if (std::holds_alternative<ScoreSelect>(operation.params) ||
        std::holds_alternative<SimilarityMatch>(operation.params) ||
        std::holds_alternative<ExitTest>(operation.params)) {
      return true;
    }
  }
  return false;
}

std::string token_lines(const Trace& trace) {
  if (!has_token_schedule(trace)) return {};
  const std::vector<LayerTokens> layers = tokens_by_layer(trace);
  std::size_t num_restricted = 0;
  for (const LayerTokens& layer : layers) num_restricted += layer.is_restricted ? 1 : 0;
  std::string text = fmt::format(
      "\ntokens by layer: {}\nmaps restricted to kept tokens, in their offline order: {}\n"
      "{:<12} {:>8} {:>8} {:>8}   {}\n",
      schedule_text(layers), num_restricted, "in", "tokens", "kept", "", "rule");
  for (const Operation& operation : trace.operations) {
    const std::string& layer = trace.layers[operation.layer].name;
    if (const auto* select = std::get_if<ScoreSelect>(&operation.params)) {
      text += line_of(layer, *select, has_fused_token(operation));
    }
    if (const auto* match = std::get_if<SimilarityMatch>(&operation.params)) {
      text += line_of(layer, *match);
    }
    if (const auto* exit = std::get_if<ExitTest>(&operation.params)) text += line_of(layer, *exit);
  }
  return text;
}

Json tokens_json(const Trace& trace) {
  if (!has_token_schedule(trace)) return nullptr;
  Json layers = Json::array(), selections = Json::array(), exits = Json::array();
  for (const LayerTokens& layer : tokens_by_layer(trace)) {
    layers.push_back(
        {{"name", layer.layer}, {"tokens", layer.tokens}, {"restricted_map", layer.is_restricted}});
  }
  for (const Operation& operation : trace.operations) {
    const std::string& layer = trace.layers[operation.layer].name;
    if (const auto* select = std::get_if<ScoreSelect>(&operation.params)) {
      selections.push_back({{"layer", layer},
                            {"tokens_in", select->tokens_in},
                            {"kept", select->kept.size() + (has_fused_token(operation) ? 1 : 0)},
                            {"rule", select->rule == SelectionRule::kTopK ? "top_k" : "threshold"},
                            {"threshold", select->threshold}});
    }
    if (const auto* match = std::get_if<SimilarityMatch>(&operation.params)) {
      selections.push_back({{"layer", layer},
                            {"tokens_in", match->tokens},
                            {"kept", match->tokens - match->merged},
                            {"rule", "similarity"},
                            {"threshold", match->merged}});
    }
    if (const auto* exit = std::get_if<ExitTest>(&operation.params)) {
      exits.push_back({{"layer", layer},
                       {"confidence", double(exit->confidence) / kFixedOne},
                       {"taken", exit->taken}});
    }
  }
  return {{"layers", layers}, {"selections", selections}, {"exits", exits}};
}

}  // namespace vitcod
