// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/random.hpp"
#include "workloads/generator/head_library.hpp"
#include "workloads/generator/noise.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {

/// Draws `count` distinct key patches that are to be global, most likely first: near corners,
/// on borders and, in the deeper layers (`depth` above 0.7), around the centre.
std::vector<std::uint32_t> choose_global_columns(TokenGrid grid, double depth, std::uint32_t count,
                                                 GumbelNoise& noise);

/// The share of the rows that keep each of `count` global columns, descending: a power law between
/// the pattern's largest and smallest share with the pattern's mean, moved to other densities by
/// 1 - (1 - share)^scale.
std::vector<double> global_coverage(const HeadPattern& pattern, std::uint32_t count, double scale);

}  // namespace vitcod
