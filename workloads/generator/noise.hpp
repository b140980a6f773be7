// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "sim/base/random.hpp"

namespace vitcod {

/// Standard Gumbel noise by table: the quantile of 4096 equally likely steps, five draws from each
/// 64 random bits. A generated map needs hundreds of thousands of draws, each of which would
/// otherwise take two logarithms.
class GumbelNoise {
 public:
  /// `random` must outlive this.
  explicit GumbelNoise(Random& random) : random_(random) {}

  double next() {
    if (draws_left_ == 0) {
      bits_ = random_.next_u64();
      draws_left_ = 64 / kIndexBits;
    }
    const std::size_t index = bits_ & (kTableSize - 1);
    bits_ >>= kIndexBits;
    --draws_left_;
    return table_[index];
  }

  /// The largest value that next() returns.
  double max() const { return table_.back(); }

 private:
  static constexpr unsigned kIndexBits = 12;
  static constexpr std::size_t kTableSize = std::size_t{1} << kIndexBits;
  using Table = std::array<double, kTableSize>;

  static const Table& quantiles();

  Random& random_;
  const Table& table_ = quantiles();
  std::uint64_t bits_ = 0;
  unsigned draws_left_ = 0;
};

}  // namespace vitcod
