// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "test/system/random_machines.hpp"

namespace vitcod::test {

/// The trace with linear layers as they are, of shifts, or of two experts, whose tokens are split
/// in any proportion, before other operations or between them.
Trace with_shifts(const Trace& trace, Random& random);

/// A random run (random_run), or a linear layer alone, made so; lines with any number of lanes that
/// shift, seldom none.
RandomRun random_shift_add_run(std::uint64_t seed);

}  // namespace vitcod::test
