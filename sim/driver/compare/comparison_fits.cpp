// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/compare/comparison_fits.hpp"

#include <algorithm>

namespace vitcod {
namespace {

constexpr double kGreatestSparsity = 0.9;

/// Of the constant: less is rounding.
constexpr double kLeastSlope = 1e-6;

struct Trend {
  double slope = 0;
  double offset = 0;
};

/// Time over kept share; nothing unless there are two shares.
std::optional<Trend> trend_of(const std::vector<ComparisonRow>& rows, const ComparisonRow& first) {
  double num = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const ComparisonRow& row : rows) {
    const bool is_same = row.baseline == first.baseline && row.model == first.model &&
                         row.scope == first.scope && row.kind == first.kind;
    if (!is_same || !row.time_us || *row.sparsity > kGreatestSparsity) continue;
    const double kept = 1 - *row.sparsity;
    num += 1;
    x += kept;
    y += *row.time_us;
    xx += kept * kept;
    xy += kept * *row.time_us;
  }
  const double spread = num * xx - x * x;
  if (!(spread > 0)) return std::nullopt;
  const double slope = (num * xy - x * y) / spread;
  return Trend{slope, (y - slope * x) / num};
}

bool is_of_fit(const ComparisonFit& fit, const ComparisonRow& row) {
  return fit.machine == row.baseline && fit.model == row.model && fit.scope == row.scope;
}

}  // namespace

std::vector<ComparisonFit> fits_of(const Comparison& comparison) {
  std::vector<ComparisonFit> fits;
  for (const std::vector<ComparisonRow>* rows : {&comparison.own, &comparison.rows}) {
    for (const ComparisonRow& row : *rows) {
      const bool is_known = std::any_of(fits.begin(), fits.end(), [&row](const ComparisonFit& fit) {
        return is_of_fit(fit, row);
      });
      if (is_known || row.kind != "simulated") continue;
      const auto own = std::find_if(
          comparison.own.begin(), comparison.own.end(),
          [&row](const ComparisonRow& o) { return o.model == row.model && o.scope == row.scope; });
      const std::optional<Trend> unit = trend_of(comparison.own, *own);
      const std::optional<Trend> line = trend_of(*rows, row);
      if (!unit || !line || !(unit->slope > kLeastSlope * unit->offset)) continue;
      fits.push_back({row.baseline, row.model, row.scope, line->offset / unit->slope,
                      line->slope / unit->slope});
    }
  }
  return fits;
}

}  // namespace vitcod
