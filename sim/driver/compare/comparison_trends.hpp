// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/driver/compare/comparison.hpp"

namespace vitcod {

/// Means over models as Markdown: a row a baseline and scope, a column a sparsity with the
/// geometric and the arithmetic mean of the speed-ups, and published ratios of machines of this
/// kind. Empty if there are none.
std::string means_markdown(const Comparison& comparison);

/// The fits as Markdown: a row a machine and scope, a column a model, and their mean. Empty if
/// there are none.
std::string fits_markdown(const Comparison& comparison);

}  // namespace vitcod
