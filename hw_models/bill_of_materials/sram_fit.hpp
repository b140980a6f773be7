// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "hw_models/bill_of_materials/area_config.hpp"

namespace vitcod {

/// c0 + c1 words + c2 bits + c3 words x bits, no coefficient below zero.
struct SramFit {
  std::array<double, 4> coefficients{};

  double at(double words, double bits) const {
    return coefficients[0] + coefficients[1] * words + coefficients[2] * bits +
           coefficients[3] * words * bits;
  }
  /// (fit - value) / value of each macro, in their order.
  std::vector<double> residuals(const std::vector<MacroSize>& macros,
                                const std::function<double(const MacroSize&)>& value) const;
};

/// Least squares of the relative errors. A term whose coefficient would be negative is left out,
/// the most negative first. Throws ConfigError if the sizes do not determine the terms.
SramFit fit_macros(const std::vector<MacroSize>& macros,
                   const std::function<double(const MacroSize&)>& value);

}  // namespace vitcod
