// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/key_block.hpp"

#include <catch2/catch.hpp>

#include "test/support/tiny_layer.hpp"

namespace vitcod::test::key_block_test {
namespace {

using Numbers = std::vector<std::uint32_t>;

Numbers numbers(const SharedArray<std::uint32_t>& array) { return {array.begin(), array.end()}; }

/// The kept entries of a head by query and token.
KeptMap kept_of(const PolarizedHead& head, std::uint32_t num_queries) {
  KeptMap map(num_queries, static_cast<std::uint32_t>(head.key_order.size()));
  for (std::size_t i = 0; i < head.denser_kept.size(); ++i) {
    if (head.denser_kept[i] == 0) continue;
    map.set(static_cast<std::uint32_t>(i) % num_queries, head.key_order[i / num_queries], true);
  }
  for (std::uint32_t c = 0; c < head.sparser.num_columns(); ++c) {
    for (std::uint32_t i = head.sparser.col_ptr[c]; i < head.sparser.col_ptr[c + 1]; ++i) {
      map.set(head.sparser.row_idx[i], head.key_order[head.num_denser + c], true);
    }
  }
  return map;
}

}  // namespace

TEST_CASE("a block of keys has the columns of its tokens, in their order, and counts from 0") {
  // Five keys in two blocks: tokens 0 and 1; 2, 3 and 4. Of head 0 the denser columns are tokens 3
  // and 1, then come 0, 4, 2.
  const KeptMap kept = kept_map_of({"x..x.",  //
                                    ".x.xx",  //
                                    "xx.x."});
  PolarizedMap map{3, 5, {polarize(kept, {3, 1, 0, 4, 2}, 2), polarize(kept, {0, 1, 2, 3, 4}, 0)}};
  AttentionLayer layer;
  layer.name = "layer";
  layer.num_heads = 2;
  layer.num_queries = 3;
  layer.num_keys = 5;
  layer.map = &map;
  const auto blocks = cut_keys(layer, 2);
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0]->first_key == 0);
  CHECK(blocks[1]->first_key == 2);
  CHECK(blocks[0]->layer.num_keys == 2);
  CHECK(blocks[1]->layer.num_keys == 3);
  CHECK(blocks[1]->layer.num_queries == 3);
  CHECK(blocks[1]->layer.map == blocks[1]->map.get());
  const PolarizedHead& first = blocks[0]->map->heads[0];
  CHECK(first.num_denser == 1);
  CHECK(numbers(first.key_order) == Numbers{1, 0});
  CHECK(std::vector<std::uint8_t>(first.denser_kept.begin(), first.denser_kept.end()) ==
        std::vector<std::uint8_t>{0, 1, 1});
  CHECK(first.denser_nnz == 2);
  CHECK(numbers(first.sparser.col_ptr) == Numbers{0, 2});
  CHECK(numbers(first.sparser.row_idx) == Numbers{0, 2});
  const PolarizedHead& second = blocks[1]->map->heads[0];
  CHECK(second.num_denser == 1);
  CHECK(numbers(second.key_order) == Numbers{1, 2, 0});  // tokens 3, 4 and 2
  CHECK(numbers(second.sparser.col_ptr) == Numbers{0, 1, 1});
  CHECK(numbers(second.sparser.row_idx) == Numbers{1});
  CHECK(blocks[1]->map->heads[1].num_denser == 0);
  CHECK(blocks[0]->map->nnz() + blocks[1]->map->nnz() == map.nnz());
}

TEST_CASE("blocks of random maps hold each kept entry once") {
  Random random(7, "key blocks");
  for (int i = 0; i < 40; ++i) {
    const auto num_keys = 2 + static_cast<std::uint32_t>(random.uniform_below(30));
    const auto num_queries = 1 + static_cast<std::uint32_t>(random.uniform_below(20));
    const auto denser = static_cast<std::uint32_t>(random.uniform_below(num_keys + 1));
    const KeptMap kept = random_map(random, num_queries, num_keys, 30);
    const TinyLayer tiny({kept}, {denser}, 8, 8);
    const auto num_blocks = 1 + static_cast<std::uint32_t>(random.uniform_below(num_keys));
    KeptMap joined(num_queries, num_keys);
    std::uint32_t next_key = 0;
    std::uint32_t num_denser = 0;
    for (const auto& block : cut_keys(tiny.layer, num_blocks)) {
      CHECK(block->first_key == next_key);
      next_key += block->map->num_keys;
      num_denser += block->map->heads[0].num_denser;
      const KeptMap part = kept_of(block->map->heads[0], num_queries);
      for (std::uint32_t q = 0; q < num_queries; ++q) {
        part.for_each_kept(q,
                           [&](std::uint32_t key) { joined.set(q, block->first_key + key, true); });
      }
    }
    CHECK(next_key == num_keys);
    CHECK(num_denser == denser);
    CHECK(joined == kept);
  }
}

}  // namespace vitcod::test::key_block_test
