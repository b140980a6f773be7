// SPDX-License-Identifier: Apache-2.0
#include "workloads/token_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "sim/base/attention_index.hpp"
#include "sim/base/det_math.hpp"
#include "sim/base/random.hpp"
#include "workloads/generator/smooth_field.hpp"
#include "workloads/number_formats.hpp"
#include "workloads/token_selection.hpp"

namespace vitcod {
namespace {

// Attention is sharper in deeper layers. The sharpness is such that one threshold keeps 0.7 of the
// patches at each of three selections (token_values_test.cpp).
constexpr double kFirstSharpness = 0.57;
constexpr double kSharpnessStep = 0.08;
constexpr double kTokenNoise = 0.4;
constexpr double kHeadNoise = 0.4;
constexpr std::uint32_t kLattice = 5;  ///< objects of a quarter of the image's side

constexpr std::uint32_t kObjects = 16;
constexpr double kObjectDeviation = 24.0;
constexpr double kObjectNoise = 16.0;

constexpr double kWinner = 127.0;
constexpr std::uint32_t kRivals = 8;
constexpr double kRivalNoise = 4.0;
constexpr double kFirstExit = -0.6;  ///< ln(p / (1 - p)) of the winner's share p
constexpr double kExitSpread = 0.5;
/// More than 8 bits below the winner, with their deviation.
constexpr double kOthers = -96.0;
constexpr double kOthersDeviation = 8.0;

std::int8_t operand(double value) {
  return static_cast<std::int8_t>(std::clamp(std::floor(value + 0.5), -128.0, 127.0));
}

TokenGrid square_grid(std::uint32_t patches) {
  auto rows = static_cast<std::uint32_t>(std::sqrt(double{1.0} * patches));
  while (rows > 1 && patches % rows != 0) --rows;
  return {std::max(rows, 1U), patches / std::max(rows, 1U)};
}

/// The scores that one head gives to the tokens of a selection.
class HeadScores {
 public:
  HeadScores(const Trace& trace, const Operation& select)
      : seed_(trace.token_seed),
        select_(std::get<ScoreSelect>(select.params)),
        origins_(input_origins(trace, select)) {
    const auto chain = selection_chain(trace, select);
    number_ = chain.size() - 1;
    const auto& first = std::get<ScoreSelect>(chain.front()->params);
    const std::uint32_t patches = first.tokens_in - first.prefix_tokens;
    Random field(seed_, "tokens/saliency");
    if (patches > 0) saliency_ = smooth_field(field, square_grid(patches), kLattice);
    Random noise(seed_, fmt::format("tokens/selection{}", number_));
    for (double& saliency : saliency_) saliency += kTokenNoise * noise.normal();
  }

  std::vector<double> of_head(std::size_t head) const {
    Random noise(seed_, fmt::format("tokens/selection{}/head{}", number_, head));
    std::vector<double> field = saliency_;
    for (double& saliency : field) saliency += kHeadNoise * noise.normal();
    const double sharpness = kFirstSharpness + kSharpnessStep * static_cast<double>(number_);
    std::vector<double> scores;
    for (const std::uint32_t origin : origins_) {
      const bool is_patch = origin >= select_.prefix_tokens;
      scores.push_back(is_patch ? sharpness * field[origin - select_.prefix_tokens] : 0.0);
    }
    return scores;
  }

 private:
  std::uint64_t seed_;
  const ScoreSelect& select_;
  std::vector<std::uint32_t> origins_;
  std::size_t number_ = 0;
  std::vector<double> saliency_;
};

double product(const std::int8_t* a, const std::int8_t* b, std::size_t size) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

/// How many operations of its kind come before one.
template <typename Kind>
std::uint32_t number_of(const Trace& trace, const Operation& one) {
  std::uint32_t number = 0;
  for (const Operation& operation : trace.operations) {
    if (&operation == &one) break;
    number += std::holds_alternative<Kind>(operation.params) ? 1 : 0;
  }
  return number;
}

}  // namespace

void imprint_saliency(const Trace& trace, const Operation& operation,
                      std::span<const std::int8_t> query, std::vector<std::int8_t>& keys) {
  const auto& select = std::get<ScoreSelect>(operation.params);
  const HeadScores head_scores(trace, operation);
  const LayerKeys rows(select.tokens_in);
  const std::size_t features = select.features;
  const double unit = std::sqrt(double(select.features)) / (kOperandUnit * kOperandUnit);
  for (std::size_t head = 0; head < select.heads; ++head) {
    const std::vector<double> scores = head_scores.of_head(head);
    const std::int8_t* q = &query[head * features];
    const double square = product(q, q, features);
    for (std::size_t token = 0; token < select.tokens_in && square > 0.0; ++token) {
      std::int8_t* k = &keys[value_of(rows.index(LayerHead(head), KeyToken(token))) * features];
      const double share = (scores[token] * unit - product(q, k, features)) / square;
      for (std::size_t f = 0; f < features; ++f) k[f] = operand(k[f] + share * q[f]);
    }
  }
}

std::vector<std::int8_t> match_keys(const Trace& trace, const Operation& operation) {
  const auto& match = std::get<SimilarityMatch>(operation.params);
  const std::uint32_t heads = trace.tensor(operation.inputs[0]).shape[0];
  Random image(trace.token_seed,
               fmt::format("tokens/match{}", number_of<SimilarityMatch>(trace, operation)));
  std::vector<std::uint64_t> objects;
  for (std::uint32_t token = 0; token < match.tokens; ++token) {
    objects.push_back(image.uniform_below(kObjects));
  }
  std::vector<std::int8_t> keys;
  for (std::uint32_t head = 0; head < heads; ++head) {
    Random prototypes(trace.token_seed, fmt::format("tokens/objects/head{}", head));
    std::vector<double> of_objects(std::size_t{kObjects} * match.features);
    for (double& feature : of_objects) feature = kObjectDeviation * prototypes.normal();
    for (const std::uint64_t object : objects) {
      for (std::uint32_t f = 0; f < match.features; ++f) {
        const double noise = kObjectNoise * image.normal();
        keys.push_back(operand(of_objects[object * match.features + f] + noise));
      }
    }
  }
  return keys;
}

std::vector<std::int8_t> exit_logits(const Trace& trace, const Operation& operation) {
  const auto& exit = std::get<ExitTest>(operation.params);
  const std::uint32_t number = number_of<ExitTest>(trace, operation);
  Random image(trace.token_seed, "tokens/image");
  const auto winner = static_cast<std::uint32_t>(image.uniform_below(exit.classes));
  const double sureness = kFirstExit + number + kExitSpread * image.normal();
  const double gap = (det_log(kRivals) + sureness) / kOperandUnit;
  Random noise(trace.token_seed, fmt::format("tokens/exit{}", number));
  std::vector<std::int8_t> logits;
  for (std::uint32_t i = 0; i < exit.classes; ++i) {
    logits.push_back(operand(kOthers + kOthersDeviation * noise.normal()));
  }
  logits[winner] = operand(kWinner);
  for (std::uint32_t rival = 1; rival <= kRivals && rival < exit.classes; ++rival) {
    logits[(winner + rival) % exit.classes] = operand(kWinner - gap + kRivalNoise * noise.normal());
  }
  return logits;
}

}  // namespace vitcod
