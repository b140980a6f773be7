// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace vitcod {

/// Lifts one patch (side, side, channels) as LiftingStep in workloads/operation_params.hpp states.
/// `taps` (level, 2, 4); appends the detail bands LH, HL, HH of the last level to `results`.
void lift_patch(std::vector<std::int8_t> patch, std::uint32_t side, std::uint32_t channels,
                std::uint32_t level, const std::int8_t* taps, std::vector<std::uint8_t>& results);

}  // namespace vitcod
