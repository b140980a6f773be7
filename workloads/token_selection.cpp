// SPDX-License-Identifier: Apache-2.0
#include "workloads/token_selection.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "sim/base/attention_index.hpp"
#include "sim/base/det_math.hpp"
#include "sim/base/errors.hpp"
#include "workloads/number_formats.hpp"

namespace vitcod {
namespace {

constexpr double kLog2E = 1.4426950408889634;
constexpr unsigned kTableBits = 8;
constexpr unsigned kScaleBits = 24;
constexpr std::int32_t kWeightBits = 8;

/// 2^t of whole numbers times a scale, as mantissas and exponents, and their weights among each
/// other.
class Softmax {
 public:
  /// Of 2^(scale x) for each number x.
  explicit Softmax(double scale)
      : multiplier_(std::llround(scale * (1 << kTableBits) * (1 << kScaleBits))) {}

  void add(std::int32_t value) {
    const std::int64_t half = std::int64_t{1} << (kScaleBits - 1);
    const std::int64_t scaled = (value * multiplier_ + half) >> kScaleBits;
    powers_.push_back(std::clamp<std::int64_t>(scaled, -32768, 32767));
  }

  /// The weight of each number in the order in which they came.
  std::vector<std::uint32_t> weights() const {
    const std::int64_t largest = *std::max_element(powers_.begin(), powers_.end()) >> kTableBits;
    std::vector<std::uint32_t> weights;
    for (const std::int64_t power : powers_) {
      const std::int64_t shift = largest - (power >> kTableBits);
      const std::uint32_t half = shift == 0 ? 0U : 1U << (std::min<std::int64_t>(shift, 9) - 1);
      const std::uint32_t mantissa = mantissas()[power & ((1 << kTableBits) - 1)];
      weights.push_back(shift > kWeightBits ? 0U : (mantissa + half) >> shift);
    }
    return weights;
  }

 private:
  using Table = std::array<std::uint32_t, 1 << kTableBits>;

  /// 128 times 2^f for each fraction f, rounded.
  static const Table& mantissas() {
    static const Table table = [] {
      Table values{};
      for (std::size_t f = 0; f < values.size(); ++f) {
        const double power = det_exp2(static_cast<double>(f) / static_cast<double>(values.size()));
        values[f] = static_cast<std::uint32_t>(std::lround(128.0 * power));
      }
      return values;
    }();
    return table;
  }

  std::int64_t multiplier_;
  std::vector<std::int64_t> powers_;
};

std::uint64_t sum_of(const std::vector<std::uint32_t>& weights) {
  std::uint64_t sum = 0;
  for (const std::uint32_t weight : weights) sum += weight;
  return sum;
}

std::vector<std::uint32_t> logit_weights(std::span<const std::int8_t> logits) {
  Softmax softmax(kLog2E * kOperandUnit);
  for (const std::int8_t logit : logits) softmax.add(logit);
  return softmax.weights();
}

/// The selection whose origins are `tensor`; null if none.
const Operation* selection_of(const Trace& trace, TensorId tensor) {
  for (const Operation& operation : trace.operations) {
    const bool is_selection = std::holds_alternative<ScoreSelect>(operation.params);
    if (is_selection && operation.outputs.size() > 1 && operation.outputs[1] == tensor) {
      return &operation;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<const Operation*> selection_chain(const Trace& trace, const Operation& select) {
  std::vector<const Operation*> chain{&select};
  while (chain.back()->inputs.size() > 3) {
    const Operation* before = selection_of(trace, chain.back()->inputs[3]);
    check(before != nullptr && before < chain.back(), "origins that no earlier selection makes");
    chain.push_back(before);
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

std::vector<std::uint32_t> input_origins(const Trace& trace, const Operation& select) {
  const std::vector<const Operation*> chain = selection_chain(trace, select);
  std::vector<std::uint32_t> origins(std::get<ScoreSelect>(chain.front()->params).tokens_in);
  std::iota(origins.begin(), origins.end(), 0U);
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    std::vector<std::uint32_t> left;
    for (const std::uint32_t token : std::get<ScoreSelect>(chain[i]->params).kept) {
      left.push_back(origins[token]);
    }
    origins = std::move(left);
  }
  return origins;
}

std::vector<std::uint32_t> token_scores(const ScoreSelect& select,
                                        std::span<const std::int8_t> query,
                                        std::span<const std::int8_t> keys) {
  const std::size_t features = select.features;
  const LayerKeys rows(select.tokens_in);
  std::vector<std::uint32_t> scores(select.tokens_in, 0);
  for (std::size_t head = 0; head < select.heads; ++head) {
    Softmax softmax(kLog2E * kOperandUnit * kOperandUnit / std::sqrt(double(select.features)));
    const std::int8_t* q = &query[head * features];
    for (std::size_t token = 0; token < scores.size(); ++token) {
      const std::int8_t* k =
          &keys[value_of(rows.index(LayerHead(head), KeyToken(token))) * features];
      std::int32_t product = 0;
      for (std::size_t f = 0; f < features; ++f) product += q[f] * k[f];
      softmax.add(product);
    }
    const std::vector<std::uint32_t> weights = softmax.weights();
    const std::uint64_t reciprocal = (std::uint64_t{1} << 24) / sum_of(weights);
    for (std::size_t token = 0; token < scores.size(); ++token) {
      scores[token] += static_cast<std::uint32_t>((weights[token] * reciprocal) >> 8);
    }
  }
  return scores;
}

std::vector<std::uint32_t> kept_tokens(const ScoreSelect& select) {
  std::vector<std::uint32_t> kept, candidates;
  for (std::uint32_t token = 0; token < select.scores.size(); ++token) {
    const bool is_prefix = token < select.prefix_tokens;
    const bool is_above =
        select.rule == SelectionRule::kThreshold && select.scores[token] >= select.threshold;
    if (is_prefix || is_above) kept.push_back(token);
    if (!is_prefix) candidates.push_back(token);
  }
  if (select.rule == SelectionRule::kThreshold) return kept;
  std::stable_sort(candidates.begin(), candidates.end(), [&](std::uint32_t a, std::uint32_t b) {
    return select.scores[a] > select.scores[b];
  });
  candidates.resize(std::min<std::size_t>(candidates.size(), select.threshold));
  kept.insert(kept.end(), candidates.begin(), candidates.end());
  std::sort(kept.begin(), kept.end());
  return kept;
}

std::uint32_t least_score(double tau, std::uint32_t heads, std::uint32_t patches) {
  const double score = std::ceil(tau * heads * 65536.0 / patches);
  return static_cast<std::uint32_t>(std::min(score, 4294967295.0));
}

bool is_exit_taken(const ExitTest& exit, std::span<const std::int8_t> logits) {
  const std::vector<std::uint32_t> weights = logit_weights(logits);
  const std::uint64_t largest = *std::max_element(weights.begin(), weights.end());
  return largest << 16 >= exit.confidence * sum_of(weights);
}

std::uint32_t exit_confidence(std::span<const std::int8_t> logits) {
  const std::vector<std::uint32_t> weights = logit_weights(logits);
  const std::uint64_t largest = *std::max_element(weights.begin(), weights.end());
  return static_cast<std::uint32_t>((largest << 16) / sum_of(weights));
}

}  // namespace vitcod
