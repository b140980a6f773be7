// SPDX-License-Identifier: Apache-2.0
#include "workloads/kind_work.hpp"

#include <algorithm>

namespace vitcod {
namespace {

struct CountMacs {
  const Trace& trace;

  std::uint64_t operator()(const DenseLinear& linear) const {
    return std::uint64_t{linear.m} * linear.k * linear.n;
  }
  std::uint64_t operator()(const RoutedLinear& routed) const {
    return std::uint64_t{routed.m} * routed.k * routed.n;
  }
  std::uint64_t operator()(const HeadMixEncode& mix) const { return head_mix(mix); }
  std::uint64_t operator()(const HeadMixDecode& mix) const { return head_mix(mix); }
  std::uint64_t operator()(const Sddmm& scores) const {
    return trace.map(scores.map).nnz() * scores.features;
  }
  std::uint64_t operator()(const Spmm& outputs) const {
    return trace.map(outputs.map).nnz() * outputs.features;
  }
  /// Of both products; what z takes is not counted.
  std::uint64_t operator()(const LinearAttention& attention) const { return attention.macs(); }
  std::uint64_t operator()(const ScoreSelect& select) const {
    return std::uint64_t{select.heads} * select.tokens_in * select.features;
  }
  std::uint64_t operator()(const SimilarityMatch& match) const {
    // Lengths of all, and each source but the class token with each destination.
    const std::uint64_t destinations = match.tokens / 2, sources = (match.tokens - 1) / 2;
    return (match.tokens + sources * destinations) * match.features;
  }
  std::uint64_t operator()(const TokenFuse& fuse) const {
    return std::uint64_t{fuse.tokens_in} * fuse.features;
  }
  std::uint64_t operator()(const LiftingStep& lift) const {
    // Four taps a sample of U or P. The last level: all halves of all lines. Of those before, the
    // LL band alone: one half of the lines, then one half of those in it.
    std::uint64_t macs = 0;
    for (std::uint32_t level = 1; level <= lift.level; ++level) {
      const std::uint64_t side = lift.side >> (level - 1);
      macs += (level == lift.level ? 8 : 3) * side * side;
    }
    return macs * lift.channels * lift.regions;
  }
  template <typename Other>
  std::uint64_t operator()(const Other&) const {
    return 0;
  }

 private:
  template <typename HeadMix>
  static std::uint64_t head_mix(const HeadMix& mix) {
    return std::uint64_t{mix.heads_in} * mix.heads_out * mix.tokens * mix.features;
  }
};

/// Which inputs of an operation are learned, by their places.
struct LearnedInputs {
  std::vector<std::size_t> operator()(const DenseLinear& linear) const {
    return linear.residual ? std::vector<std::size_t>{1, 2, 4} : std::vector<std::size_t>{1, 2};
  }
  std::vector<std::size_t> operator()(const RoutedLinear& routed) const {
    return routed.residual ? std::vector<std::size_t>{2, 3, 5, 6, 8}
                           : std::vector<std::size_t>{2, 3, 5, 6};
  }
  std::vector<std::size_t> operator()(const HeadMixEncode&) const { return {1, 2}; }
  std::vector<std::size_t> operator()(const HeadMixDecode&) const { return {1, 2}; }
  std::vector<std::size_t> operator()(const LayerNorm&) const { return {1, 2}; }
  std::vector<std::size_t> operator()(const LiftingStep&) const { return {2}; }
  template <typename Other>
  std::vector<std::size_t> operator()(const Other&) const {
    return {};
  }
};

}  // namespace

std::vector<KindWork> work_by_kind(const Trace& trace) {
  std::vector<bool> is_made(trace.tensors.size(), false);
  for (const Operation& operation : trace.operations) {
    for (const TensorId id : operation.outputs) is_made[static_cast<std::uint32_t>(id)] = true;
  }
  std::vector<bool> is_counted = is_made;
  std::vector<KindWork> kinds;
  for (const Operation& operation : trace.operations) {
    const std::string name = kind_name(operation.params);
    auto kind = std::find_if(kinds.begin(), kinds.end(),
                             [&name](const KindWork& work) { return work.kind == name; });
    if (kind == kinds.end()) kind = kinds.insert(kinds.end(), KindWork{name});
    ++kind->operations;
    kind->macs += std::visit(CountMacs{trace}, operation.params);
    for (const std::size_t input : std::visit(LearnedInputs{}, operation.params)) {
      const TensorId id = operation.inputs[input];
      if (is_counted[static_cast<std::uint32_t>(id)]) continue;
      is_counted[static_cast<std::uint32_t>(id)] = true;
      kind->parameters += trace.tensor(id).num_elements();
    }
  }
  return kinds;
}

}  // namespace vitcod
