// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/mean.hpp"

#include <algorithm>
#include <cmath>

namespace vitcod {

const char* title_of(MeanKind kind) {
  switch (kind) {
    case MeanKind::kGeometric:
      return "geometric mean";
    case MeanKind::kArithmetic:
      return "mean";
    case MeanKind::kHarmonic:
      return "harmonic mean";
    case MeanKind::kSum:
      return "sum";
    case MeanKind::kLeast:
      return "least";
    case MeanKind::kGreatest:
      return "greatest";
    case MeanKind::kFirst:
      return "first";
  }
  return "";
}

std::optional<double> mean_of(MeanKind kind, const std::vector<double>& numbers) {
  if (numbers.empty()) return std::nullopt;
  if (kind == MeanKind::kFirst) return numbers.front();
  const auto [least, greatest] = std::minmax_element(numbers.begin(), numbers.end());
  if (kind == MeanKind::kLeast) return *least;
  if (kind == MeanKind::kGreatest) return *greatest;
  const bool is_geometric = kind == MeanKind::kGeometric;
  const bool is_harmonic = kind == MeanKind::kHarmonic;
  if ((is_geometric || is_harmonic) && *least <= 0) return std::nullopt;
  double sum = 0;
  for (const double x : numbers) sum += is_geometric ? std::log(x) : is_harmonic ? 1 / x : x;
  const auto num = static_cast<double>(numbers.size());
  if (kind == MeanKind::kSum) return sum;
  if (is_harmonic) return num / sum;
  return is_geometric ? std::exp(sum / num) : sum / num;
}

}  // namespace vitcod
