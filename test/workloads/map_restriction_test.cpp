// SPDX-License-Identifier: Apache-2.0
#include "workloads/map_restriction.hpp"

#include <catch2/catch.hpp>

#include "test/workloads/workload_fixtures.hpp"
#include "workloads/polarization.hpp"

namespace vitcod::map_restriction_test {
namespace {

using Catch::Matchers::Contains;

std::vector<std::uint32_t> numbers(const SharedArray<std::uint32_t>& array) {
  return {array.begin(), array.end()};
}

TEST_CASE("A restricted map keeps the order of the keys that are left and their side") {
  // Queries down, keys across; key 3 is in all rows but one, key 4 in three.
  const char* rows[] = {"10010", "01011", "00101", "00010", "10011"};
  KeptMap map(5, 5);
  for (std::uint32_t query = 0; query < 5; ++query) {
    for (std::uint32_t key = 0; key < 5; ++key) map.set(query, key, rows[query][key] == '1');
  }
  // More than two entries: keys 3 and 4 go to places 0 and 1, so the order is 3 4 2 0 1.
  const PolarizedMap whole = polarize_heads({map}, 2);
  REQUIRE(numbers(whole.heads[0].key_order) == std::vector<std::uint32_t>{3, 4, 2, 0, 1});
  // Tokens 0, 1, 3, 4 become 0, 1, 2, 3.
  const PolarizedMap left = restrict_map(whole, std::vector<std::uint32_t>{0, 1, 3, 4});
  REQUIRE(left.num_queries == 4);
  REQUIRE(left.num_keys == 4);
  const PolarizedHead& head = left.heads[0];
  CHECK(numbers(head.key_order) == std::vector<std::uint32_t>{2, 3, 0, 1});
  CHECK(head.num_denser == 2);
  // Key 3 at queries 0, 1, 3, 4; key 4 at 1 and 4.
  CHECK(std::vector<int>(head.denser_kept.begin(), head.denser_kept.end()) ==
        std::vector<int>{1, 1, 1, 1, 0, 1, 0, 1});
  CHECK(head.denser_nnz == 6);
  // Key 0 at queries 0 and 4, key 1 at 1.
  CHECK(numbers(head.sparser.col_ptr) == std::vector<std::uint32_t>{0, 2, 3});
  CHECK(numbers(head.sparser.row_idx) == std::vector<std::uint32_t>{0, 3, 1});
}

TEST_CASE("Restricted maps hold the entries between kept tokens, and those alone") {
  std::mt19937_64 engine(7);
  for (int round = 0; round < 20; ++round) {
    const auto tokens = static_cast<std::uint32_t>(1 + engine() % 90);
    HeadMaps heads;
    for (int head = 0; head < 2; ++head) {
      heads.push_back(test::random_map(engine, tokens, tokens, 0.3));
    }
    std::vector<std::uint32_t> origins;
    for (std::uint32_t token = 0; token < tokens; ++token) {
      if (token == 0 || engine() % 3 != 0) origins.push_back(token);
    }
    const PolarizedMap left = restrict_map(polarize_heads(heads, tokens / 3), origins);
    for (std::size_t h = 0; h < 2; ++h) {
      const KeptMap kept = kept_map(left.heads[h], left.num_queries, left.num_keys);
      for (std::uint32_t query = 0; query < origins.size(); ++query) {
        for (std::uint32_t key = 0; key < origins.size(); ++key) {
          REQUIRE(kept.kept(query, key) == heads[h].kept(origins[query], origins[key]));
        }
      }
      // As the folder's arrays make it: the same.
      REQUIRE(polarize(kept, numbers(left.heads[h].key_order), left.heads[h].num_denser) ==
              left.heads[h]);
    }
  }
}

TEST_CASE("A map restricted to all of its tokens is the map itself") {
  std::mt19937_64 engine(8);
  const PolarizedMap map = polarize_heads({test::random_map(engine, 9, 9, 0.5)}, 4);
  CHECK(restrict_map(map, std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8}) == map);
}

TEST_CASE("Tokens that a map does not have are a fault of the program") {
  std::mt19937_64 engine(9);
  const PolarizedMap map = polarize_heads({test::random_map(engine, 4, 4, 0.5)}, 2);
  const char* no_tokens = "a map is restricted to tokens that it does not have, or not in order";
  CHECK_THROWS_WITH(restrict_map(map, std::vector<std::uint32_t>{0, 4}), Contains(no_tokens));
  CHECK_THROWS_WITH(restrict_map(map, std::vector<std::uint32_t>{1, 1}), Contains(no_tokens));
  const PolarizedMap wide = polarize_heads({test::random_map(engine, 4, 5, 0.5)}, 2);
  CHECK_THROWS_WITH(restrict_map(wide, std::vector<std::uint32_t>{0}),
                    Contains("a map of other queries than keys is restricted"));
}

}  // namespace
}  // namespace vitcod::map_restriction_test
