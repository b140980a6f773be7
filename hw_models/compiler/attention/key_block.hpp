// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/compiler/attention/attention_layer.hpp"

namespace vitcod {

/// Some tokens of a layer's keys, one after the other, with the map of them alone: positions,
/// denser columns and tokens are numbered within the block, so that an index of them is as short as
/// the block is. As an attention layer it has the tensors of the whole one.
struct KeyBlock {
  AttentionLayer layer;
  std::shared_ptr<const PolarizedMap> map;
  std::uint32_t first_key = 0;  ///< token of the whole layer
};

/// The layer's keys in `num_blocks` blocks of as many tokens, but for one more or less. Positions
/// keep their order.
std::vector<std::shared_ptr<const KeyBlock>> cut_keys(const AttentionLayer& layer,
                                                      std::uint32_t num_blocks);

}  // namespace vitcod
