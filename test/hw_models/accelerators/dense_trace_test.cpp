// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/dense_trace.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "workloads/workload.hpp"

namespace vitcod::dense_trace_test {
namespace {

using Catch::Matchers::Contains;

Trace two_layers(const char* scope, bool auto_encoder, double sparsity = 0.9) {
  return make_trace({{"model", "deit-tiny"},
                     {"scope", scope},
                     {"maps", {{"kind", "generated"}, {"sparsity", sparsity}, {"seed", 1}}},
                     {"polarization", {{"theta_d", 50}}},
                     {"auto_encoder", auto_encoder},
                     {"layers", {0, 5}}},
                    ".");
}

/// Without what tells where it comes from.
Trace anonymous(Trace trace) {
  trace.name.clear();
  trace.provenance.clear();
  return trace;
}

}  // namespace

TEST_CASE("a dense machine's trace keeps all entries, in the order of the tokens") {
  const Trace dense = without_sparsity(two_layers("attention", false));
  for (const PolarizedMap& map : dense.maps) {
    REQUIRE(map.heads.size() == 3);
    for (const PolarizedHead& head : map.heads) {
      CHECK(head.nnz() == 197 * 197);
      CHECK(head.num_denser == 197);
      for (std::uint32_t i = 0; i < 197; ++i) CHECK(head.key_order[i] == i);
    }
  }
  CHECK(anonymous(dense) == anonymous(without_sparsity(two_layers("attention", false, 0.6))));
}

TEST_CASE("a dense machine's trace of a workload with an auto-encoder is that without one") {
  for (const char* scope : {"attention", "model"}) {
    const Trace with = without_sparsity(two_layers(scope, true));
    const Trace without = without_sparsity(two_layers(scope, false));
    CHECK(with.tensors == without.tensors);
    CHECK(with.operations == without.operations);
    CHECK(anonymous(with) == anonymous(without));
  }
}

TEST_CASE("what is encoded must be decoded before a dense machine reads it") {
  Trace trace = two_layers("model", true);
  const Trace whole = trace;
  const auto encode = std::find_if(trace.operations.begin(), trace.operations.end(),
                                   [](const Operation& operation) {
                                     return std::holds_alternative<HeadMixEncode>(operation.params);
                                   });
  const TensorId compressed = encode->outputs[0];
  for (Operation& operation : trace.operations) {
    if (operation.name == "layer0/sddmm") operation.inputs[0] = compressed;
  }
  CHECK_THROWS_WITH(without_sparsity(trace),
                    Contains("operation layer0/sddmm: reads layer0/q_compressed, which is encoded: "
                             "a dense machine has no auto-encoder"));

  Trace alone = whole;
  std::erase_if(alone.operations, [](const Operation& operation) {
    return !std::holds_alternative<HeadMixEncode>(operation.params);
  });
  CHECK_THROWS_WITH(
      without_sparsity(alone),
      Contains("the workload has encodings alone: a dense machine has no auto-encoder"));

  Trace other = whole;
  for (Operation& operation : other.operations) {
    if (operation.name == "layer0/decode_q") {
      other.tensors[static_cast<std::size_t>(operation.outputs[0])].shape[0] = 4;
    }
  }
  CHECK_THROWS_WITH(without_sparsity(other),
                    Contains("operation layer0/decode_q: decodes another shape than was encoded"));
}

}  // namespace vitcod::dense_trace_test
