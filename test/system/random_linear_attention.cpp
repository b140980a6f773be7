// SPDX-License-Identifier: Apache-2.0
#include "test/system/random_linear_attention.hpp"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace vitcod::test {
namespace {

constexpr std::uint32_t kMostTokens = 70;
constexpr std::uint32_t kMostAttentionFeatures = 50;

class AttentionDrawer {
 public:
  /// `codes`: which of them add by codes.
  AttentionDrawer(Random& random, Random& codes, Trace& trace)
      : random_(random), codes_(codes), trace_(trace) {}

  void add() {
    LinearAttention attention{uniform(random_, 1, 4), size(kMostTokens), size(kMostTokens),
                              size(kMostAttentionFeatures), size(kMostAttentionFeatures)};
    if (!one_in(random_, 4)) attention.feature_map = Activation::kEluPlusOne;
    attention.normalise = !one_in(random_, 3);
    if (attention.normalise) attention.output_shift = uniform(random_, 0, kMostOutputShift);
    attention.residual = one_in(random_, 2);
    if (one_in(codes_, 3)) add_by_codes(attention);
    key_bits_ = attention.primitive == Primitive::kAdd ? 1 : 8;
    const auto [heads, queries, keys, width, values] =
        std::tuple{attention.heads, attention.queries, attention.keys, attention.features_k,
                   attention.features_v};
    Operation operation{"attend" + std::to_string(trace_.operations.size()), 0, attention, {}, {}};
    operation.inputs = {operand(heads, queries, width, key_bits_),
                        operand(heads, keys, width, key_bits_), operand(heads, keys, values, 8),
                        tensor({heads, attention.columns()}, 32)};
    if (!attention.normalise) operation.inputs.push_back(tensor({heads, values}, 32));
    std::vector<std::uint32_t> shape{heads, queries, values};
    std::uint32_t bits = 8;
    if (attention.residual) {
      shape = {queries, heads * values};
      bits = one_in(random_, 3) ? 8 : 16;
      operation.inputs.push_back(residual(shape, bits));
    }
    operation.outputs = {tensor(shape, bits), tensor({heads, width, values}, 8)};
    if (attention.normalise) operation.outputs.push_back(tensor({heads, width}, 8));
    trace_.operations.push_back(std::move(operation));
    if (bits == 16 && one_in(random_, 2)) norm(trace_.operations.back().outputs[0], 8);
  }

 private:
  static void add_by_codes(LinearAttention& attention) {
    attention.primitive = Primitive::kAdd;
    attention.features_k = (attention.features_k + 7) / 8 * 8;
    attention.feature_map = Activation::kNone;
    attention.normalise = false;
    attention.output_shift = 0;
  }
  std::uint32_t size(std::uint32_t most) {
    return one_in(random_, 8) ? 1 : log_uniform(random_, 1, most);
  }
  TensorId tensor(std::vector<std::uint32_t> shape, std::uint32_t bits) {
    const auto number = static_cast<std::uint32_t>(trace_.tensors.size());
    trace_.tensors.push_back({"drawn" + std::to_string(number), std::move(shape), bits});
    return TensorId{number};
  }
  std::string name(const char* kind) { return kind + std::to_string(trace_.operations.size()); }

  /// Some come from a projection.
  TensorId operand(std::uint32_t heads, std::uint32_t tokens, std::uint32_t features,
                   std::uint32_t bits) {
    const TensorId y = tensor({heads, tokens, features}, bits);
    if (one_in(random_, 2)) return y;
    const std::uint32_t n = heads * features, k = size(kMostAttentionFeatures);
    trace_.operations.push_back(
        {name("project"),
         0,
         DenseLinear{tokens, k, n},
         {tensor({tokens, k}, 8), tensor({k, n}, 8), tensor({n}, 32), tensor({n}, 32)},
         {y}});
    return y;
  }
  TensorId norm(TensorId x, std::uint32_t bits) {
    const std::vector<std::uint32_t> shape = trace_.tensor(x).shape;
    const TensorId y = tensor(shape, bits);
    trace_.operations.push_back({name("norm"),
                                 0,
                                 LayerNorm{shape[0], shape[1]},
                                 {x, tensor({shape[1]}, 8), tensor({shape[1]}, 8)},
                                 {y}});
    return y;
  }
  TensorId residual(const std::vector<std::uint32_t>& shape, std::uint32_t bits) {
    const TensorId x = tensor(shape, bits);
    return bits == 16 && one_in(random_, 2) ? norm(x, 16) : x;
  }

  Random& random_;
  Random& codes_;
  Trace& trace_;
  std::uint32_t key_bits_ = 8;
};

std::uint64_t macs_of(const Trace& trace) {
  std::uint64_t macs = 0;
  for (const Operation& operation : trace.operations) {
    if (const auto* linear = std::get_if<DenseLinear>(&operation.params)) {
      macs += std::uint64_t{linear->m} * linear->k * linear->n;
    } else if (const auto* attention = std::get_if<LinearAttention>(&operation.params)) {
      macs += attention->macs();
    }
  }
  return macs;
}

}  // namespace

Trace random_linear_attention(Random& random, Random& codes) {
  Trace trace;
  trace.name = "linear attention";
  trace.provenance = R"({"model": "random"})";
  trace.value_seed = random.next_u64();
  trace.layers = {{"layer0"}};
  AttentionDrawer drawer(random, codes, trace);
  drawer.add();
  if (one_in(random, 2)) drawer.add();
  return trace;
}

RandomRun random_linear_attention_run(std::uint64_t seed) {
  RandomRun run;
  run.seed = seed;
  Random workload_random(seed, "workload");
  Random code_random(seed, "codes");
  run.trace = random_linear_attention(workload_random, code_random);
  Random machine_random(seed, "machine");
  run.machine = random_machine(machine_random, macs_of(run.trace));
  Random divider_random(seed, "divider");
  run.machine["gemm_engine"]["linear_attention"]["divide_cycles"] = uniform(divider_random, 1, 16);
  if (one_in(divider_random, 30)) run.machine["gemm_engine"].erase("linear_attention");
  Json& rows = run.machine["gemm_engine"]["accumulator_rows"];
  if (rows < 8 && !one_in(code_random, 8)) rows = 8;
  if (one_in(code_random, 20)) return run;
  run.machine["mac_lines"]["add_lanes_per_line"] = 8 * log_uniform(code_random, 1, 6);
  return run;
}

}  // namespace vitcod::test
