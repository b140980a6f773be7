// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/key_block.hpp"

#include <algorithm>

namespace vitcod {
namespace {

/// A head of a block in the making.
struct HeadOfBlock {
  std::vector<std::uint32_t> key_order;
  std::vector<std::uint32_t> col_ptr{0};
  std::vector<std::uint32_t> row_idx;
  std::vector<std::uint8_t> denser_kept;
  std::uint32_t num_denser = 0;

  PolarizedHead finish() {
    PolarizedHead head;
    head.num_denser = num_denser;
    head.denser_nnz = static_cast<std::uint64_t>(
        std::count_if(denser_kept.begin(), denser_kept.end(), [](auto kept) { return kept != 0; }));
    row_idx.shrink_to_fit();  // these stay for the run
    denser_kept.shrink_to_fit();
    head.key_order = std::move(key_order);
    head.sparser = Csc{std::move(col_ptr), std::move(row_idx)};
    head.denser_kept = std::move(denser_kept);
    return head;
  }
};

/// Column `position` of the head's map becomes the next one of the block.
void append_column(const PolarizedHead& head, std::uint32_t num_queries, std::uint32_t position,
                   HeadOfBlock& block) {
  if (position < head.num_denser) {
    const std::uint8_t* kept = head.denser_kept.data() + std::size_t{position} * num_queries;
    block.denser_kept.insert(block.denser_kept.end(), kept, kept + num_queries);
    ++block.num_denser;
    return;
  }
  const std::uint32_t column = position - head.num_denser;
  const std::uint32_t* rows = head.sparser.row_idx.data();
  block.row_idx.insert(block.row_idx.end(), rows + head.sparser.col_ptr[column],
                       rows + head.sparser.col_ptr[column + 1]);
  block.col_ptr.push_back(static_cast<std::uint32_t>(block.row_idx.size()));
}

/// First token of a block; of the number of blocks, that behind the last one.
std::uint32_t first_key(const AttentionLayer& layer, std::uint32_t num_blocks,
                        std::uint32_t block) {
  return static_cast<std::uint32_t>(std::uint64_t{layer.num_keys} * block / num_blocks);
}

/// The head's columns, by block.
std::vector<PolarizedHead> cut_head(const AttentionLayer& layer, const PolarizedHead& head,
                                    std::uint32_t num_blocks) {
  std::vector<std::uint32_t> block_of(layer.num_keys);
  for (std::uint32_t block = 0; block < num_blocks; ++block) {
    std::fill(block_of.begin() + first_key(layer, num_blocks, block),
              block_of.begin() + first_key(layer, num_blocks, block + 1), block);
  }
  std::vector<HeadOfBlock> blocks(num_blocks);
  for (std::uint32_t position = 0; position < layer.num_keys; ++position) {
    const std::uint32_t token = head.key_order[position];
    HeadOfBlock& block = blocks[block_of[token]];
    block.key_order.push_back(token - first_key(layer, num_blocks, block_of[token]));
    append_column(head, layer.num_queries, position, block);
  }
  std::vector<PolarizedHead> heads;
  heads.reserve(blocks.size());
  for (HeadOfBlock& block : blocks) heads.push_back(block.finish());
  return heads;
}

}  // namespace

std::vector<std::shared_ptr<const KeyBlock>> cut_keys(const AttentionLayer& layer,
                                                      std::uint32_t num_blocks) {
  std::vector<PolarizedMap> maps(num_blocks);
  for (const PolarizedHead& head : layer.map->heads) {
    std::vector<PolarizedHead> parts = cut_head(layer, head, num_blocks);
    for (std::uint32_t block = 0; block < num_blocks; ++block) {
      maps[block].heads.push_back(std::move(parts[block]));
    }
  }
  std::vector<std::shared_ptr<const KeyBlock>> blocks;
  for (std::uint32_t block = 0; block < num_blocks; ++block) {
    auto made = std::make_shared<KeyBlock>();
    made->first_key = first_key(layer, num_blocks, block);
    maps[block].num_queries = layer.num_queries;
    maps[block].num_keys = first_key(layer, num_blocks, block + 1) - made->first_key;
    made->map = std::make_shared<const PolarizedMap>(std::move(maps[block]));
    made->layer = layer;
    made->layer.num_keys = made->map->num_keys;
    made->layer.map = made->map.get();
    blocks.push_back(std::move(made));
  }
  return blocks;
}

}  // namespace vitcod
