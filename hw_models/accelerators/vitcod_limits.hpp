// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/vitcod_config.hpp"
#include "hw_models/compiler/compiler.hpp"

namespace vitcod {

/// How the machine's buffers are handed out.
HoldingRules holding_rules(const VitcodConfig& config);

/// What the machine offers to a plan for `layers`. Throws ConfigError if a buffer does not suit the
/// workload: its staging must hold a packet of results, and there must be room for scores.
PlanLimits make_limits(const VitcodConfig& config, const LayerList& layers);

}  // namespace vitcod
