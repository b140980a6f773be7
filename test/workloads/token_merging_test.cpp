// SPDX-License-Identifier: Apache-2.0
#include "workloads/token_merging.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <numeric>

#include "sim/base/errors.hpp"
#include "sim/base/random.hpp"
#include "test/workloads/iret_fixtures.hpp"
#include "workloads/token_info.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/values.hpp"

namespace vitcod::token_merging_test {
namespace {

using test::specification;
using Numbers = std::vector<std::uint32_t>;

Trace merging(const Json& tokens, const Json& model = "deit-tiny") {
  return make_trace(specification(model, "model", tokens), ".");
}

Json tome(std::uint32_t r) { return {{"kind", "tome"}, {"r", r}, {"seed", 1}}; }

Json fused_evit(double ratio) {
  return {{"kind", "evit"},
          {"boundaries", {3, 6, 9}},
          {"keep_ratio", ratio},
          {"fuse", true},
          {"seed", 1}};
}

/// Tokens of the MLP of each layer.
Numbers tokens_of_mlps(const Trace& trace) {
  Numbers tokens;
  for (const Operation& operation : trace.operations) {
    if (operation.name.ends_with("/mlp1"))
      tokens.push_back(std::get<DenseLinear>(operation.params).m);
  }
  return tokens;
}

TEST_CASE("ToMe's tokens are those of its published counts") {
  const Trace trace = merging(tome(13));
  Numbers expected;
  for (std::uint32_t tokens = 197; tokens >= 54; tokens -= 13) expected.push_back(tokens);
  CHECK(test::attention_queries(trace) == expected);
  CHECK(tokens_of_mlps(trace).back() == 41);
  CHECK(tokens_of_mlps(merging(tome(8))).back() == 101);
  CHECK(tokens_of_mlps(merging(tome(16))).back() == 11);
  // All that can be merged in every layer: only the class token and one other are left at last.
  CHECK(tokens_of_mlps(merging(tome(200))).back() == 2);
}

TEST_CASE("EViT's fused tokens are those of its published counts") {
  const Trace trace = merging(fused_evit(0.7));
  CHECK(test::attention_queries(trace) ==
        Numbers{197, 197, 197, 197, 140, 140, 140, 100, 100, 100, 72, 72});
  CHECK(tokens_of_mlps(trace) == Numbers{197, 197, 197, 140, 140, 140, 100, 100, 100, 72, 72, 72});
  CHECK(test::attention_queries(merging(fused_evit(0.5))) ==
        Numbers{197, 197, 197, 197, 100, 100, 100, 52, 52, 52, 28, 28});
}

TEST_CASE("Which tokens are merged follows from the seed of the image and not of the values") {
  const auto members = [](const Json& tokens, std::uint64_t value_seed) {
    Trace trace = merging(tokens);
    trace.value_seed = value_seed;
    std::vector<TokenMembers> all;
    for (const Operation& operation : trace.operations) {
      if (!std::holds_alternative<TokenFuse>(operation.params)) continue;
      all.push_back(members_of(trace, operation, operation.inputs[1]));
    }
    return all;
  };
  for (const Json& tokens : {tome(13), fused_evit(0.7)}) {
    Json other = tokens;
    other["seed"] = 2;
    CHECK(members(tokens, 1) == members(tokens, 2));
    CHECK(members(tokens, 1) != members(other, 1));
  }
}

double cosine_of(const double* a, const double* b, std::size_t size) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t f = 0; f < size; ++f) {
    ab += a[f] * b[f];
    aa += a[f] * a[f];
    bb += b[f] * b[f];
  }
  return ab / std::sqrt(aa * bb);
}

TEST_CASE("A match finds the pairs that cosines in floating point find") {
  Random random(3, "match");
  for (std::uint32_t run = 0; run < 40; ++run) {
    const auto tokens = static_cast<std::uint32_t>(3 + random.uniform_below(30));
    const auto heads = static_cast<std::uint32_t>(1 + random.uniform_below(4));
    constexpr std::uint32_t kFeatures = 24;
    std::vector<std::int8_t> keys(std::size_t{heads} * tokens * kFeatures);
    for (std::int8_t& key : keys) {
      key = static_cast<std::int8_t>(std::clamp(40.0 * random.normal(), -127.0, 127.0));
    }
    // What the shift leaves of the sum over the heads, as a direction in doubles.
    std::vector<double> means(std::size_t{tokens} * kFeatures, 0.0);
    for (std::size_t i = 0; i < keys.size(); ++i) means[i % means.size()] += keys[i];
    const double divisor = heads == 1 ? 1 : (heads == 2 ? 2 : 4);
    for (double& mean : means) mean = std::floor(mean / divisor);
    const auto cosine = [&](std::size_t a, std::size_t b) {
      return cosine_of(&means[a * kFeatures], &means[b * kFeatures], kFeatures);
    };
    const SimilarityMatch match{tokens, 1, kFeatures};
    const TokenMembers members = matched_members(match, heads, keys, Numbers(tokens, 1));
    double best = -2;
    Numbers pair;
    for (std::uint32_t source = 2; source < tokens; source += 2) {
      for (std::uint32_t d = 1; d < tokens; d += 2) {
        if (cosine(source, d) <= best) continue;
        best = cosine(source, d);
        pair = {d, source};
      }
    }
    CAPTURE(run, tokens, heads, best);
    REQUIRE(members.num_groups() == tokens - 1);
    for (std::size_t i = 0; i + 1 < members.numbers.size(); ++i) {
      if (!members.ends[i]) CHECK(Numbers{members.numbers[i], members.numbers[i + 1]} == pair);
    }
  }
}

TEST_CASE("Pairs that share a destination are one group, in order, and keep their sizes") {
  // Tokens as directions: 2 and 6 are those of 3, 4 is between 1 and 5, 7 is apart.
  const std::vector<std::int8_t> keys = {9, 9, 0, 50, 20, 0, 60, 0, 30, 40, 40, 30, 40, 0, -8, 0};
  const Numbers sizes{1, 2, 3, 4, 5, 6, 7, 8};
  const auto members = [&](std::uint32_t pairs) {
    return matched_members(SimilarityMatch{8, pairs, 2}, 1, keys, sizes);
  };
  const TokenMembers two = members(2);
  CHECK(two.numbers == Numbers{0, 4, 1, 3, 2, 6, 5, 7});
  CHECK(two.ends == std::vector<bool>{true, true, true, false, false, true, true, true});
  CHECK(two.weights == Numbers{1, 5, 2, 4, 3, 7, 6, 8});
  CHECK(two.sizes() == Numbers{1, 5, 2, 14, 6, 8});
  // The first of the two that are equally like; then 4 to 5: 24 of 25, more than 20 to 1.
  CHECK(members(1).numbers == Numbers{0, 4, 6, 1, 3, 2, 5, 7});
  CHECK(members(3).numbers == Numbers{0, 1, 3, 2, 6, 5, 4, 7});
  // Keys of length 0 are like nothing, and join the first destination.
  const std::vector<std::int8_t> zeros(16, 0);
  CHECK(matched_members(SimilarityMatch{8, 2, 2}, 1, zeros, sizes).numbers ==
        Numbers{0, 6, 1, 2, 4, 3, 5, 7});
}

TEST_CASE("A mean of one row is the row, and of several their weighted mean") {
  TokenMembers members;
  members.add(2, 7, true);
  members.add(0, 1, false);
  members.add(1, 3, true);
  members.add(3, 65535, false);
  members.add(4, 65535, true);
  CHECK(members.num_groups() == 3);
  CHECK(members.sizes() == Numbers{7, 4, 65535});
  const std::vector<std::int16_t> rows = {100, -100, 200, 300, -5, 6, 32767, -32768, 32767, -32768};
  CHECK(merged_rows(members, 2, rows) == std::vector<std::int16_t>{-5, 6, 175, 200, 32767, -32768});
  CHECK(members.words() ==
        std::vector<std::int16_t>{-32766, 0, -32767, 3, -32764, 7, 1, 3, -1, -1});
}

TEST_CASE("Means are within a step of those in floating point") {
  Random random(5, "means");
  for (std::uint32_t run = 0; run < 300; ++run) {
    TokenMembers members;
    std::vector<std::int16_t> rows;
    double sum = 0, weights = 0;
    const std::uint64_t number = 2 + random.uniform_below(200);
    const std::uint64_t most = std::uint64_t{1} << (1 + random.uniform_below(16));
    for (std::uint32_t i = 0; i < number; ++i) {
      const auto weight = static_cast<std::uint32_t>(1 + random.uniform_below(most - 1));
      rows.push_back(static_cast<std::int16_t>(random.uniform_below(65536)));
      members.add(i, weight, i + 1 == number);
      sum += double(weight) * rows.back();
      weights += weight;
    }
    CHECK(std::abs(merged_rows(members, 1, rows).at(0) - sum / weights) <= 0.8);
  }
}

TEST_CASE("A fused selection names the kept tokens, then the dropped ones with their weights") {
  ScoreSelect select{2, 4, 5, 1, SelectionRule::kTopK, 2, {9, 40000, 100, 70000, 2}, {0, 1, 3}};
  const TokenMembers members = fused_members(select);
  CHECK(members.numbers == Numbers{0, 1, 3, 2, 4});
  CHECK(members.ends == std::vector<bool>{true, true, true, false, true});
  CHECK(members.weights == Numbers{2, 10000, 17500, 25, 1});  // shifted by two bits, at least 1
}

TEST_CASE("A merged map keeps what any pair of members keeps") {
  KeptMap map(4, 4);
  map.set(0, 3, true);
  map.set(2, 1, true);
  const KeptMap merged = merged_map(map, Numbers{0, 1, 1, 0}, 2);
  CHECK(merged.kept(0, 0));
  CHECK(merged.kept(1, 1));
  CHECK_FALSE(merged.kept(0, 1));
  CHECK_FALSE(merged.kept(1, 0));
}

std::string error_with(const Json& tokens, const char* scope = "model",
                       const Json& model = "deit-tiny") {
  try {
    make_trace(specification(model, scope, tokens), ".");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("Wrong schedules of merging get one line each") {
  CHECK(error_with(tome(0)) == "/tokens/r: 0 is out of range [1, 32768]");
  CHECK(error_with({{"kind", "tome"}, {"r", 13}, {"seed", 1}, {"boundaries", {3}}}) ==
        "/tokens/boundaries: unknown key; expected one of [\"kind\", \"r\", \"seed\"]");
  CHECK(error_with(tome(13), "attention") ==
        "/tokens/kind: scope \"attention\" has no rows to merge; expected scope \"model\"");
  CHECK(error_with(fused_evit(0.7), "attention") ==
        "/tokens/fuse: scope \"attention\" has no rows to merge; expected scope \"model\"");
  CHECK(error_with(fused_evit(1.0)) ==
        "/tokens/fuse: none of 196 patches is dropped at boundary 3");
  Json masks = fused_evit(0.7);
  masks["masks"] = "oracle";
  CHECK(error_with(masks).starts_with("/tokens/masks: unknown key"));
  Json dynamic = fused_evit(0.7);
  dynamic["kind"] = "dynamicvit";
  CHECK(error_with(dynamic).starts_with("/tokens/fuse: unknown key"));
  CHECK(
      error_with(tome(13), "model", "deit-tiny-distilled") ==
      "/tokens/kind: deit-tiny-distilled has 2 prefix tokens; expected one, which is never merged");
  CHECK(error_with(tome(13), "model", "levit-128") ==
        "/tokens: levit-128 has no class token, by whose attention tokens are selected");
}

std::string refused(Trace trace, const std::function<void(Trace&)>& change) {
  change(trace);
  try {
    check_trace(trace);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

Operation& operation_named(Trace& trace, const std::string& name) {
  for (Operation& operation : trace.operations) {
    if (operation.name == name) return operation;
  }
  throw ModelError("no such operation");
}

TEST_CASE("Traces of merging that do not fit together are refused with the place") {
  const Trace trace = merging(tome(13));
  CHECK_NOTHROW(check_trace(trace));
  CHECK_NOTHROW(check_trace(merging(fused_evit(0.7))));
  const auto match_of = [](Trace& t) -> SimilarityMatch& {
    return std::get<SimilarityMatch>(operation_named(t, "layer0/match").params);
  };
  CHECK(refused(trace, [&](Trace& t) { match_of(t).merged = 99; }) ==
        "operation \"layer0/match\", merged: 99 is out of range; expected 1 to 98");
  CHECK(refused(trace, [&](Trace& t) { match_of(t).merged = 12; }) ==
        "operation \"layer0/merge\", tokens_out: 184 of them; the members are 185 groups");
  CHECK(refused(trace, [](Trace& t) {
          Operation& merge = operation_named(t, "layer1/merge");
          merge.inputs[1] = operation_named(t, "layer1/match").inputs[2];
        }).find("inputs/1: expected shape (2, 184)") != std::string::npos);
  CHECK(refused(trace,
                [](Trace& t) {
                  Operation& match = operation_named(t, "layer1/match");
                  t.tensors.push_back({"odd", {184}, 16});
                  match.inputs[2] = TensorId{static_cast<std::uint32_t>(t.tensors.size() - 1)};
                }) ==
        "operation \"layer1/match\", inputs/2: expected sizes of an earlier merging, found "
        "\"odd\"");
  CHECK(refused(trace, [](Trace& t) {
          Operation& merge = operation_named(t, "layer1/merge");
          t.tensors.push_back({"odd", {2, 184}, 16});
          merge.inputs[1] = TensorId{static_cast<std::uint32_t>(t.tensors.size() - 1)};
        }) == "operation \"layer1/merge\": expected a table of members, found \"odd\"");
  CHECK(refused(merging(fused_evit(0.7)), [](Trace& t) {
          auto& select = std::get<ScoreSelect>(operation_named(t, "layer3/select").params);
          select.threshold = 196;
          select.kept.resize(197);
          std::iota(select.kept.begin(), select.kept.end(), 0U);
        }) == "operation \"layer3/select\", kept: all of them are, and none is left to fuse");
}

TEST_CASE("The schedule of a merging is shown") {
  const std::string lines = token_lines(merging(tome(13)));
  CHECK(lines.find("tokens by layer: 197 x 1, 184 x 1") != std::string::npos);
  CHECK(lines.find("13 pairs of like keys") != std::string::npos);
  CHECK(token_lines(merging(fused_evit(0.7))).find("the others fused") != std::string::npos);
  const Json json = tokens_json(merging(tome(13)));
  CHECK(json["selections"].size() == 12);
  CHECK(json["selections"][11] == Json{{"layer", "layer11"},
                                       {"tokens_in", 54},
                                       {"kept", 41},
                                       {"rule", "similarity"},
                                       {"threshold", 13}});
}

}  // namespace
}  // namespace vitcod::token_merging_test
