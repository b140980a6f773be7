// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace vitcod {

/// Repetitions of one measurement in figures, in the unit of the samples.
struct SampleStatistics {
  double median = 0;
  double p5 = 0;
  double p95 = 0;

  /// How far the repetitions lie apart, as a share of the median.
  double spread() const { return (p95 - p5) / median; }
};

/// Of at least one sample (ModelError). Percentile p of n sorted samples stands at position
/// p (n - 1), between two samples in proportion.
SampleStatistics sample_statistics(std::vector<double> samples);

}  // namespace vitcod
