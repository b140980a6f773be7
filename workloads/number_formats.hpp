// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace vitcod {

// Numbers as a trace's tensors and choices hold them.

inline constexpr std::uint32_t kOperandBits = 8;
inline constexpr std::uint32_t kStreamBits = 16;  ///< of the residual stream
inline constexpr std::uint32_t kWordBits = 32;    ///< of biases and requantisation
inline constexpr double kOperandUnit = 1.0 / 32.0;

/// 1 with 16 fraction bits: thresholds and confidences.
inline constexpr std::uint32_t kFixedOne = 1U << 16;

/// Of an operation that chooses among tokens.
inline constexpr std::uint32_t kMaxChosenTokens = 1U << 15;

}  // namespace vitcod
