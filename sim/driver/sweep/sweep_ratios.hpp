// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/driver/sweep/figure_source.hpp"
#include "sim/driver/sweep/sweep_config.hpp"
#include "sim/driver/sweep/sweep_point.hpp"

namespace vitcod {

/// Computes the columns of a sweep that are ratios. Keeps the figures of those points alone that
/// others are set against.
class RatioReader {
 public:
  explicit RatioReader(const SweepConfig& config);

  /// Takes note of a point that is done. All come before the first `read`.
  void note(const SweepPoint& point, const Json& result);

  /// A number a ratio, or null: where one of the figures is not there or not a number, where the
  /// reference is no point of the sweep or failed, and where it would be divided by 0.
  std::vector<Json> read(const SweepPoint& point, const Json& result) const;

 private:
  struct Column {
    FigureSource figure;
    std::optional<FigureSource> over;
    std::vector<std::pair<std::size_t, Json>> reference;  ///< by coordinate
    bool is_inverse = false;
    double scale = 1;
    std::map<std::string, double> known;  ///< of references, by their other axes
  };

  std::string place_of(const Column& column, const SweepPoint& point) const;
  std::optional<double> divisor_of(const Column& column, const SweepPoint& point,
                                   const Json& result) const;

  std::size_t num_axes_ = 0;
  std::vector<Column> columns_;
};

}  // namespace vitcod
