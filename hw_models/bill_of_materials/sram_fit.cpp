// SPDX-License-Identifier: Apache-2.0
#include "hw_models/bill_of_materials/sram_fit.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

using Terms = std::array<double, 4>;
using Row = std::vector<double>;

Terms terms_of(const MacroSize& macro) {
  return {1.0, double(macro.words), double(macro.bits), double(macro.words) * macro.bits};
}

/// Gauss with pivoting; each row of `system` has the right side last.
Row solve(std::vector<Row> system) {
  const std::size_t n = system.size();
  for (std::size_t i = 0; i < n; ++i) {
    const auto pivot = std::max_element(
        system.begin() + std::ptrdiff_t(i), system.end(),
        [i](const Row& a, const Row& b) { return std::abs(a[i]) < std::abs(b[i]); });
    std::iter_swap(system.begin() + std::ptrdiff_t(i), pivot);
    if (std::abs(system[i][i]) < 1e-9) {
      throw ConfigError("/macros",
                        "expected sizes that differ in words and in bits, and values of like "
                        "magnitude, to fit others");
    }
    for (std::size_t k = 0; k < n; ++k) {
      if (k == i) continue;
      const double factor = system[k][i] / system[i][i];
      for (std::size_t c = i; c <= n; ++c) system[k][c] -= factor * system[i][c];
    }
  }
  Row solution(n);
  for (std::size_t i = 0; i < n; ++i) solution[i] = system[i][n] / system[i][i];
  return solution;
}

/// The normal equations of the relative errors, in the terms of `used` divided by their scale.
std::vector<Row> equations(const std::vector<MacroSize>& macros,
                           const std::function<double(const MacroSize&)>& value,
                           const std::vector<std::size_t>& used, const Terms& scale) {
  const std::size_t n = used.size();
  std::vector<Row> system(n, Row(n + 1));
  for (const MacroSize& macro : macros) {
    const Terms terms = terms_of(macro);
    const auto relative = [&](std::size_t i) {
      return terms[used[i]] / value(macro) / scale[used[i]];
    };
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < n; ++k) system[i][k] += relative(i) * relative(k);
      system[i][n] += relative(i);
    }
  }
  return system;
}

}  // namespace

std::vector<double> SramFit::residuals(const std::vector<MacroSize>& macros,
                                       const std::function<double(const MacroSize&)>& value) const {
  std::vector<double> residuals;
  residuals.reserve(macros.size());
  for (const MacroSize& macro : macros) {
    residuals.push_back(at(macro.words, macro.bits) / value(macro) - 1);
  }
  return residuals;
}

SramFit fit_macros(const std::vector<MacroSize>& macros,
                   const std::function<double(const MacroSize&)>& value) {
  // Terms are scaled to their largest, so that pivots can be compared with a constant.
  Terms scale{};
  for (const MacroSize& macro : macros) {
    const Terms terms = terms_of(macro);
    for (std::size_t t = 0; t < terms.size(); ++t) {
      scale[t] = std::max(scale[t], terms[t] / value(macro));
    }
  }
  std::vector<std::size_t> used = {0, 1, 2, 3};
  while (true) {
    const Row solution = solve(equations(macros, value, used, scale));
    const auto lowest = std::min_element(solution.begin(), solution.end());
    if (*lowest < 0) {
      used.erase(used.begin() + (lowest - solution.begin()));
      continue;
    }
    SramFit fit;
    for (std::size_t i = 0; i < used.size(); ++i) {
      fit.coefficients[used[i]] = solution[i] / scale[used[i]];
    }
    return fit;
  }
}

}  // namespace vitcod
