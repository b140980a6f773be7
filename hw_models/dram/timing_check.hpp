// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/dram/dram_config.hpp"

namespace vitcod {

/// Throws ConfigError, with the name of the rule, where the timing rules of a memory contradict its
/// data bus or its refreshes:
///  - two bursts whose column commands are as close as the rules allow meet on the data bus, in one
///    rank or in two;
///  - between two refreshes there is no time to open a row, to use it and to close it, so that
///    nothing would ever be served;
///  - tRFC, by which refreshes are accounted for, is not the rule's.
void check_timing(const DramConfig& config);

}  // namespace vitcod
