// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/driver/compare/comparison.hpp"

namespace vitcod {

/// The comparison for a person: the machine's runs, speed-ups and energies by baseline and
/// workload with their means, published ratios, whole models, and what was left out.
std::string comparison_table(const Comparison& comparison);

}  // namespace vitcod
