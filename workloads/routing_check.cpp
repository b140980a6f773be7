// SPDX-License-Identifier: Apache-2.0
#include "workloads/routing_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sim/base/errors.hpp"
#include "workloads/number_formats.hpp"
#include "workloads/routing.hpp"
#include "workloads/tensor_expectations.hpp"
#include "workloads/values.hpp"

namespace vitcod {
namespace {

/// The operation that makes the tensor; null if none does.
const Operation* maker_of(const Trace& trace, TensorId tensor) {
  for (const Operation& operation : trace.operations) {
    const auto& outputs = operation.outputs;
    if (std::find(outputs.begin(), outputs.end(), tensor) != outputs.end()) return &operation;
  }
  return nullptr;
}

/// Checks one operation of a router or its experts; others are left alone.
class RoutingCheck : private TensorExpectations {
 public:
  using TensorExpectations::TensorExpectations;

  void operator()(const RouterSplit& split) const {
    expect_counts(2, 1);
    expect_within("tokens", split.tokens, {1, kMaxChosenTokens});
    for (const auto& [input, place] : {std::pair{0, "inputs/0"}, std::pair{1, "inputs/1"}}) {
      expect_shape(operation_.inputs[input], place, {split.tokens, kNumExperts});
      expect_bits(operation_.inputs[input], place, kOperandBits);
    }
    expect_shape(operation_.outputs[0], "outputs/0", {split.tokens});
    expect_bits(operation_.outputs[0], "outputs/0", kStreamBits);
    expect_at_most("tokens_first", split.tokens_first, split.tokens);
    check_order(split);
    if (maker_of(trace_, operation_.inputs[0]) != nullptr) return;
    const Routing routing = routing_of(operand_values(trace_, operation_.inputs[0]));
    if (routing.tokens_first != split.tokens_first || routing.order != split.order) {
      throw error("order", "it is not what the logits of the token seed give");
    }
  }

  void operator()(const RoutedLinear& routed) const {
    DenseLinear product{routed.m, routed.k, routed.n};
    product.activation = routed.activation;
    product.residual = routed.residual;
    expect_counts(routed.residual ? 9 : 8, 1);
    expect_product(product);
    expect_rows(product, operation_.inputs[0]);
    const Operation* maker = maker_of(trace_, operation_.inputs[1]);
    const auto* split = maker == nullptr ? nullptr : std::get_if<RouterSplit>(&maker->params);
    if (split == nullptr) {
      throw error("inputs/1", fmt::format("expected the order of a router_split, found \"{}\"",
                                          trace_.tensor(operation_.inputs[1]).name));
    }
    if (split->tokens != routed.m || split->tokens_first != routed.m_first) {
      throw error("m_first",
                  fmt::format("{} of {} rows; the split sends {} of {} tokens", routed.m_first,
                              routed.m, split->tokens_first, split->tokens));
    }
    expect_weights(product, 2);
    expect_weights(product, 5);
    expect_result(product, 8);
  }

  template <typename Other>
  void operator()(const Other&) const {}

 private:
  /// Each token once, those of either expert ascending.
  void check_order(const RouterSplit& split) const {
    std::vector<std::uint32_t> tokens = split.order;
    const bool is_whole = tokens.size() == split.tokens;
    const auto middle =
        tokens.begin() + (is_whole ? static_cast<std::ptrdiff_t>(split.tokens_first) : 0);
    bool is_order =
        is_whole && std::is_sorted(tokens.begin(), middle) && std::is_sorted(middle, tokens.end());
    std::sort(tokens.begin(), tokens.end());
    for (std::uint32_t i = 0; is_order && i < tokens.size(); ++i) is_order = tokens[i] == i;
    if (is_order) return;
    throw error("order", fmt::format("expected the numbers of {} tokens, of the first {} and of "
                                     "the others ascending",
                                     split.tokens, split.tokens_first));
  }
};

}  // namespace

void check_routing(const Trace& trace) {
  for (const Operation& operation : trace.operations) {
    std::visit(RoutingCheck(trace, operation), operation.params);
  }
}

}  // namespace vitcod
