// SPDX-License-Identifier: Apache-2.0
#include "hw_models/index_filter/index_restriction.hpp"

#include <catch2/catch.hpp>

#include "test/hw_models/index_filter/filter_fixtures.hpp"
#include "test/workloads/workload_fixtures.hpp"

namespace vitcod::test::index_restriction_test {
namespace {

std::uint32_t below(std::mt19937_64& engine, std::uint64_t bound) {
  return static_cast<std::uint32_t>(engine() % bound);
}

/// Each token with a chance of `kept` in eight, and `first` at least.
Numbers random_tokens(std::mt19937_64& engine, std::uint32_t tokens, std::uint32_t first,
                      std::uint32_t kept) {
  Numbers numbers;
  for (std::uint32_t token = 0; token < tokens; ++token) {
    if (token == first || below(engine, 8) < kept) numbers.push_back(token);
  }
  return numbers;
}

/// Sizes that sum to `bytes`, some of them of a byte.
Numbers random_sizes(std::mt19937_64& engine, std::size_t bytes) {
  Numbers sizes;
  for (std::size_t left = bytes; left > 0; left -= sizes.back()) {
    const std::uint64_t most = engine() % 3 == 0 ? 1 : 200;
    sizes.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(left, 1 + engine() % most)));
  }
  return sizes;
}

PolarizedMap random_heads(std::mt19937_64& engine, std::uint32_t tokens, std::uint32_t num_heads) {
  const double densities[] = {0.0, 0.02, 0.1, 0.5};
  HeadMaps heads;
  for (std::uint32_t head = 0; head < num_heads; ++head) {
    heads.push_back(random_map(engine, tokens, tokens, densities[below(engine, 4)]));
  }
  return polarize_heads(heads, below(engine, tokens));
}

/// A part of the rows and heads of a random map, polarized and masked or not.
std::unique_ptr<RestrictedMap> random_restriction(std::mt19937_64& engine, std::uint32_t tokens) {
  const std::uint32_t num_heads = 1 + below(engine, 4);
  PolarizedMap whole = random_heads(engine, tokens, num_heads);
  Numbers numbers = random_tokens(engine, tokens, below(engine, tokens), below(engine, 9));
  // Now and then the denser keys of the first head alone.
  if (engine() % 8 == 0 && whole.heads[0].num_denser > 0) {
    const auto keys = whole.heads[0].key_order.begin();
    numbers.assign(keys, keys + whole.heads[0].num_denser);
    std::sort(numbers.begin(), numbers.end());
  }
  auto map = std::make_unique<RestrictedMap>(std::move(whole), std::move(numbers));
  const std::uint32_t kept = map->maps[1].num_queries;
  const std::uint32_t first_row = engine() % 2 == 0 ? 0 : below(engine, kept);
  map->set_rows(first_row, 1 + below(engine, kept - first_row));
  const std::uint32_t first_head = below(engine, num_heads);
  map->set_heads(first_head, 1 + below(engine, num_heads - first_head));
  if (engine() % 4 == 0) map->leave_blocks_unmasked();
  if (engine() % 4 == 0) map->unpolarize();
  return map;
}

/// What random maps are to cover.
struct Covered {
  int narrowed = 0;        ///< rows of 2 bytes became rows of one
  int without_starts = 0;  ///< heads that lose all sparser columns
  int pruned = 0;          ///< heads

  void count(const RestrictedMap& map) {
    const std::uint32_t kept = map.tile->num_keys();
    narrowed += map.source->num_keys() > 256 && kept <= 256 ? 1 : 0;
    for (std::uint32_t head = 0; head < map.tile->num_heads; ++head) {
      const bool had = map.source->num_denser(head) < map.source->num_keys();
      without_starts += had && map.tile->num_denser(head) == kept ? 1 : 0;
      pruned += map.source->rows_of(head).is_pruned ? 1 : 0;
    }
  }
};

}  // namespace

TEST_CASE("the index of a small map is made as it is written by hand") {
  const RestrictedMap map(map_of_five(), {0, 1, 3, 4});
  CHECK(encode_source_index(*map.source) ==
        Bytes{3, 4,                               // denser tokens
              2, 0,       1,                      // sparser ones
              0, 0,       1, 0,      3, 0, 4, 0,  // their starts: columns of 1, 2 and 1
              2, 0,       4, 1,                   // their rows
              3, 0b11011, 4, 0b10110});           // mask bits of rows 0-4
  FilterBench bench(map, {2, 64, 16, 3});
  bench.offer(bench.numbers).offer(bench.index).run();
  // Keys 0 and 1 are left, at tokens 0 and 4, and 1, which are rows 0 and 3, and 1.
  CHECK(bench.result() == Bytes{0,         0, 2, 0, 3, 0,              // columns
                                0,         0, 1, 0, 2, 0, 2, 0, 3, 0,  // rows
                                0,         3, 1,                       // row indices
                                0b10101111});                          // four bits of keys 3 and 4
}

TEST_CASE("an index is filtered to that of the restricted tile") {
  std::mt19937_64 engine(17);
  Covered covered;
  for (int round = 0; round < 150; ++round) {
    const std::uint32_t tokens = 1 + below(engine, round % 3 == 0 ? 400 : 70);
    const std::unique_ptr<RestrictedMap> map = random_restriction(engine, tokens);
    covered.count(*map);
    const IndexFilterConfig config{1 + below(engine, 9), 1 + below(engine, 80), 512, 4};
    INFO("round " << round << ": " << tokens << " tokens, " << map->kept.size() << " kept");
    FilterBench bench(*map, config);
    REQUIRE(source_index_bytes(*map->source) == bench.load_index.size());
    bench.offer(bench.numbers, random_sizes(engine, bench.load_numbers.size()));
    const Numbers sizes = random_sizes(engine, bench.load_index.size());
    const std::vector<Cycle> cycles = bench.offer(bench.index, sizes).run();
    REQUIRE(bench.result() == encode_index(*map->tile));

    FilterBench without(*map, config, {}, false);
    for (const Packet& packet : bench.packets) {
      without.offer(packet.transfer == &bench.index ? without.index : without.numbers,
                    {packet.bytes});
    }
    REQUIRE(without.run() == cycles);
  }
  CHECK(covered.narrowed > 5);
  CHECK(covered.without_starts > 5);
  CHECK(covered.pruned > 5);
}

TEST_CASE("starts are modulo 2^16 in a head of more entries") {
  // 300 tokens, all entries kept, no denser columns: 90,000 in DRAM, 299 x 299 are left.
  const RestrictedMap map(polarize_heads({KeptMap(300, 300, true)}, std::nullopt), [] {
    Numbers numbers;
    for (std::uint32_t token = 1; token < 300; ++token) numbers.push_back(token);
    return numbers;
  }());
  FilterBench bench(map, {8, 64, 512, 4});
  bench.offer(bench.numbers).offer(bench.index).run();
  CHECK(bench.result() == encode_index(*map.tile));
  CHECK(bench.counted("entries") == 90'000);
  CHECK(bench.counted("kept_entries") == 89'401);
}

TEST_CASE("numbers of kept tokens replace those before") {
  const RestrictedMap map(map_of_five(), {0, 1, 3, 4});
  FilterBench bench(map, {2, 64, 16, 3});
  bench.offer(bench.numbers).offer(bench.index);
  // Numbers of tokens 1, 2 and 4 before: none of them may stay.
  Packet earlier = bench.packets.front();
  earlier.bytes = 6;
  earlier.payload = std::make_shared<const Bytes>(Bytes{1, 0, 2, 0, 4, 0});
  bench.packets.insert(bench.packets.begin(), earlier);
  bench.run();
  CHECK(bench.result() == encode_index(*map.tile));
}

TEST_CASE("a token that the map does not have is not kept") {
  KeptTokens kept;
  kept.clear(40);
  for (const std::uint32_t token : {2U, 31U, 32U, 39U}) kept.add(token);
  CHECK(kept.num_kept() == 4);
  CHECK(kept.keeps(32));
  CHECK_FALSE(kept.keeps(33));
  CHECK_FALSE(kept.keeps(40));
  CHECK_FALSE(kept.keeps(65535));
  CHECK(kept.rank(2) == 0);
  CHECK(kept.rank(31) == 1);
  CHECK(kept.rank(32) == 2);
  CHECK(kept.rank(39) == 3);
}

}  // namespace vitcod::test::index_restriction_test
