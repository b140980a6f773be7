// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/compiler/attention/attention_layer.hpp"
#include "hw_models/dma/transfer.hpp"
#include "hw_models/query_key_array/attention_rows.hpp"
#include "hw_models/query_key_array/low_bits_config.hpp"
#include "hw_models/top_k_engine/cascade_block.hpp"

namespace vitcod {

/// Heads of a block that are computed together.
struct HeadGroup {
  std::uint32_t first_head = 0;
  std::uint32_t num_heads = 0;
};

/// Rows of a group that follow each other: head of the group x rows a head + row.
struct RowRun {
  std::uint32_t first = 0;
  std::uint32_t num = 0;
};

/// What a pass loads of one tensor.
struct PassOperand {
  TensorRole role{};
  TensorId tensor{};
  RegionId PairTile::*region = nullptr;  ///< that it fills, of all the group's rows
  std::uint32_t row_bytes = 0;
  std::uint64_t first_row = 0;   ///< of the tensor: the group's first one
  std::uint64_t group_rows = 0;  ///< that the region has place for
  std::vector<RowRun> rows;      ///< of the group

  std::uint64_t region_bytes() const { return group_rows * row_bytes; }
  std::uint64_t bytes() const;
};

/// A job of a group, and what it loads and stores. Regions of the tile are not handed out yet.
struct CascadePass {
  PairTile tile;
  std::vector<PassOperand> operands;
  std::vector<RowRun> outputs;  ///< rows of one head each

  std::uint64_t output_rows() const;
};

/// The passes of a group, one or two: see CascadeAttention.
std::vector<CascadePass> cascade_passes(const AttentionLayer& layer, const CascadeBlock& chosen,
                                        const HeadGroup& group, const LowBitsConfig& low_bits);

}  // namespace vitcod
