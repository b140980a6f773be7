// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/base/json.hpp"

namespace vitcod::test {

/// What the clock of all registers costs in a run, pJ: their bits counted back from the areas, and
/// the cycles in which they are clocked from the accounts in the result.
double clock_pj_of(const Json& result);

}  // namespace vitcod::test
