// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/random.hpp"
#include "test/system/random_machines.hpp"

namespace vitcod::test {

/// One or two linear attentions one after the other: heads, tokens and features of any small
/// number, with and without feature map, normaliser and residual, of 8 or 16 bits; some read what
/// linear layers and norms make. Some add by codes, as `codes` says.
Trace random_linear_attention(Random& random, Random& codes);

/// One with a machine, drawn from a seed alone.
RandomRun random_linear_attention_run(std::uint64_t seed);

}  // namespace vitcod::test
