// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/reference_cascade.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hw_models/accelerators/power_of_two.hpp"

namespace vitcod {
namespace {

/// Weights of one row of S, whose scores are q.k / sqrt(features) times log2(e).
class RowReference {
 public:
  explicit RowReference(const PairBlock& block)
      : features_(block.query_features),
        scale_(
            std::floor(1.4426950408889634 / std::ldexp(1.0, 2 * int(block.operand_fraction_bits)) /
                           std::sqrt(double(block.query_features)) * std::ldexp(1.0, 32) +
                       0.5)) {}

  void weigh(const std::int8_t* query, const std::int8_t* keys, std::span<std::uint8_t> weights) {
    terms_.clear();
    for (std::size_t k = 0; k < weights.size(); ++k, keys += features_) {
      std::int32_t product = 0;
      for (std::size_t f = 0; f < features_; ++f) product += std::int32_t{query[f]} * keys[f];
      const double t = std::floor(product * scale_ / std::ldexp(1.0, 24) + 0.5);
      terms_.push_back(static_cast<std::int64_t>(std::clamp(t, -32768.0, 32767.0)));
    }
    const std::int64_t largest =
        PowerOfTwo::floor_of(*std::max_element(terms_.begin(), terms_.end()));
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const auto below = static_cast<int>(largest - PowerOfTwo::floor_of(terms_[k]));
      const double weight =
          below > 8 ? 0 : std::floor(std::ldexp(powers_.mantissa(terms_[k]), -below) + 0.5);
      weights[k] = static_cast<std::uint8_t>(weight);
    }
  }

 private:
  const std::size_t features_;
  const double scale_;
  const PowerOfTwo powers_;
  std::vector<std::int64_t> terms_;
};

/// Sum of the magnitudes of an output row.
std::uint64_t magnitude(std::span<const std::uint8_t> weights, std::span<const std::uint32_t> kept,
                        const std::int8_t* values, std::uint32_t features, std::uint64_t total) {
  std::vector<std::int32_t> sums(features, 0);
  for (const std::uint32_t key : kept) {
    const std::int8_t* row = values + std::size_t{key} * features;
    for (std::uint32_t f = 0; f < features; ++f) sums[f] += std::int32_t{weights[key]} * row[f];
  }
  double sum = 0;
  for (const std::int32_t x : sums) sum += std::abs(std::floor(x / double(total) + 0.5));
  return static_cast<std::uint64_t>(sum);
}

}  // namespace

template <typename T>
std::vector<std::uint32_t> reference_top_k(std::span<const T> values, std::uint32_t k) {
  std::vector<std::uint32_t> places(values.size());
  std::iota(places.begin(), places.end(), 0U);
  const auto is_before = [&](std::uint32_t a, std::uint32_t b) {
    return values[a] != values[b] ? values[a] > values[b] : a < b;
  };
  std::partial_sort(places.begin(), places.begin() + k, places.end(), is_before);
  places.resize(k);
  std::sort(places.begin(), places.end());
  return places;
}
template std::vector<std::uint32_t> reference_top_k(std::span<const std::uint8_t>, std::uint32_t);
template std::vector<std::uint32_t> reference_top_k(std::span<const std::uint64_t>, std::uint32_t);

PairReference reference_pairs(const PairBlock& block, const PairOperands& operands) {
  PairReference result;
  result.token_importance.assign(block.keys, 0);
  result.head_importance.assign(block.heads, 0);
  result.weights.resize(std::size_t{block.heads} * block.queries * block.keys);
  RowReference reference(block);
  for (std::size_t row = 0; row < std::size_t{block.heads} * block.queries; ++row) {
    const std::size_t head = row / block.queries;
    const std::span weights = std::span(result.weights).subspan(row * block.keys, block.keys);
    reference.weigh(operands.query.data() + row * block.query_features,
                    operands.key.data() + head * block.keys * block.query_features, weights);
    const std::uint64_t total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    const std::uint64_t reciprocal = 16777216 / total;
    for (std::size_t k = 0; k < block.keys; ++k) {
      result.token_importance[k] += weights[k] * reciprocal / 256;
    }
    const auto kept = reference_top_k(std::span<const std::uint8_t>(weights), block.values_kept);
    result.head_importance[head] +=
        magnitude(weights, kept, operands.value.data() + head * block.keys * block.value_features,
                  block.value_features, total);
    result.kept_values.insert(result.kept_values.end(), kept.begin(), kept.end());
  }
  return result;
}

}  // namespace vitcod
