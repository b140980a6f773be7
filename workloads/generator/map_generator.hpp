// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "workloads/attention_map.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {

/// Gets a head's map once it is drawn; `block` is the index of its block in the model.
using TakeHead = std::function<void(std::size_t block, const KeptMap& map)>;

/// Synthetic maps after the published DeiT-Tiny 95% mask: per head a fitted pattern of local,
/// far and global entries (head_library.hpp), scaled to the wanted density. The same bits for the
/// same seed on every host.
///
/// 12 blocks of 3 heads take the library's heads as they are; other models draw each head from the
/// library's layers at a like depth, one to either side. Patterns are scaled to other grids; for
/// models without prefix tokens that is unvalidated.
///
/// `sparsity`: pruned share of all entries of the model, between 0 and max_generated_sparsity
/// (ModelError); the number of kept entries is met exactly. `wanted` has a flag a block of the
/// model; the heads of those blocks go to `take` in model order. A block's maps do not depend on
/// which others are wanted.
void generate_maps(const ModelConfig& model, double sparsity, std::uint64_t seed,
                   const std::vector<bool>& wanted, const TakeHead& take);

/// The highest sparsity at which each row still keeps the prefix tokens' columns and one entry
/// more, or two without prefix tokens (as the authors' pruning rule does), and the prefix tokens'
/// rows are whole.
double max_generated_sparsity(const ModelConfig& model);

}  // namespace vitcod
