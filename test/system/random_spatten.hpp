// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "test/system/random_machines.hpp"

namespace vitcod::test {

/// A SpAtten machine with the blocks of a ViTCoD machine's document that it has too, and the others
/// drawn.
Json spatten_machine_with(const Json& vitcod, Random& random);

/// The attention of a trace, with softmax, on tensors that are in memory at the start.
Trace attention_alone(const Trace& trace);

/// A random run (random_run) with its machine and its trace made so.
RandomRun random_spatten_run(std::uint64_t seed);

/// A random whole model on such a machine. Most have the same heads in all blocks, and a machine
/// that never drops the class token.
RandomRun random_spatten_model_run(std::uint64_t seed);

}  // namespace vitcod::test
