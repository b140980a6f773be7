// SPDX-License-Identifier: Apache-2.0
#include "workloads/token_values.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/base/json.hpp"
#include "workloads/token_selection.hpp"
#include "workloads/values.hpp"
#include "workloads/workload.hpp"

namespace vitcod::token_values_test {
namespace {

/// Three selections and, in scope "model", as many exits, which are never taken.
Trace iret(const std::string& model, const std::string& scope, std::uint64_t seed) {
  Json tokens = {{"kind", "iret"}, {"boundaries", {3, 6, 9}}, {"threshold", 0.7}, {"seed", seed}};
  if (scope == "model") tokens["exits"] = {{"confidence", 1.0}};
  return make_trace(
      {{"model", model}, {"scope", scope}, {"maps", {{"kind", "dense"}}}, {"tokens", tokens}}, ".");
}

template <typename Params>
std::vector<const Operation*> operations_of(const Trace& trace) {
  std::vector<const Operation*> found;
  for (const Operation& operation : trace.operations) {
    if (std::holds_alternative<Params>(operation.params)) found.push_back(&operation);
  }
  return found;
}

TEST_CASE("The shipped threshold keeps as many patches as a keep ratio of 0.7, in the mean") {
  // int(196 x 0.7^n) for n of 1 to 3. Images differ by about 10 patches, so the mean of 200 is
  // within 2.1 of its own mean (three deviations).
  const std::array<double, 3> expected{137.0, 96.0, 67.0};
  constexpr int kImages = 200;
  for (const char* model : {"iret-tiny", "iret-small"}) {
    std::array<double, 3> mean{};
    for (int image = 1; image <= kImages; ++image) {
      const Trace trace = iret(model, "attention", static_cast<std::uint64_t>(image));
      const auto selections = operations_of<ScoreSelect>(trace);
      REQUIRE(selections.size() == 3);
      for (std::size_t b = 0; b < 3; ++b) {
        const auto& select = std::get<ScoreSelect>(selections[b]->params);
        mean[b] += double(select.kept.size() - 1) / kImages;
      }
    }
    for (std::size_t b = 0; b < 3; ++b) {
      CAPTURE(model, b, mean[b]);
      CHECK(std::abs(mean[b] - expected[b]) < 4.0);
    }
  }
}

TEST_CASE("Keys give their scores within the rounding of 8 bits, prefix tokens' zero") {
  const Trace trace = iret("iret-tiny", "attention", 3);
  const Operation& operation = *operations_of<ScoreSelect>(trace)[0];
  const auto& select = std::get<ScoreSelect>(operation.params);
  const auto query = operand_values(trace, operation.inputs[0]);
  const auto keys = operand_values(trace, operation.inputs[1]);
  for (std::size_t h = 0; h < select.heads; ++h) {
    std::int32_t product = 0, most = 0;
    for (std::size_t f = 0; f < select.features; ++f) {
      const std::int32_t q = query[h * select.features + f];
      product += q * keys[h * select.tokens_in * select.features + f];
      most += std::abs(q);
    }
    CHECK(2 * std::abs(product) <= most);  // half a step of each feature
  }
}

/// The share of the variance of neighbouring patches' scores that they have in common.
double correlation_of_neighbours(const std::vector<double>& scores) {
  double mean = 0.0, variance = 0.0, common = 0.0;
  for (const double score : scores) mean += score / 196.0;
  for (const double score : scores) variance += (score - mean) * (score - mean) / 196.0;
  for (std::size_t y = 0; y < 14; ++y) {
    for (std::size_t x = 0; x + 1 < 14; ++x) {
      common += (scores[14 * y + x] - mean) * (scores[14 * y + x + 1] - mean) / (14.0 * 13.0);
    }
  }
  return common / variance;
}

TEST_CASE("Salient patches are beside each other, and stay so from selection to selection") {
  double neighbours = 0.0, again = 0.0;
  for (std::uint64_t image = 1; image <= 20; ++image) {
    const Trace trace = iret("iret-tiny", "attention", image);
    const auto selections = operations_of<ScoreSelect>(trace);
    const auto& first = std::get<ScoreSelect>(selections[0]->params);
    std::vector<double> logs;
    for (std::size_t token = 1; token < 197; ++token) logs.push_back(std::log(first.scores[token]));
    neighbours += correlation_of_neighbours(logs) / 20.0;
    // Of the tokens that the second selection takes, in the order of its scores, the upper half has
    // higher first scores than the lower half.
    const auto& second = std::get<ScoreSelect>(selections[1]->params);
    const auto origins = input_origins(trace, *selections[1]);
    std::vector<std::pair<std::uint32_t, double>> by_score;
    for (std::size_t token = 1; token < second.tokens_in; ++token) {
      by_score.emplace_back(second.scores[token], logs[origins[token] - 1]);
    }
    std::sort(by_score.begin(), by_score.end());
    const std::size_t half = by_score.size() / 2;
    for (std::size_t i = 0; i < by_score.size(); ++i) {
      const double weight = 1.0 / (20.0 * double(half));
      if (i < half) again -= weight * by_score[i].second;
      if (i >= by_score.size() - half) again += weight * by_score[i].second;
    }
  }
  // The field's own variance is between 4/9 (at the middle of a lattice's cell) and 1, the noises'
  // 0.16 and 0.08 (two heads).
  CHECK(neighbours > 0.4);
  CHECK(neighbours < 0.9);
  CHECK(again > 0.2);
}

TEST_CASE("What is kept depends on the tokens' seed, and on no other") {
  Trace trace = iret("iret-tiny", "attention", 5);
  const auto scores = [](const Trace& of) {
    const Operation& operation = *operations_of<ScoreSelect>(of)[1];
    return token_scores(std::get<ScoreSelect>(operation.params),
                        operand_values(of, operation.inputs[0]),
                        operand_values(of, operation.inputs[1]));
  };
  const auto before = scores(trace);
  CHECK(before == std::get<ScoreSelect>(operations_of<ScoreSelect>(trace)[1]->params).scores);
  set_value_seed(trace, 99);
  CHECK(scores(trace) == before);
  CHECK(std::get<ScoreSelect>(
            operations_of<ScoreSelect>(iret("iret-tiny", "attention", 6))[0]->params)
            .kept != std::get<ScoreSelect>(operations_of<ScoreSelect>(trace)[0]->params).kept);
}

TEST_CASE("Exits are surer from stage to stage") {
  // 1 / (1 + exp(0.6 - b)), less a little for the spread between images.
  const std::array<double, 3> expected{0.354, 0.599, 0.802};
  constexpr int kImages = 60;
  std::array<double, 3> mean{};
  int growing = 0;
  for (int image = 1; image <= kImages; ++image) {
    const Trace trace = iret("iret-tiny", "model", static_cast<std::uint64_t>(image));
    const auto exits = operations_of<ExitTest>(trace);
    REQUIRE(exits.size() == 3);
    std::array<double, 3> shares{};
    for (std::size_t b = 0; b < 3; ++b) {
      shares[b] = exit_confidence(operand_values(trace, exits[b]->inputs[0])) / 65536.0;
      mean[b] += shares[b] / kImages;
    }
    growing += shares[0] < shares[1] && shares[1] < shares[2] ? 1 : 0;
  }
  for (std::size_t b = 0; b < 3; ++b) {
    CAPTURE(b, mean[b]);
    CHECK(std::abs(mean[b] - expected[b]) < 0.08);
  }
  CHECK(growing >= kImages * 9 / 10);
}

TEST_CASE("A classifier of few classes has as many rivals as there are") {
  Trace trace;
  trace.tensors = {{"a", {1, 2}, 8}, {"b", {1, 2}, 8}, {"t", {1}, 8}};
  trace.operations = {
      {"exit", 0, ExitTest{2, 0, false}, {TensorId{0}, TensorId{1}}, {TensorId{2}}}};
  const auto logits = operand_values(trace, TensorId{0});
  REQUIRE(logits.size() == 2);
  CHECK(std::max(logits[0], logits[1]) == 127);
  trace.operations[0].params = ExitTest{1, 0, false};
  CHECK(exit_logits(trace, trace.operations[0]) == std::vector<std::int8_t>{127});
}

TEST_CASE("Taps of a lifting step are an interpolation with some noise") {
  Trace trace;
  trace.tensors = {
      {"patches", {1, 1}, 8}, {"origins", {1}, 16}, {"taps", {200, 2, 4}, 8}, {"bands", {1, 1}, 8}};
  trace.operations = {{"lift",
                       0,
                       LiftingStep{200, 1, 0, 1, 1},
                       {TensorId{0}, TensorId{1}, TensorId{2}},
                       {TensorId{3}}}};
  const auto taps = operand_values(trace, TensorId{2});
  const std::array<double, 8> expected{-2, 18, 18, -2, -3, 24, 24, -3};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    double mean = 0.0, square = 0.0;
    for (std::size_t level = 0; level < 200; ++level) {
      const double distance = taps[8 * level + i] - expected[i];
      mean += distance / 200.0;
      square += distance * distance / 200.0;
    }
    // Four deviations of a mean of 200; a sixteenth of 32 is 2, and rounding adds 1/12.
    CHECK(std::abs(mean) < 4.0 * 2.0 / std::sqrt(200.0));
    CHECK(std::sqrt(square) == Approx(2.02).margin(0.4));
  }
}

}  // namespace
}  // namespace vitcod::token_values_test
