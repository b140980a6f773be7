// SPDX-License-Identifier: Apache-2.0
#include "workloads/generator/noise.hpp"

#include "sim/base/det_math.hpp"

namespace vitcod {

const GumbelNoise::Table& GumbelNoise::quantiles() {
  static const Table table = [] {
    Table quantile{};
    for (std::size_t i = 0; i < kTableSize; ++i) {
      const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(kTableSize);
      quantile[i] = -det_log(-det_log(share));
    }
    return quantile;
  }();
  return table;
}

}  // namespace vitcod
