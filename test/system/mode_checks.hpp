// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/driver/run_config.hpp"

namespace vitcod::test {

/// Checks that the run's result is the same bytes however it is executed: event-driven or stepped,
/// blocks of a cycle in either order, with SystemC's time exact at few or at all edges, with or
/// without values; and that its values and accounts are right. Throws InputError if the machine
/// contradicts itself or is too small for the workload.
void expect_same_in_all_modes(const RunConfig& config);

}  // namespace vitcod::test
