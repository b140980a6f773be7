// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <type_traits>

#include "workloads/trace.hpp"

namespace vitcod {

template <typename T, typename... Kinds>
concept OneOf = (std::same_as<std::remove_const_t<T>, Kinds> || ...);

// The fields of each operation kind and their names in trace.json, once for reading and writing:
// visit_fields(params, visit) calls visit(name, field) for each. `Visit` takes std::uint32_t,
// bool, double, MapId, Primitive, Activation, SelectionRule, std::vector<std::uint32_t> and
// std::optional<Window> fields.

template <OneOf<DenseLinear> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("m", p.m);
  visit("k", p.k);
  visit("n", p.n);
  visit("primitive", p.primitive);
  visit("activation", p.activation);
  visit("input_activation", p.input_activation);
  visit("residual", p.residual);
  visit("first_row", p.first_row);
  visit("window", p.window);
}
template <OneOf<Window> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("grid_rows", p.grid_rows);
  visit("grid_columns", p.grid_columns);
  visit("kernel_rows", p.kernel_rows);
  visit("kernel_columns", p.kernel_columns);
  visit("stride", p.stride);
  visit("padding_rows", p.padding_rows);
  visit("padding_columns", p.padding_columns);
}
template <OneOf<LayerNorm, AveragePool> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("tokens", p.tokens);
  visit("features", p.features);
}
template <OneOf<HeadMixEncode, HeadMixDecode> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("heads_in", p.heads_in);
  visit("heads_out", p.heads_out);
  visit("tokens", p.tokens);
  visit("features", p.features);
}
template <OneOf<Sddmm, Spmm> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("map", p.map);
  visit("features", p.features);
}
template <OneOf<RowNormalise> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("map", p.map);
}
template <OneOf<ScoreElementwise> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("map", p.map);
  visit("bias", p.bias);
}
template <OneOf<ScoreSelect> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("heads", p.heads);
  visit("features", p.features);
  visit("tokens_in", p.tokens_in);
  visit("prefix_tokens", p.prefix_tokens);
  visit("rule", p.rule);
  visit("threshold", p.threshold);
  visit("scores", p.scores);
  visit("kept", p.kept);
}
template <OneOf<TokenGather> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("tokens_in", p.tokens_in);
  visit("tokens_out", p.tokens_out);
  visit("features", p.features);
  visit("new_features", p.new_features);
}
template <OneOf<ExitTest> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("classes", p.classes);
  visit("confidence", p.confidence);
  visit("taken", p.taken);
}
template <OneOf<TokenFuse> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("tokens_in", p.tokens_in);
  visit("tokens_out", p.tokens_out);
  visit("features", p.features);
}
template <OneOf<SimilarityMatch> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("tokens", p.tokens);
  visit("merged", p.merged);
  visit("features", p.features);
}
template <OneOf<LiftingStep> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("level", p.level);
  visit("regions", p.regions);
  visit("prefix_tokens", p.prefix_tokens);
  visit("side", p.side);
  visit("channels", p.channels);
}
template <OneOf<LinearAttention> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("heads", p.heads);
  visit("queries", p.queries);
  visit("keys", p.keys);
  visit("features_k", p.features_k);
  visit("features_v", p.features_v);
  visit("feature_map", p.feature_map);
  visit("normalise", p.normalise);
  visit("output_shift", p.output_shift);
  visit("residual", p.residual);
  visit("primitive", p.primitive);
}
template <OneOf<RouterSplit> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("tokens", p.tokens);
  visit("tokens_first", p.tokens_first);
  visit("order", p.order);
}
template <OneOf<RoutedLinear> Params, typename Visit>
void visit_fields(Params& p, Visit&& visit) {
  visit("m", p.m);
  visit("m_first", p.m_first);
  visit("k", p.k);
  visit("n", p.n);
  visit("activation", p.activation);
  visit("input_activation", p.input_activation);
  visit("residual", p.residual);
}

}  // namespace vitcod
