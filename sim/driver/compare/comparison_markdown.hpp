// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/driver/compare/comparison.hpp"

namespace vitcod {

/// The comparison as Markdown: for each scope a table of times and one of energies, a row a
/// baseline and a column for each of the machine's runs, with the ratio in brackets. Where the runs
/// are of one sparsity a last column has the geometric mean of the ratios. Published ratios, and
/// whole models that nothing stands against, are left to the other files.
std::string comparison_markdown(const Comparison& comparison);

}  // namespace vitcod
