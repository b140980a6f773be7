// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/random.hpp"
#include "test/system/random_machines.hpp"

namespace vitcod::test {

/// Two or three groups of blocks around a class token and a grid of up to 36 patches, small and
/// odd; where it `grows` each group has more channels than the one before.
Json random_patch_model(Random& random, bool grows);

/// A small model whose tokens are dropped on the way, in either scope: of kind iret, with growing
/// embeddings and exits in scope model, or by a published schedule; by a threshold, a ratio or
/// counts; with the offline maps restricted or polarized again. Throws ConfigError for a draw that
/// leaves no patch.
Trace random_token_workload(Random& random);

/// A small whole model whose tokens are merged on the way: ToMe, or EViT's fused token. Throws
/// likewise.
Trace random_merging_workload(Random& random);

/// Such a workload with a machine that has the units of merging, drawn from a seed alone.
RandomRun random_merging_run(std::uint64_t seed);

/// One with a machine, drawn from a seed alone.
RandomRun random_token_run(std::uint64_t seed);

}  // namespace vitcod::test
