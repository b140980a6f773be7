// SPDX-License-Identifier: Apache-2.0
#include "workloads/polarization.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "sim/base/errors.hpp"
#include "test/workloads/workload_fixtures.hpp"

namespace vitcod::polarization_test {
namespace {

/// The split by the definition, entry by entry: no counts kept, no packing.
struct PlainSplit {
  std::vector<std::uint32_t> key_order;
  std::uint32_t num_denser = 0;
};

std::uint32_t kept_in_column(const KeptMap& map, std::uint32_t key) {
  std::uint32_t count = 0;
  for (std::uint32_t query = 0; query < map.num_queries(); ++query) {
    if (map.kept(query, key)) ++count;
  }
  return count;
}

/// The authors relabel the nodes of a graph: global i and the node labelled i exchange labels. The
/// key at position p is the one whose label is p.
PlainSplit plain_split(const KeptMap& map, std::uint32_t theta_d) {
  std::vector<std::uint32_t> label(map.num_keys());
  std::iota(label.begin(), label.end(), 0U);
  PlainSplit split;
  for (std::uint32_t key = 0; key < map.num_keys(); ++key) {
    if (kept_in_column(map, key) <= theta_d) continue;
    const std::uint32_t from = key, to = split.num_denser++;
    for (std::uint32_t& l : label) {
      if (l == from) {
        l = to;
      } else if (l == to) {
        l = from;
      }
    }
  }
  split.key_order.resize(map.num_keys());
  for (std::uint32_t key = 0; key < map.num_keys(); ++key) split.key_order[label[key]] = key;
  return split;
}

void check_parts(const KeptMap& map, const PolarizedHead& head) {
  const std::uint32_t queries = map.num_queries();
  REQUIRE(head.denser_kept.size() == std::size_t{head.num_denser} * queries);
  REQUIRE(head.sparser.num_columns() == map.num_keys() - head.num_denser);
  std::uint64_t denser_nnz = 0;
  for (std::uint32_t position = 0; position < map.num_keys(); ++position) {
    const std::uint32_t key = head.key_order[position];
    std::vector<std::uint32_t> rows;
    for (std::uint32_t query = 0; query < queries; ++query) {
      if (map.kept(query, key)) rows.push_back(query);
    }
    if (position < head.num_denser) {
      denser_nnz += rows.size();
      for (std::uint32_t query = 0; query < queries; ++query) {
        REQUIRE(head.denser_kept[std::size_t{position} * queries + query] ==
                (map.kept(query, key) ? 1 : 0));
      }
      continue;
    }
    const std::uint32_t column = position - head.num_denser;
    const std::vector<std::uint32_t> found(
        head.sparser.row_idx.begin() + head.sparser.col_ptr[column],
        head.sparser.row_idx.begin() + head.sparser.col_ptr[column + 1]);
    REQUIRE(found == rows);
  }
  REQUIRE(head.denser_nnz == denser_nnz);
  REQUIRE(head.sparser.nnz() == head.sparser.col_ptr.back());
}

TEST_CASE("Polarization of random maps matches the authors' relabelling and the mask itself") {
  std::mt19937_64 engine(20240601);
  for (int trial = 0; trial < 300; ++trial) {
    const auto queries = static_cast<std::uint32_t>(1 + engine() % 40);
    const auto keys = static_cast<std::uint32_t>(1 + engine() % 40);
    const KeptMap map = test::random_map(engine, queries, keys, 0.3);
    const auto theta_d = static_cast<std::uint32_t>(engine() % (queries + 1));
    CAPTURE(trial, queries, keys, theta_d);
    const PolarizedHead head = polarize(map, theta_d);
    const PlainSplit expected = plain_split(map, theta_d);
    REQUIRE(head.num_denser == expected.num_denser);
    REQUIRE(head.key_order == expected.key_order);
    check_parts(map, head);
    REQUIRE(kept_map(head, queries, keys) == map);
  }
}

TEST_CASE("Globals are swapped to the front one by one, not sorted there") {
  // Columns 2 and 3 are full. Key 2 changes place with key 0, then key 3 with key 1.
  KeptMap map(2, 5);
  for (const std::uint32_t key : {2U, 3U}) {
    map.set(0, key, true);
    map.set(1, key, true);
  }
  const PolarizedHead head = polarize(map, 1);
  CHECK(head.num_denser == 2);
  CHECK(head.key_order == std::vector<std::uint32_t>{2, 3, 0, 1, 4});
  CHECK(head.nnz() == 4);
}

TEST_CASE("A column is denser with strictly more kept entries than theta_d") {
  KeptMap map(3, 2);
  for (std::uint32_t query = 0; query < 3; ++query) map.set(query, 1, true);
  CHECK(polarize(map, 3).num_denser == 0);
  CHECK(polarize(map, 2).num_denser == 1);
  CHECK(polarize(map, 0).num_denser == 1);  // the empty column 0 has no more than 0
}

TEST_CASE("With polarization off no column is denser and the keys keep their order") {
  const KeptMap map(4, 6, true);
  const PolarizedHead head = polarize(map, std::nullopt);
  CHECK(head.num_denser == 0);
  CHECK(head.key_order == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5});
  CHECK(head.denser_kept.empty());
  CHECK(head.sparser.nnz() == 24);
}

TEST_CASE("A map kept whole is denser whole, and its sparser part is empty") {
  const PolarizedHead head = polarize(KeptMap(7, 5, true), 6);
  CHECK(head.num_denser == 5);
  CHECK(head.denser_nnz == 35);
  CHECK(head.sparser.num_columns() == 0);
  CHECK(head.sparser.nnz() == 0);
}

TEST_CASE("A given split is taken as it is") {
  std::mt19937_64 engine(7);
  const KeptMap map = test::random_map(engine, 9, 6, 0.4);
  const std::vector<std::uint32_t> order{5, 0, 3, 1, 4, 2};
  const PolarizedHead head = polarize(map, order, 3);
  CHECK(head.num_denser == 3);
  CHECK(head.key_order == order);
  check_parts(map, head);
  CHECK(kept_map(head, 9, 6) == map);
}

TEST_CASE("Heads of one block are polarized each for itself and must have one shape") {
  HeadMaps heads{KeptMap(3, 4), KeptMap(3, 4, true)};
  const PolarizedMap map = polarize_heads(heads, 1);
  CHECK(map.num_queries == 3);
  CHECK(map.num_keys == 4);
  CHECK(map.heads[0].num_denser == 0);
  CHECK(map.heads[1].num_denser == 4);
  CHECK(map.nnz() == 12);
  heads.emplace_back(4, 3);
  CHECK_THROWS_AS(polarize_heads(heads, 1), ModelError);
  CHECK_THROWS_AS(polarize_heads({}, 1), ModelError);
}

TEST_CASE("Columns are sorted by their kept entries, and cut at the front") {
  // Kept a column: 1, 3, 1, 2.
  KeptMap map(3, 4);
  for (const auto& [query, key] :
       {std::pair{0, 0}, {0, 1}, {1, 1}, {2, 1}, {1, 2}, {0, 3}, {2, 3}}) {
    map.set(query, key, true);
  }
  PolarizedMap uncut;
  add_uncut_head(uncut, map);
  CHECK(uncut.is_uncut);
  CHECK(uncut.heads[0].num_denser == 0);
  CHECK(uncut.heads[0].key_order == std::vector<std::uint32_t>{1, 3, 0, 2});
  for (std::uint32_t num_denser = 0; num_denser <= 4; ++num_denser) {
    const PolarizedMap whole = cut(uncut, {num_denser});
    CHECK_FALSE(whole.is_uncut);
    CHECK(whole.heads[0] == polarize(map, {1, 3, 0, 2}, num_denser));
  }
  CHECK_THROWS_WITH(cut(cut(uncut, {1}), {1}), Catch::Contains("a map is cut once, in all heads"));
  CHECK_THROWS_AS(cut(uncut, {1, 1}), ModelError);
}

}  // namespace
}  // namespace vitcod::polarization_test
