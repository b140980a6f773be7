// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "test/system/random_machines.hpp"

namespace vitcod::test {

/// A Sanger machine with the blocks of a ViTCoD machine's document that it has too, its lines as
/// PEs, and the others drawn.
Json sanger_machine_with(const Json& vitcod, Random& random);

/// The trace without auto-encoder and with softmax, each attention block with a mask that is
/// predicted around its map: as many entries, all, none or a share of them.
Trace with_predicted_masks(const Trace& trace, Random& random);

/// A random run (random_run) with its machine and its trace made so.
RandomRun random_sanger_run(std::uint64_t seed);

}  // namespace vitcod::test
