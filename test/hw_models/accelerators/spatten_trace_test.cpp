// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/spatten_trace.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "workloads/values.hpp"
#include "workloads/workload.hpp"

namespace vitcod::spatten_trace_test {
namespace {

using Catch::Matchers::Contains;

Json specification(const char* model = "deit-tiny") {
  return {{"model", model},
          {"scope", "attention"},
          {"maps", {{"kind", "generated"}, {"sparsity", 0.7}, {"seed", 1}}},
          {"polarization", {{"theta_d", 50}}}};
}

CascadePruningConfig pruning() {
  CascadePruningConfig config;
  config.token_keep = 0.6;
  config.token_spread = 0.2;
  config.unpruned_token_layers = 0.15;
  config.head_keep = 0.6;
  config.unpruned_head_layers = 0.3;
  config.value_keep = 0.5;
  config.prefix_tokens = 1;
  return config;
}

const CascadeHardware kHardware{TopKCost{16, 1024, 3}, 5};

/// Softmax of a head's rows in floating point: (queries, keys).
std::vector<double> softmax(const std::int8_t* query, const std::int8_t* key, std::size_t tokens,
                            std::size_t features) {
  std::vector<double> p(tokens * tokens);
  for (std::size_t q = 0; q < tokens; ++q) {
    double sum = 0;
    for (std::size_t k = 0; k < tokens; ++k) {
      int product = 0;
      for (std::size_t f = 0; f < features; ++f) {
        product += query[q * features + f] * key[k * features + f];
      }
      p[q * tokens + k] = std::exp(product / 1024.0 / std::sqrt(double(features)));
      sum += p[q * tokens + k];
    }
    for (std::size_t k = 0; k < tokens; ++k) p[q * tokens + k] /= sum;
  }
  return p;
}

}  // namespace

TEST_CASE("tokens and heads that are dropped do not come back") {
  const SpattenTrace spatten =
      spatten_trace(make_trace(specification(), "."), pruning(), kHardware);
  REQUIRE(spatten.blocks.size() == 12);
  CHECK(spatten.blocks[0].begins_cascade);
  CHECK(spatten.blocks[0].tokens.size() == 197);
  for (std::size_t b = 1; b < 12; ++b) {
    const CascadeBlock& before = spatten.blocks[b - 1];
    const CascadeBlock& block = spatten.blocks[b];
    CHECK(!block.begins_cascade);
    CHECK(block.tokens.front() == 0);
    for (const auto& [kept, all] :
         {std::pair{&block.tokens, &before.tokens}, std::pair{&block.heads, &before.heads}}) {
      CHECK(std::is_sorted(kept->begin(), kept->end()));
      CHECK(std::includes(all->begin(), all->end(), kept->begin(), kept->end()));
    }
    CHECK((before.choice.search.words > 0) == before.choice.drops_any());
  }
  CHECK(spatten.blocks[11].tokens.size() == 79);  // 0.4 x 197
  CHECK(spatten.blocks[11].heads.size() == 2);    // 0.6 x 3
  CHECK(!spatten.blocks[11].choice.drops_any());
}

TEST_CASE("tensors have the tokens and heads that are left, maps the rows of V") {
  const SpattenTrace spatten =
      spatten_trace(make_trace(specification(), "."), pruning(), kHardware);
  std::size_t b = 0;
  for (const Operation& operation : spatten.trace.operations) {
    const auto* spmm = std::get_if<Spmm>(&operation.params);
    if (spmm == nullptr) continue;
    const CascadeBlock& block = spatten.blocks[b++];
    const auto heads = static_cast<std::uint32_t>(block.heads.size());
    const auto tokens = static_cast<std::uint32_t>(block.tokens.size());
    CHECK(spatten.trace.tensor(operation.inputs[1]).shape ==
          std::vector<std::uint32_t>{heads, tokens, 64});
    CHECK(spatten.trace.tensor(operation.outputs[0]).shape ==
          std::vector<std::uint32_t>{heads, tokens, 64});
    const PolarizedMap& map = spatten.trace.map(spmm->map);
    CHECK(map.num_keys == tokens);
    REQUIRE(map.heads.size() == heads);
    const auto values = static_cast<std::uint64_t>(std::floor(0.5 * tokens + 0.5));
    for (const PolarizedHead& head : map.heads) CHECK(head.nnz() == tokens * values);
    CHECK(block.values->searches.size() == std::size_t{heads} * tokens);
  }
}

TEST_CASE("the choices are those that softmax in floating point leads to") {
  const SpattenTrace spatten =
      spatten_trace(make_trace(specification(), "."), pruning(), kHardware);
  const Operation& sddmm = spatten.trace.operations[0];
  const auto query = operand_values(spatten.trace, sddmm.inputs[0]);
  const auto key = operand_values(spatten.trace, sddmm.inputs[1]);
  std::vector<double> importance(197, 0);
  double lost = 0;
  for (std::size_t head = 0; head < 3; ++head) {
    const auto p = softmax(&query[head * 197 * 64], &key[head * 197 * 64], 197, 64);
    for (std::size_t i = 0; i < p.size(); ++i) importance[i % 197] += p[i];
    // Half of the keys have nearly all of what the most likely half has.
    double best = 0;
    double chosen = 0;
    for (std::uint32_t q = 0; q < 197; ++q) {
      std::vector<double> row(&p[q * 197], &p[q * 197] + 197);
      spatten.blocks[0].values->kept[head].for_each_kept(
          q, [&](std::uint32_t k) { chosen += row[k]; });
      std::sort(row.rbegin(), row.rend());
      for (std::size_t k = 0; k < 99; ++k) best += row[k];
    }
    lost = std::max(lost, 1 - chosen / best);
  }
  CHECK(lost < 0.002);
  // Whoever is dropped has no more importance than who is kept, but for what the format leaves out.
  const auto& kept = spatten.blocks[1].tokens;
  double least = 1e9;
  double most = 0;
  for (std::uint32_t token = 1; token < 197; ++token) {
    const bool stays = std::binary_search(kept.begin(), kept.end(), token);
    if (stays) least = std::min(least, importance[token]);
    if (!stays) most = std::max(most, importance[token]);
  }
  CHECK(most < least * 1.01);
}

TEST_CASE("a model whose grid shrinks begins a cascade on each grid") {
  const SpattenTrace spatten =
      spatten_trace(make_trace(specification("levit-128"), "."), pruning(), kHardware);
  std::vector<std::size_t> tokens;
  std::size_t begins = 0;
  for (const CascadeBlock& block : spatten.blocks) {
    tokens.push_back(block.tokens.size());
    begins += block.begins_cascade ? 1 : 0;
  }
  CHECK(begins == 5);  // three stages, two blocks that subsample
  CHECK(std::count(tokens.begin(), tokens.end(), 196) == 3);
}

TEST_CASE("values decide what is chosen, and nothing else does") {
  Trace trace = make_trace(specification(), ".");
  const SpattenTrace one = spatten_trace(trace, pruning(), kHardware);
  CHECK(one.trace == spatten_trace(trace, pruning(), kHardware).trace);
  trace.value_seed = 7;
  const SpattenTrace other = spatten_trace(trace, pruning(), kHardware);
  CHECK(one.trace.tensors == other.trace.tensors);
  CHECK(one.blocks[1].tokens != other.blocks[1].tokens);
  CHECK(one.blocks[1].tokens.size() == other.blocks[1].tokens.size());
}

TEST_CASE("a spatten machine runs softmax attention, and drops tokens by itself") {
  Json sigmoid = specification();
  sigmoid["score_function"] = "sigmoid";
  CHECK_THROWS_WITH(spatten_trace(make_trace(sigmoid, "."), pruning(), kHardware),
                    Contains("operation layer0/sigmoid (score_elementwise): a spatten machine runs "
                             "softmax attention, linear layers, layer norms and average pools"));
}

TEST_CASE("low bits are tensors of their own, two elements a byte") {
  const LowBitsConfig low_bits{LowBits::kAllRows, 0.1, 1};
  const SpattenTrace spatten =
      spatten_trace(make_trace(specification(), "."), pruning(), {kHardware.top_k, 5, low_bits});
  const SpattenTrace without =
      spatten_trace(make_trace(specification(), "."), pruning(), kHardware);
  CHECK(spatten.trace.tensors.size() == without.trace.tensors.size() + 3 * 12);
  const Operation& sddmm = spatten.trace.operations[0];
  REQUIRE(sddmm.inputs.size() == 4);
  CHECK(spatten.trace.tensor(sddmm.inputs[2]).name ==
        spatten.trace.tensor(sddmm.inputs[0]).name + "_low");
  CHECK(spatten.trace.tensor(sddmm.inputs[3]).shape == std::vector<std::uint32_t>{3, 197, 32});
  CHECK(spatten.blocks[0].values->is_flat.empty());
  // Sixteenths of a step of Q and K decide where tokens are nearly as important.
  CHECK(spatten.blocks[5].tokens.size() == without.blocks[5].tokens.size());
}

TEST_CASE("flat are the rows whose largest probability in floating point is below the threshold") {
  const LowBitsConfig low_bits{LowBits::kFlatRows, 0.05, 1};
  const SpattenTrace spatten =
      spatten_trace(make_trace(specification(), "."), pruning(), {kHardware.top_k, 5, low_bits});
  const Operation& sddmm = spatten.trace.operations[0];
  const auto query = operand_values(spatten.trace, sddmm.inputs[0]);
  const auto key = operand_values(spatten.trace, sddmm.inputs[1]);
  const std::vector<bool>& is_flat = spatten.blocks[0].values->is_flat;
  REQUIRE(is_flat.size() == 3 * 197);
  std::size_t num_flat = 0;
  for (std::size_t row = 0; row < is_flat.size(); ++row) {
    const std::size_t head = row / 197;
    const auto p = softmax(&query[head * 197 * 64], &key[head * 197 * 64], 197, 64);
    const auto first = p.begin() + std::ptrdiff_t(row % 197 * 197);
    const double most = *std::max_element(first, first + 197);
    num_flat += is_flat[row] ? 1 : 0;
    // Weights have eight bits.
    if (std::abs(most - 0.05) > 0.002) CHECK(is_flat[row] == (most < 0.05));
  }
  CHECK(num_flat > 20);
  CHECK(num_flat < 3 * 197 - 20);
}

TEST_CASE("an odd number of features has no low bits") {
  Trace trace = make_trace(specification(), ".");
  for (Operation& operation : trace.operations) {
    if (auto* sddmm = std::get_if<Sddmm>(&operation.params)) sddmm->features = 63;
  }
  CHECK_THROWS_WITH(
      spatten_trace(trace, pruning(), {kHardware.top_k, 5, LowBitsConfig{LowBits::kAllRows, 0, 1}}),
      Contains("63 features; low bits of two of them lie in a byte"));
}

}  // namespace vitcod::spatten_trace_test
