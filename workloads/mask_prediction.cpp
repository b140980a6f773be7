// SPDX-License-Identifier: Apache-2.0
#include "workloads/mask_prediction.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/base/det_math.hpp"

namespace vitcod {
namespace {

constexpr double kLog2E = 1.4426950408889634;
constexpr std::uint32_t kShareBits = 16;
constexpr std::uint32_t kMostShare = 1U << kShareBits;

/// An operand in 4 bits: a sixteenth, halves up, within seven steps.
std::int32_t narrowed(std::int8_t operand) {
  const std::int32_t lifted = operand + 8 + 256;  // not negative: a division then rounds down
  return std::clamp(lifted / 16 - 16, -7, 7);
}

std::vector<std::int32_t> narrowed(std::span<const std::int8_t> operands) {
  std::vector<std::int32_t> narrow;
  narrow.reserve(operands.size());
  for (const std::int8_t operand : operands) narrow.push_back(narrowed(operand));
  return narrow;
}

/// 128 times 2^(f / 256), rounded.
const std::array<std::uint64_t, 256>& mantissas() {
  static const std::array<std::uint64_t, 256> table = [] {
    std::array<std::uint64_t, 256> values{};
    for (std::size_t f = 0; f < values.size(); ++f) {
      values[f] = static_cast<std::uint64_t>(
          std::floor(128.0 * det_exp2(static_cast<double>(f) / 256.0) + 0.5));
    }
    return values;
  }();
  return table;
}

/// The powers of a row, from its products to the shares.
class Row {
 public:
  explicit Row(std::int64_t multiplier) : multiplier_(multiplier) {}

  void add(std::int32_t product) {
    // 4-bit operands are in steps of 16.
    const std::int64_t scaled = (std::int64_t{256} * product * multiplier_ + (1 << 23)) >> 24;
    const std::int64_t power = std::clamp<std::int64_t>(scaled, -32768, 32767);
    if (powers_.empty() || power >> 8 > largest_) {
      if (!powers_.empty()) sum_ = down(sum_, (power >> 8) - largest_);
      largest_ = power >> 8;
    }
    powers_.push_back(power);
    sum_ += weight(power);
  }
  void append_shares(std::vector<std::uint32_t>& shares) const {
    if (sum_ == 0) return;  // without powers: the largest one weighs something
    for (const std::int64_t power : powers_) {
      shares.push_back(static_cast<std::uint32_t>((weight(power) << kShareBits) / sum_));
    }
  }

 private:
  static std::uint64_t down(std::uint64_t value, std::int64_t bits) {
    return bits >= 64 ? 0 : value / (std::uint64_t{1} << bits);
  }
  std::uint64_t weight(std::int64_t power) const {
    const std::uint64_t mantissa = mantissas()[static_cast<std::size_t>(power & 255)];
    return down(mantissa * 256, largest_ - (power >> 8));
  }

  const std::int64_t multiplier_;
  std::vector<std::int64_t> powers_;
  std::int64_t largest_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace

std::vector<std::uint32_t> predicted_shares(const PredictionOperands& operands) {
  const std::size_t features = operands.features;
  // 2^22: 2^32 of 8 fraction bits and the 24 that add() drops, by the square of 2^5.
  const std::int64_t multiplier =
      std::llround(kLog2E / std::sqrt(double(operands.features)) * 4194304.0);
  const std::vector<std::int32_t> queries = narrowed(operands.queries);
  const std::vector<std::int32_t> keys = narrowed(operands.keys);
  std::vector<std::uint32_t> shares;
  shares.reserve(queries.size() / features * (keys.size() / features));
  for (std::size_t q = 0; q < queries.size(); q += features) {
    Row row(multiplier);
    for (std::size_t k = 0; k < keys.size(); k += features) {
      std::int32_t product = 0;
      for (std::size_t f = 0; f < features; ++f) product += queries[q + f] * keys[k + f];
      row.add(product);
    }
    row.append_shares(shares);
  }
  return shares;
}

KeptMap kept_by_threshold(std::span<const std::uint32_t> shares, std::uint32_t num_queries,
                          std::uint32_t num_keys, std::uint32_t threshold) {
  KeptMap map(num_queries, num_keys);
  for (std::uint32_t q = 0; q < num_queries; ++q) {
    for (std::uint32_t k = 0; k < num_keys; ++k) {
      map.set(q, k, shares[std::size_t{q} * num_keys + k] >= threshold);
    }
  }
  return map;
}

std::uint32_t threshold_for(std::span<const std::uint32_t> shares, std::uint64_t kept) {
  std::vector<std::uint64_t> with_share(kMostShare + 1, 0);
  for (const std::uint32_t share : shares) ++with_share[share];
  // From the highest threshold on, which keeps none: more and more entries.
  std::uint32_t best = kMostShare + 1;
  std::uint64_t count = 0;
  std::uint64_t least_error = kept;
  for (std::uint32_t threshold = kMostShare; threshold >= 1; --threshold) {
    count += with_share[threshold];
    const std::uint64_t error = count > kept ? count - kept : kept - count;
    if (error < least_error) {
      least_error = error;
      best = threshold;
    }
    if (count > kept) break;
  }
  return best;
}

}  // namespace vitcod
