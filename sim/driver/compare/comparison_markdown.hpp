// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/driver/compare/comparison.hpp"

namespace vitcod {

/// The comparison as Markdown: for each scope a table of times and one of energies, a row a
/// baseline and a column a model, with the ratio in brackets, and a last column with the geometric
/// mean of the ratios; a row a sparsity where there are several. Of one model at several sparsities
/// these are the columns. Published ratios, and whole models that nothing stands against, are left
/// to the other files.
std::string comparison_markdown(const Comparison& comparison);

}  // namespace vitcod
