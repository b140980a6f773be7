// SPDX-License-Identifier: Apache-2.0
#include "sim/baseline/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

double percentile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(position));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = position - static_cast<double>(below);
  return sorted[below] + part * (sorted[above] - sorted[below]);
}

}  // namespace

SampleStatistics sample_statistics(std::vector<double> samples) {
  check(!samples.empty(), "statistics of no sample");
  std::sort(samples.begin(), samples.end());
  return {percentile(samples, 0.5), percentile(samples, 0.05), percentile(samples, 0.95)};
}

}  // namespace vitcod
