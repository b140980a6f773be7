// SPDX-License-Identifier: Apache-2.0
#include "workloads/generator/head_map.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "workloads/generator/global_columns.hpp"
#include "workloads/generator/noise.hpp"
#include "workloads/generator/smooth_field.hpp"
#include "workloads/generator/top_scores.hpp"
#include "workloads/pruning.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kCoverageLattice = 5;
constexpr std::uint32_t kFarLattice = 7;
constexpr std::int32_t kNearReach = 3;  ///< patches; "far" begins beyond this Chebyshev distance
constexpr double kFarFieldWeight = 3.0;
constexpr double kFarNoise = 0.5;
/// A column that is not meant to be global stays at 49 of 196 rows at the fitted density: with the
/// class token's row it does not exceed the 50 that the authors' polarization looks for.
constexpr double kMaxLocalShare = 0.25;

/// Draws one head's map row by row.
class HeadMapDrawer {
 public:
  HeadMapDrawer(const HeadMapPlan& plan, Random& random)
      : plan_(plan),
        random_(random),
        noise_(random),
        first_(plan.prefix_tokens),
        map_(plan.query_grid.num_patches() + first_, plan.key_grid.num_patches() + first_),
        row_(plan.key_grid.num_patches(), 0),
        column_count_(plan.key_grid.num_patches(), 0),
        is_closed_(plan.key_grid.num_patches(), 0) {}

  KeptMap draw() {
    draw_globals();
    draw_column_fields();
    std::vector<std::uint32_t> rows(plan_.query_grid.num_patches());
    std::iota(rows.begin(), rows.end(), 0U);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::swap(rows[i], rows[i + random_.uniform_below(rows.size() - i)]);
      draw_row(rows[i]);
    }
    keep_prefix_tokens(map_, first_);
    return std::move(map_);
  }

 private:
  /// Which columns a pass over the candidates may take.
  enum class Allowed { kOpen, kAny };

  /// A key as a candidate of the far part.
  struct FarPlace {
    double mean_score;
    std::uint32_t key;
    std::int32_t y, x;
  };

  const HeadPattern& pattern() const { return *plan_.pattern; }
  void keep(std::uint32_t query, std::uint32_t key) {
    map_.set(query + first_, key + first_, true);
  }

  /// Chooses the global columns and the rows that keep each, as far as these have room.
  void draw_globals() {
    const std::vector<double> coverage = global_coverage(pattern(), plan_.num_globals, plan_.scale);
    const std::vector<std::uint32_t> columns =
        plan_.num_globals == 0
            ? std::vector<std::uint32_t>{}
            : choose_global_columns(plan_.key_grid, plan_.depth, plan_.num_globals, noise_);
    room_ = plan_.row_lengths;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      is_closed_[columns[i]] = 1;
      const auto field = smooth_field(random_, plan_.query_grid, kCoverageLattice);
      const auto num_rows =
          static_cast<std::size_t>(std::lround(coverage[i] * static_cast<double>(field.size())));
      for (const std::uint32_t row : lowest_patches(field, num_rows)) {
        if (room_[row] == 0) continue;
        --room_[row];
        keep(row, columns[i]);
      }
    }
  }

  void draw_column_fields() {
    column_bonus_.assign(column_count_.size(), 0.0);
    if (pattern().column_bias > 0.0) {
      for (double& bonus : column_bonus_) bonus = pattern().column_bias * random_.normal();
    }
    max_bonus_ = *std::max_element(column_bonus_.begin(), column_bonus_.end()) +
                 pattern().noise * noise_.max();
    if (pattern().far_share > 0.0) {
      const auto order = ascending_order(smooth_field(random_, plan_.key_grid, kFarLattice));
      for (std::size_t rank = order.size(); rank-- > 0;) {
        const std::uint32_t key = order[rank];
        far_places_.push_back({kFarFieldWeight * (*plan_.key_scores)[rank], key,
                               static_cast<std::int32_t>(key / plan_.key_grid.columns),
                               static_cast<std::int32_t>(key % plan_.key_grid.columns)});
      }
    }
    max_column_count_ = static_cast<std::uint32_t>(kMaxLocalShare * plan_.query_grid.num_patches() *
                                                   std::max(1.0, plan_.scale));
  }

  void draw_row(std::uint32_t query) {
    std::fill(row_.begin(), row_.end(), std::uint8_t{0});
    map_.for_each_kept(query + first_, [this](std::uint32_t key) { row_[key - first_] = 1; });
    std::uint32_t num_far = 0;
    for (std::uint32_t i = 0; pattern().far_share > 0.0 && i < room_[query]; ++i) {
      if (random_.uniform_real() < pattern().far_share) ++num_far;
    }
    std::uint32_t missing = room_[query] - num_far;
    missing -= take_near(query, missing, Allowed::kOpen);
    missing += num_far;
    missing -= take_far(query, num_far);
    missing -= take_near(query, missing, Allowed::kOpen);
    take_near(query, missing, Allowed::kAny);
  }

  /// Keeps the `count` best keys around the query; returns how many there were.
  std::uint32_t take_near(std::uint32_t query, std::uint32_t count, Allowed allowed) {
    if (count == 0) return 0;
    const auto [query_y, query_x] = place_of(query);
    const double weight = -0.5 / plan_.scale;
    best_.reset(count);
    for (const NearOrder::Place& place : plan_.near_order->places) {
      const double mean_score = weight * place.distance2;
      if (best_.is_full() && mean_score + max_bonus_ < best_.lowest()) break;
      const auto y = static_cast<std::uint32_t>(query_y + place.dy);
      const auto x = static_cast<std::uint32_t>(query_x + place.dx);
      if (y >= plan_.key_grid.rows || x >= plan_.key_grid.columns) continue;
      const std::uint32_t key = y * plan_.key_grid.columns + x;
      if (row_[key] != 0 || (allowed == Allowed::kOpen && is_closed_[key] != 0)) continue;
      best_.offer(mean_score + column_bonus_[key] + pattern().noise * noise_.next(), key);
    }
    return keep_best(query);
  }

  /// Keeps the `count` best keys beyond the near reach; returns how many there were.
  std::uint32_t take_far(std::uint32_t query, std::uint32_t count) {
    if (count == 0) return 0;
    const auto [query_y, query_x] = place_of(query);
    best_.reset(count);
    for (const FarPlace& place : far_places_) {
      if (best_.is_full() && place.mean_score + kFarNoise * noise_.max() < best_.lowest()) break;
      if (row_[place.key] != 0 || is_closed_[place.key] != 0) continue;
      const std::int32_t dy = std::abs(place.y - query_y);
      const std::int32_t dx = std::abs(place.x - query_x);
      if (std::max(dy, dx) <= kNearReach) continue;
      best_.offer(place.mean_score + kFarNoise * noise_.next(), place.key);
    }
    return keep_best(query);
  }

  std::uint32_t keep_best(std::uint32_t query) {
    best_.for_each([&](std::uint32_t key) {
      row_[key] = 1;
      keep(query, key);
      if (++column_count_[key] >= max_column_count_) is_closed_[key] = 1;
    });
    return static_cast<std::uint32_t>(best_.size());
  }

  /// The query's place on the grid of the keys.
  std::pair<std::int32_t, std::int32_t> place_of(std::uint32_t query) const {
    const auto stride = [](std::uint32_t keys, std::uint32_t queries) {
      return (keys + queries - 1) / queries;
    };
    const std::uint32_t y =
        query / plan_.query_grid.columns * stride(plan_.key_grid.rows, plan_.query_grid.rows);
    const std::uint32_t x =
        query % plan_.query_grid.columns * stride(plan_.key_grid.columns, plan_.query_grid.columns);
    return {static_cast<std::int32_t>(y), static_cast<std::int32_t>(x)};
  }

  const HeadMapPlan& plan_;
  Random& random_;
  GumbelNoise noise_;
  std::uint32_t first_;  ///< token of patch 0
  KeptMap map_;
  std::vector<std::uint8_t> row_;            ///< per key: 1 if the row being drawn keeps it
  std::vector<std::uint32_t> room_;          ///< per query: entries still to keep
  std::vector<std::uint32_t> column_count_;  ///< per key: entries kept by the near and far parts
  std::vector<std::uint8_t> is_closed_;      ///< per key: global, or at max_column_count_
  std::vector<double> column_bonus_;         ///< per key: added to the score in the near part
  double max_bonus_ = 0.0;                   ///< the most that bonus and noise can add
  std::vector<FarPlace> far_places_;         ///< keys, highest mean score first
  std::uint32_t max_column_count_ = 0;
  TopScores best_;
};

}  // namespace

NearOrder::NearOrder(const HeadPattern& pattern, TokenGrid key_grid) {
  const double sigma_y = pattern.radius / pattern.aspect;
  const double sigma_x = pattern.radius * pattern.aspect;
  const auto rows = static_cast<std::int32_t>(key_grid.rows);
  const auto columns = static_cast<std::int32_t>(key_grid.columns);
  for (std::int32_t dy = 1 - rows; dy < rows; ++dy) {
    for (std::int32_t dx = 1 - columns; dx < columns; ++dx) {
      const double y = (dy - pattern.offset_y) / sigma_y;
      const double x = (dx - pattern.offset_x) / sigma_x;
      places.push_back({y * y + x * x, dy, dx});
    }
  }
  // Those at one distance stay row by row.
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.distance2 < b.distance2; });
}

KeptMap make_head_map(const HeadMapPlan& plan, Random& random) {
  return HeadMapDrawer(plan, random).draw();
}

}  // namespace vitcod
