// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/driver/compare/comparison.hpp"

namespace vitcod {

/// Speed-up and energy ratio against each baseline as an SVG drawing with logarithmic axes: a bar
/// a baseline and sparsity to the geometric mean, coloured by kind, and a dot a model.
std::string comparison_chart(const Comparison& comparison);

}  // namespace vitcod
