// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "workloads/attention_map.hpp"

namespace vitcod::test {

/// The statistics by which the map generator was fitted, over all heads of a DeiT model (14 x 14
/// patches and a class token), computed the plain way. Where not said otherwise, the class token's
/// row and column are left out.
struct MapStatistics {
  double density = 0.0;                ///< of the whole map
  std::vector<int> globals_per_layer;  ///< columns with more than 50 kept entries, whole map
  double global_share = 0.0;           ///< of all entries, in those columns
  double row_mean = 0.0, row_sd = 0.0, row_max = 0.0;
  std::vector<double> column_counts;  ///< ascending
  std::vector<double> distance;       ///< share of the entries by |query - key|
  std::vector<double> chebyshev;      ///< share of the entries by distance on the grid
  double jaccard = 0.0;               ///< of adjacent rows, mean
  double run_length = 0.0;            ///< consecutive kept keys in a row, mean
  double reuse4 = 0.0, reuse8 = 0.0, reuse16 = 0.0;  ///< entries a distinct key, by blocks of rows
  double tile_occupancy = 0.0, tile_fill = 0.0;      ///< of 8 x 8 tiles of the whole map
  double head_imbalance = 0.0;  ///< largest over mean entries of a layer's heads, mean

  double column_quantile(double share) const {
    const double at = share * static_cast<double>(column_counts.size() - 1);
    const auto low = static_cast<std::size_t>(at);
    const std::size_t high = std::min(low + 1, column_counts.size() - 1);
    return column_counts[low] +
           (at - static_cast<double>(low)) * (column_counts[high] - column_counts[low]);
  }
  int num_globals() const {
    int sum = 0;
    for (const int count : globals_per_layer) sum += count;
    return sum;
  }
};

/// Total variation distance of two histograms of shares.
inline double total_variation(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    sum += std::abs((i < a.size() ? a[i] : 0.0) - (i < b.size() ? b[i] : 0.0));
  }
  return 0.5 * sum;
}

MapStatistics map_statistics(const std::vector<HeadMaps>& layers);

}  // namespace vitcod::test
