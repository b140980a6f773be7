// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace vitcod {

/// What several numbers become in a table.
enum class MeanKind { kGeometric, kArithmetic, kHarmonic, kSum, kLeast, kGreatest, kFirst };

inline constexpr std::array<std::pair<std::string_view, MeanKind>, 7> kMeanKinds{
    {{"geometric", MeanKind::kGeometric},
     {"arithmetic", MeanKind::kArithmetic},
     {"harmonic", MeanKind::kHarmonic},
     {"sum", MeanKind::kSum},
     {"least", MeanKind::kLeast},
     {"greatest", MeanKind::kGreatest},
     {"first", MeanKind::kFirst}}};

/// What a row of such means is called: "geometric mean".
const char* title_of(MeanKind kind);

/// Nothing if there are no numbers, or if one is not positive and the mean is geometric or
/// harmonic.
std::optional<double> mean_of(MeanKind kind, const std::vector<double>& numbers);

}  // namespace vitcod
