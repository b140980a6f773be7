// SPDX-License-Identifier: Apache-2.0
#include "workloads/attention_map.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <random>
#include <vector>

#include "sim/base/errors.hpp"
#include "test/workloads/workload_fixtures.hpp"

namespace vitcod::attention_map_test {
namespace {

// Widths around the words of 64 bits and the eight bytes that are packed at a time.
constexpr std::uint32_t kWidths[] = {1, 7, 8, 9, 63, 64, 65, 127, 128, 129, 200};

TEST_CASE("Entries that are set one by one are kept where they were set, and nowhere else") {
  std::mt19937_64 engine(1);
  for (const std::uint32_t num_keys : kWidths) {
    CAPTURE(num_keys);
    KeptMap map(5, num_keys);
    std::vector<std::uint8_t> plain(std::size_t{5} * num_keys, 0);
    for (int change = 0; change < 400; ++change) {
      const auto query = static_cast<std::uint32_t>(engine() % 5);
      const auto key = static_cast<std::uint32_t>(engine() % num_keys);
      const bool kept = engine() % 3 != 0;
      map.set(query, key, kept);
      plain[std::size_t{query} * num_keys + key] = kept ? 1 : 0;
    }
    CHECK(map.bytes() == plain);
    for (std::uint32_t query = 0; query < 5; ++query) {
      for (std::uint32_t key = 0; key < num_keys; ++key) {
        REQUIRE(map.kept(query, key) == (plain[std::size_t{query} * num_keys + key] != 0));
      }
    }
  }
}

TEST_CASE("A row that is set whole has the entries of its bytes, and its neighbours keep theirs") {
  std::mt19937_64 engine(2);
  for (const std::uint32_t num_keys : kWidths) {
    CAPTURE(num_keys);
    KeptMap map(3, num_keys, true);
    std::vector<std::uint8_t> row(num_keys);
    for (std::uint8_t& entry : row) entry = static_cast<std::uint8_t>(engine() % 2);
    map.set_row(1, row);
    std::vector<std::uint8_t> expected(num_keys, 1);
    expected.insert(expected.end(), row.begin(), row.end());
    expected.insert(expected.end(), num_keys, 1);
    CHECK(map.bytes() == expected);
    // Two maps with the same entries are equal, however they came about.
    KeptMap same(3, num_keys);
    for (std::uint32_t query = 0; query < 3; ++query) {
      for (std::uint32_t key = 0; key < num_keys; ++key) {
        same.set(query, key, query != 1 || row[key] != 0);
      }
    }
    CHECK(same == map);
  }
}

TEST_CASE("The kept entries of a row are visited in ascending order") {
  KeptMap map(2, 130);
  for (const std::uint32_t key : {129U, 0U, 63U, 64U, 128U}) map.set(1, key, true);
  std::vector<std::uint32_t> visited;
  map.for_each_kept(1, [&visited](std::uint32_t key) { visited.push_back(key); });
  CHECK(visited == std::vector<std::uint32_t>{0, 63, 64, 128, 129});
  visited.clear();
  map.for_each_kept(0, [&visited](std::uint32_t key) { visited.push_back(key); });
  CHECK(visited.empty());
}

TEST_CASE("A row of another length is a broken invariant") {
  KeptMap map(2, 4);
  CHECK_THROWS_AS(map.set_row(0, std::vector<std::uint8_t>(5, 1)), ModelError);
}

}  // namespace
}  // namespace vitcod::attention_map_test
