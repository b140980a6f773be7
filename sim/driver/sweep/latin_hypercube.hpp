// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/random.hpp"
#include "sim/driver/sweep/design_space.hpp"
#include "sim/driver/sweep/index_permutation.hpp"

namespace vitcod {

/// A Latin hypercube sample of a grid (McKay, Beckman and Conover 1979): each dimension's list is
/// cut into `count` equal parts, each of which gets one draw, in an order of its own. Where the
/// list is shorter than `count`, its values come up equally often, or one more or less.
class LatinHypercube {
 public:
  /// `space` must outlive it. `count` is at most 2^40.
  LatinHypercube(const DesignSpace& space, std::uint64_t count, std::uint64_t seed);

  /// The grid index of the next draw; nothing after `count`.
  std::optional<std::uint64_t> next();

 private:
  struct Column {
    IndexPermutation parts;
    Random place_in_part;
  };

  const DesignSpace& space_;
  std::uint64_t count_;
  std::vector<Column> columns_;  // one a dimension
  std::uint64_t num_draws_ = 0;
};

}  // namespace vitcod
