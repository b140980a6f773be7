// SPDX-License-Identifier: Apache-2.0
#include "test/system/random_shift_add.hpp"

#include <string>
#include <utility>
#include <vector>

#include "test/system/random_linear.hpp"
#include "test/system/random_workloads.hpp"
#include "workloads/routing.hpp"
#include "workloads/values.hpp"

namespace vitcod::test {
namespace {

/// Writes the operations of a trace anew, one after the other.
class ShiftDrawer {
 public:
  ShiftDrawer(const Trace& trace, Random& random) : trace_(trace), random_(random) {
    trace_.operations.clear();
    trace_.token_seed = random.next_u64();
  }

  void add(Operation operation) {
    auto* linear = std::get_if<DenseLinear>(&operation.params);
    if (linear != nullptr && one_in(random_, 3)) linear->primitive = Primitive::kShift;
    const bool may_split = linear != nullptr && !linear->window && linear->first_row == 0;
    if (may_split && one_in(random_, 2)) operation = routed(operation, *linear);
    trace_.operations.push_back(std::move(operation));
  }

  Trace take() { return std::move(trace_); }

 private:
  TensorId tensor(std::vector<std::uint32_t> shape, std::uint32_t bits) {
    const auto number = static_cast<std::uint32_t>(trace_.tensors.size());
    trace_.tensors.push_back({"split" + std::to_string(number), std::move(shape), bits});
    return TensorId{number};
  }

  /// One expert has what the layer had, the other one weights of its own.
  Operation routed(const Operation& operation, const DenseLinear& linear) {
    const std::uint32_t first = one_in(random_, 5)   ? 0
                                : one_in(random_, 5) ? linear.m
                                                     : uniform(random_, 0, linear.m);
    Operation result = operation;
    result.params = RoutedLinear{
        linear.m,       first, linear.k, linear.n, linear.activation, linear.input_activation,
        linear.residual};
    result.inputs = {operation.inputs[0],    order(operation, linear.m, first),
                     operation.inputs[1],    operation.inputs[2],
                     operation.inputs[3],    tensor({linear.k, linear.n}, 8),
                     tensor({linear.n}, 32), tensor({linear.n}, 32)};
    if (linear.residual) result.inputs.push_back(operation.inputs[4]);
    return result;
  }

  /// That of a split of its own, or of an earlier one that sends as many.
  TensorId order(const Operation& reader, std::uint32_t tokens, std::uint32_t first) {
    for (const Operation& operation : trace_.operations) {
      const auto* split = std::get_if<RouterSplit>(&operation.params);
      if (split != nullptr && split->tokens == tokens && split->tokens_first == first) {
        return operation.outputs[0];
      }
    }
    const TensorId assumed = tensor({tokens, 2}, 8), logits = tensor({tokens, 2}, 8);
    const TensorId made = tensor({tokens}, 16);
    trace_.operations.push_back({reader.name + "_split",
                                 reader.layer,
                                 RouterSplit{tokens, first, {}},
                                 {assumed, logits},
                                 {made}});
    auto& split = std::get<RouterSplit>(trace_.operations.back().params);
    split.order = routing_of(operand_values(trace_, assumed)).order;
    return made;
  }

  Trace trace_;
  Random& random_;
};

}  // namespace

Trace with_shifts(const Trace& trace, Random& random) {
  ShiftDrawer drawer(trace, random);
  for (const Operation& operation : trace.operations) drawer.add(operation);
  return drawer.take();
}

RandomRun random_shift_add_run(std::uint64_t seed) {
  RandomRun run = random_run(seed);
  Random random(seed, "shift add");
  if (one_in(random, 2)) {
    run.trace = random_linear_layer(random);
    run.machine = random_machine(random, dense_macs(run.trace));
  }
  run.trace = with_shifts(run.trace, random);
  Json& lines = run.machine["mac_lines"];
  lines["shift_lanes_per_line"] = log_uniform(random, 1, 24);
  if (one_in(random, 20)) lines.erase("shift_lanes_per_line");
  return run;
}

}  // namespace vitcod::test
