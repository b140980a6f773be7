// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/top_k_engine/cascade_pruning_config.hpp"

namespace vitcod {

/// Sizes of an attention block.
struct BlockSizes {
  std::uint32_t heads = 1;
  std::uint32_t queries = 1;
  std::uint32_t keys = 1;
  std::uint32_t query_features = 1;
  std::uint32_t value_features = 1;
  std::uint64_t macs_asked = 0;  ///< by the workload's map, denser blocks in full
};

/// How much of a block is left.
struct BlockKeeps {
  std::uint32_t heads = 1;
  std::uint32_t queries = 1;
  std::uint32_t keys = 1;
  std::uint32_t values = 1;     ///< rows of V of each query
  bool begins_cascade = false;  ///< it has other tokens or heads than the block before

  std::uint64_t macs(const BlockSizes& sizes) const {
    return std::uint64_t{heads} * queries *
           (std::uint64_t{keys} * sizes.query_features +
            std::uint64_t{values} * sizes.value_features);
  }
};

/// How much each block keeps. Layer l of L has all tokens if l < floor(`unpruned_token_layers` L);
/// from there to the last layer the share falls evenly from keep + spread to keep - spread, within
/// 0 and 1. Heads likewise. At least a token besides the prefix, a head and a row of V stay; none
/// come back.
std::vector<BlockKeeps> cascade_schedule(const std::vector<BlockSizes>& blocks,
                                         const CascadePruningConfig& pruning);

}  // namespace vitcod
