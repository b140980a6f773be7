// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/reference_packed.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace vitcod {
namespace {

/// round(x / 2^bits), halves upwards; nothing is left of 32 bits and more.
std::int64_t scaled_down(std::int64_t x, std::int64_t bits) {
  if (bits >= 32) return 0;
  const double scaled = std::ldexp(double(x), static_cast<int>(-bits));
  return static_cast<std::int64_t>(std::floor(scaled + 0.5));
}

/// 2^t with t in units of 1/256, as mantissa in [128, 255] and exponent.
struct Power {
  std::int64_t mantissa = 0;
  std::int64_t exponent = 0;
};

/// 2^(f/256) is the product of 2^(1/2), 2^(1/4), ... for the set bits of f.
Power power_of(std::int64_t t) {
  double factor = 2.0, mantissa = 128.0;
  for (unsigned bit = 0; bit < 8; ++bit) {
    factor = std::sqrt(factor);
    if (((t >> (7 - bit)) & 1) != 0) mantissa *= factor;
  }
  return {static_cast<std::int64_t>(std::floor(mantissa + 0.5)), (t - (t & 255)) / 256};
}

/// Sums of one row, and what they are in units of.
struct Sums {
  std::optional<std::int64_t> exponent;  ///< none: nothing is summed up yet
  std::int64_t total = 0;
  std::vector<std::int64_t> values;
};

class PackedHead {
 public:
  PackedHead(const AttentionLayer& layer, const ValueFormats& formats)
      : layer_(layer),
        formats_(formats),
        unit_(1.4426950408889634 / std::ldexp(1.0, 2 * int(formats.operand_fraction_bits)) /
              std::sqrt(double(layer.query_features))) {}

  /// `kept`: of the row, ascending.
  void row(const std::int8_t* query, const std::int8_t* keys, const std::int8_t* values,
           const std::vector<std::uint32_t>& kept, std::int8_t* output) const {
    Sums sums;
    sums.values.assign(layer_.value_features, 0);
    std::vector<std::uint32_t> piece;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      piece.push_back(kept[i]);
      const bool is_last = i + 1 == kept.size() || kept[i + 1] / formats_.packed->segment_keys !=
                                                       kept[i] / formats_.packed->segment_keys;
      if (!is_last && piece.size() < formats_.packed->piece_entries) continue;
      add(sums, sum_up(piece, query, keys, values));
      piece.clear();
    }
    for (std::uint32_t f = 0; f < layer_.value_features; ++f) {
      const double exact = sums.total == 0 ? 0.0 : double(sums.values[f]) / double(sums.total);
      output[f] = static_cast<std::int8_t>(std::floor(exact + 0.5));
    }
  }

 private:
  Sums sum_up(const std::vector<std::uint32_t>& piece, const std::int8_t* query,
              const std::int8_t* keys, const std::int8_t* values) const {
    std::vector<Power> powers;
    Sums sums;
    for (const std::uint32_t key : piece) {
      std::int64_t raw = 0;
      for (std::size_t f = 0; f < layer_.query_features; ++f) {
        raw += std::int64_t{query[f]} * keys[std::size_t{key} * layer_.query_features + f];
      }
      // The scale has 32 fraction bits, the result 8.
      const auto scale = static_cast<std::int64_t>(std::floor(unit_ * 4294967296.0 + 0.5));
      const std::int64_t product = raw * scale + (1 << 23);
      powers.push_back(power_of(std::clamp<std::int64_t>(product >> 24, -32768, 32767)));
      sums.exponent =
          std::max(sums.exponent.value_or(powers.back().exponent), powers.back().exponent);
    }
    sums.values.assign(layer_.value_features, 0);
    for (std::size_t i = 0; i < piece.size(); ++i) {
      const std::int64_t distance = *sums.exponent - powers[i].exponent;
      const std::int64_t weight = distance > 8 ? 0 : scaled_down(powers[i].mantissa, distance);
      sums.total += weight;
      for (std::size_t f = 0; f < layer_.value_features; ++f) {
        sums.values[f] += weight * values[std::size_t{piece[i]} * layer_.value_features + f];
      }
    }
    return sums;
  }

  static void add(Sums& sums, const Sums& piece) {
    if (!sums.exponent) {
      sums = piece;
      return;
    }
    const std::int64_t largest = std::max(*sums.exponent, *piece.exponent);
    const std::int64_t own = largest - *sums.exponent, other = largest - *piece.exponent;
    sums.total = scaled_down(sums.total, own) + scaled_down(piece.total, other);
    for (std::size_t f = 0; f < sums.values.size(); ++f) {
      sums.values[f] = scaled_down(sums.values[f], own) + scaled_down(piece.values[f], other);
    }
    sums.exponent = largest;
  }

  const AttentionLayer& layer_;
  const ValueFormats& formats_;
  const double unit_;
};

/// Kept keys of each query of a head, ascending.
std::vector<std::vector<std::uint32_t>> kept_keys(const PolarizedMap& map,
                                                  const PolarizedHead& head) {
  std::vector<std::vector<std::uint32_t>> keys(map.num_queries);
  for (std::uint32_t p = 0; p < head.num_denser; ++p) {
    for (std::uint32_t q = 0; q < map.num_queries; ++q) {
      if (head.denser_kept[std::size_t{p} * map.num_queries + q] != 0) {
        keys[q].push_back(head.key_order[p]);
      }
    }
  }
  for (std::uint32_t c = 0; c < head.sparser.num_columns(); ++c) {
    for (std::uint32_t i = head.sparser.col_ptr[c]; i < head.sparser.col_ptr[c + 1]; ++i) {
      keys[head.sparser.row_idx[i]].push_back(head.key_order[head.num_denser + c]);
    }
  }
  for (auto& row : keys) std::sort(row.begin(), row.end());
  return keys;
}

}  // namespace

std::vector<std::int8_t> reference_packed_attention(const AttentionLayer& layer,
                                                    const ValueFormats& formats,
                                                    OperandImage& image) {
  const std::vector<std::int8_t>& queries = image.operand(layer.query);
  const std::vector<std::int8_t>& keys = image.operand(layer.key);
  const std::vector<std::int8_t>& values = image.operand(layer.value);
  const PackedHead reference(layer, formats);
  const std::size_t query_size = std::size_t{layer.num_queries} * layer.query_features;
  const std::size_t key_size = std::size_t{layer.num_keys} * layer.query_features;
  const std::size_t value_size = std::size_t{layer.num_keys} * layer.value_features;
  std::vector<std::int8_t> output(std::size_t{layer.num_heads} * layer.num_queries *
                                  layer.value_features);
  for (std::size_t h = 0; h < layer.num_heads; ++h) {
    const auto kept = kept_keys(*layer.map, layer.map->heads[h]);
    for (std::size_t q = 0; q < layer.num_queries; ++q) {
      reference.row(queries.data() + h * query_size + q * layer.query_features,
                    keys.data() + h * key_size, values.data() + h * value_size, kept[q],
                    output.data() + (h * layer.num_queries + q) * layer.value_features);
    }
  }
  return output;
}

}  // namespace vitcod
