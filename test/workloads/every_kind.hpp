// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "test/workloads/workload_fixtures.hpp"
#include "workloads/map_restriction.hpp"
#include "workloads/polarization.hpp"
#include "workloads/routing.hpp"
#include "workloads/token_selection.hpp"
#include "workloads/trace.hpp"
#include "workloads/values.hpp"

namespace vitcod::test {

/// Gives selections and exits what follows from their values: a threshold keeps two patch tokens,
/// and an exit is just taken.
inline void decide(Trace& trace) {
  for (Operation& operation : trace.operations) {
    if (auto* select = std::get_if<ScoreSelect>(&operation.params)) {
      select->scores = token_scores(*select, operand_values(trace, operation.inputs[0]),
                                    operand_values(trace, operation.inputs[1]));
      if (select->rule == SelectionRule::kThreshold) {
        std::vector<std::uint32_t> scores(select->scores.begin() + select->prefix_tokens,
                                          select->scores.end());
        std::sort(scores.rbegin(), scores.rend());
        select->threshold = scores[1];
      }
      select->kept = kept_tokens(*select);
    }
    if (auto* split = std::get_if<RouterSplit>(&operation.params)) {
      split->order = routing_of(operand_values(trace, operation.inputs[0])).order;
    }
    if (auto* exit = std::get_if<ExitTest>(&operation.params)) {
      exit->confidence = exit_confidence(operand_values(trace, operation.inputs[0]));
    }
  }
}

/// A trace with one operation of every kind, no two fields alike. Tensors have the shapes that
/// check_trace asks for.
inline Trace every_kind() {
  Trace trace;
  trace.name = "every kind";
  trace.provenance = R"({"made":"by hand","list":[1,2.5,null]})";
  trace.value_seed = 0xfedcba9876543210U;
  trace.layers = {{"first"}, {"second"}};
  std::mt19937_64 engine(1);
  HeadMaps heads;
  for (int head = 0; head < 3; ++head) heads.push_back(random_map(engine, 5, 7, 0.4));
  trace.maps = {polarize_heads(heads, 2), polarize_heads({KeptMap(2, 2, true)}, 0),
                polarize_heads({KeptMap(4, 1)}, std::nullopt)};
  const auto tensor = [&trace](const std::string& name, std::vector<std::uint32_t> shape,
                               std::uint32_t bits = 8) {
    trace.tensors.push_back({name, std::move(shape), bits});
    return TensorId{static_cast<std::uint32_t>(trace.tensors.size() - 1)};
  };
  const auto add = [&trace](OperationParams params, std::vector<TensorId> inputs,
                            std::vector<TensorId> outputs) {
    const std::string name = "op" + std::to_string(trace.operations.size());
    trace.operations.push_back({name, static_cast<std::uint32_t>(trace.operations.size() % 2),
                                std::move(params), std::move(inputs), std::move(outputs)});
  };
  const auto linear = [&](DenseLinear params, TensorId x, const std::string& name,
                          std::vector<TensorId> residual, TensorId y) {
    std::vector<TensorId> inputs{x, tensor(name + "w", {params.k, params.n}),
                                 tensor(name + "b", {params.n}, 32),
                                 tensor(name + "r", {params.n}, 32)};
    inputs.insert(inputs.end(), residual.begin(), residual.end());
    add(params, std::move(inputs), {y});
  };
  const TensorId x = tensor("x", {2, 5, 4}), y = tensor("y", {3, 4, 2});
  linear({4, 8, 6, Primitive::kShift, Activation::kGelu, Activation::kHardswish, false, 1, {}}, x,
         "", {}, y);
  add(HeadMixEncode{3, 2, 5, 6},
      {tensor("e", {3, 5, 6}), tensor("ew", {3, 2}), tensor("eb", {2}, 32)},
      {tensor("e_out", {2, 5, 6})});
  const TensorId q = tensor("q", {3, 5, 6});
  add(HeadMixDecode{2, 3, 5, 6},
      {tensor("d", {2, 5, 6}), tensor("dw", {2, 3}), tensor("db", {3}, 32)}, {q});
  const TensorId scores = tensor("s", {3, 5, 7}, 32);
  add(Sddmm{MapId{0}, 6}, {q, tensor("k", {3, 7, 6})}, {scores});
  const TensorId probabilities = tensor("p", {3, 5, 7}, 16);
  add(RowNormalise{MapId{0}}, {scores}, {probabilities});
  add(ScoreElementwise{MapId{1}, -5.283203723}, {tensor("s1", {1, 2, 2})},
      {tensor("p1", {1, 2, 2})});
  add(Spmm{MapId{0}, 9}, {probabilities, tensor("v", {3, 7, 9})}, {tensor("o", {3, 5, 9})});
  const auto kept = [&](const std::string& name, std::uint32_t count) {
    return std::vector<TensorId>{tensor(name, {count}, 16), tensor(name + "_origins", {count}, 16)};
  };
  const auto first = kept("kept", 4);
  add(ScoreSelect{3, 6, 5, 1, SelectionRule::kTopK, 3, {}, {}},
      {tensor("cls_q", {3, 1, 6}), tensor("cls_k", {3, 5, 6}), q}, first);
  const TensorId members = tensor("members", {2, 7}, 16);
  add(SimilarityMatch{7, 2, 6}, {tensor("match_k", {3, 7, 6}), q}, {members});
  add(TokenFuse{7, 5, 9}, {tensor("merging", {7, 9}, 16), members},
      {tensor("merged", {5, 9}, 16), tensor("sizes", {5}, 16)});
  const TensorId lifted = tensor("lifted", {4, 36});
  add(LiftingStep{2, 3, 1, 8, 3},
      {tensor("samples", {4, 192}), first[1], tensor("taps", {2, 2, 4})}, {lifted});
  add(TokenGather{5, 4, 7, 36}, {tensor("dropping", {5, 7}, 16), first[0], lifted},
      {tensor("grown", {4, 43}, 16)});
  const TensorId added = tensor("added", {5, 6}, 16);
  add(LinearAttention{2, 5, 6, 4, 3, Activation::kEluPlusOne, true, 7, true, Primitive::kMultiply},
      {tensor("process_q", {2, 5, 4}), tensor("memory_k", {2, 6, 4}), tensor("memory_v", {2, 6, 3}),
       tensor("inner_words", {2, 4}, 32), added},
      {tensor("read", {5, 6}, 16), tensor("inner", {2, 4, 3}), tensor("sums", {2, 4})});
  add(LinearAttention{3, 7, 8, 16, 5, Activation::kNone, false, 0, false, Primitive::kAdd},
      {tensor("q_codes", {3, 7, 16}, 1), tensor("k_codes", {3, 8, 16}, 1),
       tensor("coded_v", {3, 8, 5}), tensor("a_words", {3, 5}, 32), tensor("o_words", {3, 5}, 32)},
      {tensor("attended", {3, 7, 5}), tensor("coded_inner", {3, 16, 5})});
  const TensorId order = tensor("order", {6}, 16);
  add(RouterSplit{6, 4, {}}, {tensor("routed_by", {6, 2}), tensor("router_logits", {6, 2})},
      {order});
  const TensorId grid = tensor("grid", {36, 2}), stream = tensor("stream", {6, 7}, 16);
  // 4 x 9 places of 2 features, a kernel of 3 x 2, padded by 1 and 0, at a stride of 3: 2 x 3 rows.
  linear({6, 12, 7, Primitive::kMultiply, Activation::kNone, Activation::kRelu, true, 0,
          Window{4, 9, 3, 2, 3, 1, 0}},
         grid, "conv_", {tensor("res", {36, 7}, 16)}, stream);
  add(LayerNorm{6, 7}, {stream, tensor("gain", {7}), tensor("offset", {7})},
      {tensor("normed", {6, 7})});
  add(AveragePool{6, 7}, {trace.operations.back().outputs[0]}, {tensor("pooled", {1, 7})});
  const auto second = kept("kept2", 3);
  add(ScoreSelect{2, 7, 4, 1, SelectionRule::kThreshold, 0, {}, {}},
      {tensor("cls_q2", {2, 1, 7}), tensor("cls_k2", {2, 4, 7}), scores, first[1]}, second);
  add(RoutedLinear{6, 4, 3, 5, Activation::kRelu, Activation::kGelu, false},
      {tensor("routed", {6, 3}), order, tensor("w1", {3, 5}), tensor("b1", {5}, 32),
       tensor("r1", {5}, 32), tensor("w2", {3, 5}), tensor("b2", {5}, 32), tensor("r2", {5}, 32)},
      {tensor("of_experts", {6, 5})});
  add(ExitTest{10, 0, true}, {tensor("sure", {1, 10}), tensor("logits", {1, 10})},
      {tensor("exit", {1})});
  trace.maps.push_back(
      polarize_heads({random_map(engine, 6, 6, 0.5), random_map(engine, 6, 6, 0.5)}, 2));
  trace.maps.push_back(restrict_map(trace.maps[3], std::vector<std::uint32_t>{0, 1, 3, 5}));
  trace.restrictions = {{MapId{4}, MapId{3}, {0, 1, 3, 5}}};
  trace.token_seed = 0xabcdef0123456789U;
  decide(trace);
  return trace;
}

}  // namespace vitcod::test
