// SPDX-License-Identifier: Apache-2.0
// What the token selector counts, of a configuration small enough to count by hand.
#include "hw_models/token_selector/token_selector_parts.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace vitcod::token_selector_parts_test {
namespace {

// 4 MACs, 8 bytes and 2 entries a cycle, 16 tokens, 64 bytes of query; a division of 3 cycles, 2
// behind a pass, 5 of latency.
constexpr TokenSelectorConfig kConfig{4, 8, 2, 16, 64, 3, 2, 5};

void check_memory(const PartList& parts, const std::vector<std::uint64_t>& expected) {
  REQUIRE(parts.memory.has_value());
  const MemoryNeed& memory = *parts.memory;
  CHECK(std::vector<std::uint64_t>{memory.bytes, memory.banks, memory.width_bytes, memory.ports} ==
        expected);
}

}  // namespace

TEST_CASE("parts of the token selector are those counted by hand") {
  // Products of 64 features have 22 bits, sums of 16 weights 13, scores of 64 heads 23. Eight bytes
  // that enter and four that wait.
  const std::vector<double> expected = {
      4 * 64 + 22 * 23 + 2 * 8 * 18,
      // The tree, the product's sum, its scale; distances, rounding and sum of weights, shares;
      // counts, numbers.
      3 * 18 + 22 + 45 + 2 * 9 + 2 * 9 + 13 + 13 + 2 * 23 + 4 * 16 + 2 * 16 + 2 * 16,
      // The clamp, the largest entry; at or above the bar, and ties.
      2 * 22 + 2 * 16 + 4 * 23 + 16,
      13 * 6,  // 18 bits in 3 steps
      // Turned by 0 to 11 bytes, moved up by 0 to 4; the scale's operands; entries; weights;
      // numbers or origins, side by side, and behind those that wait.
      // Two logits of a token, or its choice.
      64 * 4 + 96 * 3 + 45 + 4 * 16 + 2 * 9 * 4 + 2 * 16 + 2 * 16 + 64 * 2 + 17,
      256 * 8 + 2 * 256 * 12,
      // Bytes, products, their sum, the scale's pipeline; sum, division, pass pipeline, counts.
      12 * 8 + 4 * 16 + 22 + 5 * 22 + 13 + 2 * 13 + 18 + 4 * 23 + 2 * 16,
      // Of the query, the largest entry, a word of entries; bar and ties, numbers that wait for a
      // word, what an operation sets.
      4 * 8 + 16 + 2 * 16 + 23 + 16 + 4 * 16 + 23 + 17 + 23 + 4 * 16,
      0,
      0,
  };
  const PartList parts = parts_of(kConfig);
  CHECK(std::vector<double>(parts.counts.begin(), parts.counts.end()) == expected);
  CHECK_FALSE(parts.memory.has_value());
}

TEST_CASE("the memories of the token selector have one port a bank") {
  const PartList query = query_memory_parts(kConfig);
  check_memory(query, {64, 2, 4, 1});
  CHECK(query.count(PartKind::kMultiplexer) == 32 + 32 * 2);  // of two banks, turned by 0 to 3
  // Half of what enters is wider than a group: four groups a word.
  TokenSelectorConfig wide = kConfig;
  wide.read_bytes_per_cycle = 32;
  check_memory(query_memory_parts(wide), {64, 2, 16, 1});
  CHECK(query_memory_parts(wide).count(PartKind::kMultiplexer) == 7 * 32 + 32 * 2);
  check_memory(entry_memory_parts(kConfig), {32, 1, 4, 1});
  check_memory(score_memory_parts(kConfig), {48, 2, 6, 1});  // 23 bits in 3 bytes
  CHECK(score_memory_parts(kConfig).count(PartKind::kMultiplexer) == 48);
  check_memory(origin_memory_parts(kConfig), {32, 1, 4, 1});
}

}  // namespace vitcod::token_selector_parts_test
