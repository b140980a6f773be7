// SPDX-License-Identifier: Apache-2.0
#include "test/workloads/map_statistics.hpp"

namespace vitcod::test {
namespace {

constexpr std::uint32_t kSide = 14;
constexpr std::uint32_t kPatches = kSide * kSide;
constexpr std::uint32_t kTokens = kPatches + 1;
constexpr int kGlobalThreshold = 50;

/// Sums over heads, from which the statistics are ratios.
struct Sums {
  double kept = 0, kept_global = 0, rows = 0, row_nnz = 0, row_nnz2 = 0, patch_nnz = 0;
  double jaccard = 0, jaccard_pairs = 0, run_lengths = 0, tiles = 0, tiles_used = 0, tile_fills = 0;
  double reuse_kept[3] = {0, 0, 0}, reuse_keys[3] = {0, 0, 0};
};

bool patch(const KeptMap& map, std::uint32_t query, std::uint32_t key) {
  return map.kept(query + 1, key + 1);
}

void add_columns(const KeptMap& map, MapStatistics& s, Sums& sums) {
  for (std::uint32_t key = 0; key < kTokens; ++key) {
    int count = 0;
    for (std::uint32_t query = 0; query < kTokens; ++query) count += map.kept(query, key);
    sums.kept += count;
    if (count > kGlobalThreshold) {
      ++s.globals_per_layer.back();
      sums.kept_global += count;
    }
    if (key > 0) s.column_counts.push_back(count);
  }
}

void add_rows(const KeptMap& map, MapStatistics& s, Sums& sums) {
  double nnz = 0, runs = 0;
  for (std::uint32_t query = 0; query < kPatches; ++query) {
    double both = 0, either = 0;
    for (std::uint32_t key = 0; key < kPatches; ++key) {
      const bool kept = patch(map, query, key);
      const bool below = query + 1 < kPatches && patch(map, query + 1, key);
      both += kept && below;
      either += kept || below;
      if (!kept) continue;
      nnz += 1;
      runs += key == 0 || !patch(map, query, key - 1);
      s.distance[static_cast<std::size_t>(std::abs(int(query) - int(key)))] += 1;
      const int dy = std::abs(int(query / kSide) - int(key / kSide));
      const int dx = std::abs(int(query % kSide) - int(key % kSide));
      s.chebyshev[static_cast<std::size_t>(std::max(dy, dx))] += 1;
    }
    if (query + 1 < kPatches) {
      sums.jaccard += either > 0 ? both / either : 1.0;
      sums.jaccard_pairs += 1;
    }
  }
  sums.patch_nnz += nnz;
  sums.run_lengths += nnz / runs;
}

void add_row_lengths(const KeptMap& map, MapStatistics& s, Sums& sums) {
  for (std::uint32_t query = 1; query < kTokens; ++query) {
    double nnz = 0;
    for (std::uint32_t key = 0; key < kTokens; ++key) {
      nnz += map.kept(query, key);
    }
    sums.rows += 1;
    sums.row_nnz += nnz;
    sums.row_nnz2 += nnz * nnz;
    s.row_max = std::max(s.row_max, nnz);
  }
}

void add_reuse(const KeptMap& map, Sums& sums) {
  const std::uint32_t block_sizes[3] = {4, 8, 16};
  for (int b = 0; b < 3; ++b) {
    for (std::uint32_t first = 1; first < kTokens; first += block_sizes[b]) {
      if (first + block_sizes[b] > kTokens) break;  // full blocks only
      for (std::uint32_t key = 0; key < kTokens; ++key) {
        int kept = 0;
        for (std::uint32_t q = first; q < first + block_sizes[b]; ++q) {
          kept += map.kept(q, key);
        }
        sums.reuse_kept[b] += kept;
        sums.reuse_keys[b] += kept > 0;
      }
    }
  }
}

void add_tiles(const KeptMap& map, Sums& sums) {
  double used = 0, total = 0;
  for (std::uint32_t y = 0; y < kTokens; y += 8) {
    for (std::uint32_t x = 0; x < kTokens; x += 8) {
      int kept = 0;
      for (std::uint32_t q = y; q < std::min(y + 8, kTokens); ++q) {
        for (std::uint32_t k = x; k < std::min(x + 8, kTokens); ++k) kept += map.kept(q, k);
      }
      sums.tiles += 1;
      used += kept > 0;
      total += kept;
    }
  }
  sums.tiles_used += used;
  sums.tile_fills += total / (64.0 * used);
}

double layer_imbalance(const HeadMaps& heads) {
  double sum = 0, max = 0;
  for (const KeptMap& map : heads) {
    const std::vector<std::uint8_t> bytes = map.bytes();
    const auto kept = static_cast<double>(std::count(bytes.begin(), bytes.end(), 1));
    sum += kept;
    max = std::max(max, kept);
  }
  return max * static_cast<double>(heads.size()) / sum;
}

}  // namespace

MapStatistics map_statistics(const std::vector<HeadMaps>& layers) {
  MapStatistics s;
  Sums sums;
  s.distance.assign(kPatches, 0.0);
  s.chebyshev.assign(kSide, 0.0);
  double entries = 0, num_heads = 0;
  for (const HeadMaps& heads : layers) {
    s.globals_per_layer.push_back(0);
    for (const KeptMap& map : heads) {
      add_columns(map, s, sums);
      add_rows(map, s, sums);
      add_row_lengths(map, s, sums);
      add_reuse(map, sums);
      add_tiles(map, sums);
      num_heads += 1;
      entries += double{1.0} * map.num_queries() * map.num_keys();
    }
    s.head_imbalance += layer_imbalance(heads) / static_cast<double>(layers.size());
  }
  s.density = sums.kept / entries;
  s.global_share = sums.kept_global / sums.kept;
  s.row_mean = sums.row_nnz / sums.rows;
  s.row_sd = std::sqrt(sums.row_nnz2 / sums.rows - s.row_mean * s.row_mean);
  std::sort(s.column_counts.begin(), s.column_counts.end());
  for (double& share : s.distance) share /= sums.patch_nnz;
  for (double& share : s.chebyshev) share /= sums.patch_nnz;
  s.jaccard = sums.jaccard / sums.jaccard_pairs;
  s.run_length = sums.run_lengths / num_heads;
  s.reuse4 = sums.reuse_kept[0] / sums.reuse_keys[0];
  s.reuse8 = sums.reuse_kept[1] / sums.reuse_keys[1];
  s.reuse16 = sums.reuse_kept[2] / sums.reuse_keys[2];
  s.tile_occupancy = sums.tiles_used / sums.tiles;
  s.tile_fill = sums.tile_fills / num_heads;
  return s;
}

}  // namespace vitcod::test
