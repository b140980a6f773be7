// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/random.hpp"
#include "workloads/attention_map.hpp"
#include "workloads/generator/head_library.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {

/// Places of keys relative to a query, nearest to the centre of a head's blob first.
struct NearOrder {
  struct Place {
    double distance2;  ///< squared distance in standard deviations of the unscaled blob
    std::int32_t dy, dx;
  };
  std::vector<Place> places;  ///< every place that two patches of the grid can have

  NearOrder(const HeadPattern& pattern, TokenGrid key_grid);
};

/// What one head's map is made from.
struct HeadMapPlan {
  const HeadPattern* pattern = nullptr;
  const NearOrder* near_order = nullptr;
  const std::vector<double>* key_scores = nullptr;  ///< normal_scores of the number of key patches
  TokenGrid query_grid;
  TokenGrid key_grid;
  std::uint32_t prefix_tokens = 0;  ///< whose rows and columns are kept whole
  double depth = 0.0;               ///< share of the model's blocks that come before
  double scale = 1.0;               ///< factor on the pattern's row lengths
  std::uint32_t num_globals = 0;    ///< global columns
  std::vector<std::uint32_t>
      row_lengths;  ///< entries to keep, per query patch, prefix tokens apart
};

/// Draws one head's map. Row lengths are met exactly.
KeptMap make_head_map(const HeadMapPlan& plan, Random& random);

}  // namespace vitcod
