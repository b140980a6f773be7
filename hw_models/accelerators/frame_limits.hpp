// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/accelerators/frame_config.hpp"
#include "hw_models/compiler/compiler.hpp"

namespace vitcod {

/// What a machine offers to a plan for `layers`, but for attention. `partial_rows_bytes` of the
/// output buffer are not handed out. Throws ConfigError if a buffer does not suit the workload: its
/// staging must hold a packet of results, and there must be room for them.
PlanLimits frame_limits(const FrameConfig& config, const LayerList& layers,
                        std::uint64_t partial_rows_bytes);

}  // namespace vitcod
