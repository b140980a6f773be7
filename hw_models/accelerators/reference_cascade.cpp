// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/reference_cascade.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hw_models/accelerators/power_of_two.hpp"

namespace vitcod {
namespace {

/// Weights of one row of S, whose scores are q.k / sqrt(features) times log2(e). Operands are in
/// sixteenths.
class RowReference {
 public:
  explicit RowReference(const PairBlock& block)
      : features_(block.query_features),
        scale_(
            std::floor(1.4426950408889634 / std::ldexp(1.0, 2 * int(block.operand_fraction_bits)) /
                           std::sqrt(double(block.query_features)) * std::ldexp(1.0, 32) +
                       0.5)) {}

  void weigh(const std::int32_t* query, const std::int32_t* keys, std::span<std::uint8_t> weights) {
    terms_.clear();
    for (std::size_t k = 0; k < weights.size(); ++k, keys += features_) {
      std::int32_t product = 0;  // at most 127 x 2^22
      for (std::size_t f = 0; f < features_; ++f) product += query[f] * keys[f];
      const double t = std::floor(double(product) * scale_ / std::ldexp(1.0, 32) + 0.5);
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

std::uint64_t sum_of(std::span<const std::uint8_t> weights) {
  return std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
}

/// Whether the largest probability is below the threshold.
bool is_flat(std::span<const std::uint8_t> weights, const LowBitsConfig& low_bits) {
  const double most = *std::max_element(weights.begin(), weights.end());
  return most < std::floor(low_bits.flat_below * 65536 + 0.5) / 65536 * double(sum_of(weights));
}

/// `values` are in sixteenths.
std::vector<std::int8_t> output_row(std::span<const std::uint8_t> weights,
                                    std::span<const std::uint32_t> kept, const std::int32_t* values,
                                    std::uint32_t features) {
  std::vector<std::int32_t> sums(features, 0);
  for (const std::uint32_t key : kept) {
    const std::int32_t* row = values + std::size_t{key} * features;
    for (std::uint32_t f = 0; f < features; ++f) sums[f] += weights[key] * row[f];
  }
  const double total = 16.0 * double(sum_of(weights));
  std::vector<std::int8_t> outputs;
  outputs.reserve(features);
  for (const std::int32_t x : sums) {
    outputs.push_back(static_cast<std::int8_t>(std::min(127.0, std::floor(x / total + 0.5))));
  }
  return outputs;
}

/// Elements in sixteenths: of `high`, with the bits of `low` if there are any.
std::vector<std::int32_t> scaled_operand(std::span<const std::int8_t> high,
                                         std::span<const std::int8_t> low) {
  std::vector<std::int32_t> operand(high.size());
  for (std::size_t i = 0; i < high.size(); ++i) {
    operand[i] = 16 * high[i];
    if (low.empty()) continue;
    const int two = std::uint8_t(low[i / 2]);
    operand[i] += i % 2 == 0 ? two % 16 : two / 16;
  }
  return operand;
}

/// Operands in sixteenths: as a row is computed first, and whole.
class ScaledOperands {
 public:
  ScaledOperands(const PairBlock& block, const PairOperands& operands)
      : block_(block), value_(scaled_operand(operands.value, operands.value_low)) {
    const bool are_whole = block.low_bits.rows != LowBits::kFlatRows;
    query_ = scaled_operand(operands.query, are_whole ? operands.query_low : Low{});
    key_ = scaled_operand(operands.key, are_whole ? operands.key_low : Low{});
    if (are_whole) return;
    whole_query_ = scaled_operand(operands.query, operands.query_low);
    whole_key_ = scaled_operand(operands.key, operands.key_low);
  }

  const std::int32_t* query_row(std::size_t row) const {
    return query_.data() + row * block_.query_features;
  }
  const std::int32_t* keys_of(std::size_t head) const { return key_.data() + first_key(head); }
  const std::int32_t* whole_query_row(std::size_t row) const {
    return whole_query_.data() + row * block_.query_features;
  }
  const std::int32_t* whole_keys_of(std::size_t head) const {
    return whole_key_.data() + first_key(head);
  }
  const std::int32_t* values_of(std::size_t head) const {
    return value_.data() + head * block_.keys * block_.value_features;
  }

 private:
  using Low = std::span<const std::int8_t>;
  std::size_t first_key(std::size_t head) const {
    return head * block_.keys * block_.query_features;
  }

  const PairBlock& block_;
  std::vector<std::int32_t> query_, key_, value_, whole_query_, whole_key_;
};

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
  const ScaledOperands scaled(block, operands);
  PairReference result;
  result.token_importance.assign(block.keys, 0);
  result.head_importance.assign(block.heads, 0);
  result.weights.resize(std::size_t{block.heads} * block.queries * block.keys);
  RowReference reference(block);
  for (std::size_t row = 0; row < std::size_t{block.heads} * block.queries; ++row) {
    const std::size_t head = row / block.queries;
    const std::span weights = std::span(result.weights).subspan(row * block.keys, block.keys);
    reference.weigh(scaled.query_row(row), scaled.keys_of(head), weights);
    if (block.low_bits.rows == LowBits::kFlatRows) {
      result.is_flat.push_back(is_flat(weights, block.low_bits));
      if (result.is_flat.back()) {
        reference.weigh(scaled.whole_query_row(row), scaled.whole_keys_of(head), weights);
      }
    }
    const std::uint64_t total = sum_of(weights);
    const std::uint64_t reciprocal = 16777216 / total;
    for (std::size_t k = 0; k < block.keys; ++k) {
      result.token_importance[k] += weights[k] * reciprocal / 256;
    }
    const auto kept = reference_top_k(std::span<const std::uint8_t>(weights), block.values_kept);
    const auto outputs = output_row(weights, kept, scaled.values_of(head), block.value_features);
    for (const std::int8_t x : outputs) result.head_importance[head] += std::uint64_t(std::abs(x));
    result.outputs.insert(result.outputs.end(), outputs.begin(), outputs.end());
    result.kept_values.insert(result.kept_values.end(), kept.begin(), kept.end());
  }
  return result;
}

}  // namespace vitcod
