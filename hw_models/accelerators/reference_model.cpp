// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/reference_model.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "hw_models/accelerators/power_of_two.hpp"

namespace vitcod {
namespace {

/// round(x / 2^bits), halves upwards. A shift rounds down, as floor does.
std::int64_t round_shift(std::int64_t x, unsigned bits) {
  return (2 * x + (std::int64_t{1} << bits)) >> (bits + 1);
}

/// In pieces of which 32 bits hold the sum: those are added eight at a time.
std::int64_t inner_product(const std::int8_t* a, const std::int8_t* b, std::size_t length) {
  constexpr std::size_t kPiece = std::size_t{1} << 16U;
  std::int64_t sum = 0;
  for (std::size_t begin = 0; begin < length; begin += kPiece) {
    const std::size_t end = std::min(length, begin + kPiece);
    std::int32_t piece = 0;
    for (std::size_t i = begin; i < end; ++i) piece += std::int32_t{a[i]} * b[i];
    sum += piece;
  }
  return sum;
}

/// Q or K of all heads, (heads, tokens, features).
std::vector<std::int8_t> operand_heads(const AttentionLayer& layer, bool is_query,
                                       const ValueFormats& formats, OperandImage& image) {
  const std::vector<std::int8_t>& stored = image.operand(is_query ? layer.query : layer.key);
  if (layer.compressed_heads == 0) return stored;
  const auto& weights = image.operand(is_query ? *layer.query_weights : *layer.key_weights);
  const auto& bias = image.bias(is_query ? *layer.query_bias : *layer.key_bias);
  return reference_head_mix(stored, layer.compressed_heads, weights, bias, layer.num_heads,
                            formats.weight_fraction_bits);
}

struct KeptScore {
  std::uint32_t key;
  int mantissa;
  int exponent;
};

/// Kept keys of each query of a head, in original token order.
std::vector<std::vector<std::uint32_t>> kept_keys(const PolarizedMap& map,
                                                  const PolarizedHead& head,
                                                  bool counts_pruned_denser) {
  std::vector<std::vector<std::uint32_t>> keys(map.num_queries);
  std::vector<std::size_t> most(map.num_queries, head.num_denser);
  for (const std::uint32_t row : head.sparser.row_idx) ++most[row];
  for (std::uint32_t q = 0; q < map.num_queries; ++q) keys[q].reserve(most[q]);
  for (std::uint32_t p = 0; p < head.num_denser; ++p) {
    for (std::uint32_t q = 0; q < map.num_queries; ++q) {
      if (counts_pruned_denser || head.denser_kept[std::size_t{p} * map.num_queries + q] != 0) {
        keys[q].push_back(head.key_order[p]);
      }
    }
  }
  for (std::uint32_t c = 0; c < head.sparser.num_columns(); ++c) {
    for (std::uint32_t i = head.sparser.col_ptr[c]; i < head.sparser.col_ptr[c + 1]; ++i) {
      keys[head.sparser.row_idx[i]].push_back(head.key_order[head.num_denser + c]);
    }
  }
  return keys;
}

class HeadReference {
 public:
  HeadReference(const AttentionLayer& layer, const ValueFormats& formats)
      : layer_(layer),
        weighs_whole_rows_(formats.weighs_whole_rows),
        multiplier_(static_cast<std::int64_t>(std::floor(
            1.4426950408889634 / std::ldexp(1.0, 2 * int(formats.operand_fraction_bits)) /
                std::sqrt(double(layer.query_features)) * std::ldexp(1.0, 32) +
            0.5))),
        all_keys_(layer.num_keys),
        sums_(layer.value_features),
        piece_(layer.value_features) {
    std::iota(all_keys_.begin(), all_keys_.end(), 0U);
    if (!layer.sigmoid_bias) return;
    offset_ = static_cast<std::int64_t>(
        std::floor(256.0 * 1.4426950408889634 * *layer.sigmoid_bias + 0.5));
    weight_exponent_ =
        static_cast<int>(std::min<std::int64_t>(0, PowerOfTwo::floor_of(offset_) + 6));
  }

  void row(const std::int8_t* query, const std::int8_t* keys, const std::int8_t* values,
           const std::vector<std::uint32_t>& kept, std::int8_t* output) {
    std::vector<KeptScore>& scores = scores_;
    scores.clear();
    int largest = -1000;
    const std::vector<std::uint32_t>& weighed = weighs_whole_rows_ ? all_keys_ : kept;
    for (std::uint32_t key : weighed) {
      const std::int8_t* k = keys + std::size_t{key} * layer_.query_features;
      const std::int64_t raw = inner_product(query, k, layer_.query_features);
      const std::int64_t t =
          std::clamp<std::int64_t>(round_shift(raw * multiplier_, 24) + offset_, -32768, 32767);
      scores.push_back(layer_.sigmoid_bias ? sigmoid(key, t) : power(key, t));
      largest = std::max(largest, scores.back().exponent);
    }
    if (layer_.sigmoid_bias) return weigh_by_sigmoid(scores, values, output);
    std::fill(sums_.begin(), sums_.end(), 0);
    std::int64_t total = 0;
    for (std::size_t begin = 0; begin < scores.size(); begin += kPiece) {
      const std::size_t end = std::min(scores.size(), begin + kPiece);
      total += add_weighed({scores.data() + begin, end - begin}, largest, values, kept);
    }
    const std::size_t features = sums_.size();
    const std::int64_t* const sums = sums_.data();
    for (std::size_t f = 0; f < features; ++f) {
      const double exact = total == 0 ? 0.0 : double(sums[f]) / double(total);
      // A mean of int8, from -128 on: with 128 more, a conversion rounds down as floor does.
      output[f] = static_cast<std::int8_t>(static_cast<int>(exact + 0.5 + 128.0) - 128);
    }
  }

 private:
  /// Adds the rows of V to `sums_`, each with the weight of its score; returns the sum of these. At
  /// most kPiece scores: 32 bits hold the sums of so many products of at most 255 x 128.
  std::int64_t add_weighed(std::span<const KeptScore> scores, int largest,
                           const std::int8_t* values, const std::vector<std::uint32_t>& kept) {
    std::fill(piece_.begin(), piece_.end(), 0);
    std::int64_t total = 0;
    std::int32_t* const piece = piece_.data();
    const std::size_t features = piece_.size();
    for (const KeptScore& score : scores) {
      const int shift = largest - score.exponent;
      const auto weight =
          static_cast<std::int16_t>(shift > 8 ? 0 : round_shift(score.mantissa, unsigned(shift)));
      total += weight;
      if (weighs_whole_rows_ && !std::binary_search(kept.begin(), kept.end(), score.key)) continue;
      const std::int8_t* v = values + score.key * features;
      for (std::size_t f = 0; f < features; ++f) piece[f] += std::int32_t{weight} * v[f];
    }
    for (std::size_t f = 0; f < sums_.size(); ++f) sums_[f] += piece_[f];
    return total;
  }
  KeptScore power(std::uint32_t key, std::int64_t t) const {
    return {key, powers_.mantissa(t), static_cast<int>(PowerOfTwo::floor_of(t))};
  }
  /// Of steps of 16 in t from -2048 to 2047, the middle counts.
  KeptScore sigmoid(std::uint32_t key, std::int64_t t) const {
    if (t < -2048) return power(key, t);
    if (t > 2047) return {key, 128, 0};
    const double p = powers_.exact(t - (t & 15) + 8);
    int exponent = 0;
    const double fraction = std::frexp(p / (1.0 + p), &exponent);  // from 1/2 on, below 1
    const int mantissa = static_cast<int>(std::floor(256.0 * fraction + 0.5));
    if (mantissa == 256) return {key, 128, exponent};
    return {key, mantissa, exponent - 1};
  }
  void weigh_by_sigmoid(const std::vector<KeptScore>& scores, const std::int8_t* values,
                        std::int8_t* output) const {
    for (std::uint32_t f = 0; f < layer_.value_features; ++f) {
      std::int64_t sum = 0;
      for (const KeptScore& score : scores) {
        const int shift = weight_exponent_ - score.exponent;
        std::int64_t weight = 255;
        if (shift >= 0) weight = shift > 8 ? 0 : round_shift(score.mantissa, unsigned(shift));
        sum += weight * values[std::size_t{score.key} * layer_.value_features + f];
      }
      const double scaled = std::floor(std::ldexp(double(sum), weight_exponent_ - 7) + 0.5);
      output[f] = static_cast<std::int8_t>(std::clamp(scaled, -128.0, 127.0));
    }
  }

  static constexpr std::size_t kPiece = std::size_t{1} << 16U;

  const AttentionLayer& layer_;
  const bool weighs_whole_rows_;
  const std::int64_t multiplier_;
  const PowerOfTwo powers_;
  std::vector<std::uint32_t> all_keys_;
  std::int64_t offset_ = 0;  ///< of the sigmoid's bias, in units of t
  int weight_exponent_ = 0;  ///< of sigmoid attention
  // Of the row that is computed.
  std::vector<KeptScore> scores_;
  std::vector<std::int64_t> sums_;
  std::vector<std::int32_t> piece_;
};

}  // namespace

std::vector<std::int8_t> reference_head_mix(const std::vector<std::int8_t>& input,
                                            std::size_t heads_in,
                                            const std::vector<std::int8_t>& weights,
                                            const std::vector<std::int32_t>& bias,
                                            std::size_t heads_out, unsigned fraction_bits) {
  const std::size_t elements = input.size() / heads_in;
  std::vector<std::int8_t> output(heads_out * elements);
  std::vector<std::int32_t> products(elements);  // exact: at most 2^16 heads
  for (std::size_t h = 0; h < heads_out; ++h) {
    std::fill(products.begin(), products.end(), 0);
    for (std::size_t c = 0; c < heads_in; ++c) {
      const std::int8_t* in = input.data() + c * elements;
      const std::int8_t weight = weights[c * heads_out + h];
      for (std::size_t i = 0; i < elements; ++i) products[i] += std::int32_t{weight} * in[i];
    }
    for (std::size_t i = 0; i < elements; ++i) {
      const std::int64_t sum = std::int64_t{bias[h]} + products[i];
      output[h * elements + i] = static_cast<std::int8_t>(
          std::clamp<std::int64_t>(round_shift(sum, fraction_bits), -128, 127));
    }
  }
  return output;
}

std::vector<std::int8_t> reference_attention(const AttentionLayer& layer,
                                             const ValueFormats& formats, OperandImage& image) {
  const std::vector<std::int8_t> queries = operand_heads(layer, true, formats, image);
  const std::vector<std::int8_t> keys = operand_heads(layer, false, formats, image);
  const std::vector<std::int8_t>& values = image.operand(layer.value);
  HeadReference reference(layer, formats);
  const std::size_t query_size = std::size_t{layer.num_queries} * layer.query_features;
  const std::size_t key_size = std::size_t{layer.num_keys} * layer.query_features;
  const std::size_t value_size = std::size_t{layer.num_keys} * layer.value_features;
  std::vector<std::int8_t> output(std::size_t{layer.num_heads} * layer.num_queries *
                                  layer.value_features);
  for (std::size_t h = 0; h < layer.num_heads; ++h) {
    const auto kept = kept_keys(*layer.map, layer.map->heads[h], formats.counts_pruned_denser);
    for (std::size_t q = 0; q < layer.num_queries; ++q) {
      reference.row(queries.data() + h * query_size + q * layer.query_features,
                    keys.data() + h * key_size, values.data() + h * value_size, kept[q],
                    output.data() + (h * layer.num_queries + q) * layer.value_features);
    }
  }
  return output;
}

std::vector<std::int8_t> reference_encoding(const EncodeLayer& layer,
                                            std::uint32_t weight_fraction_bits,
                                            OperandImage& image) {
  return reference_head_mix(image.operand(layer.input), layer.heads_in,
                            image.operand(layer.weights), image.bias(layer.bias), layer.heads_out,
                            weight_fraction_bits);
}

}  // namespace vitcod
