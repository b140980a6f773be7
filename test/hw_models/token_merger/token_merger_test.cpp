// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "hw_models/token_merger/token_merger_parts.hpp"
#include "hw_models/token_merger/token_merger_unit.hpp"
#include "sim/base/random.hpp"
#include "test/support/packet_unit_bench.hpp"
#include "workloads/token_merging.hpp"

namespace vitcod::test::token_merger_test {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Bench = PacketUnitBench<TokenMergerUnit, TokenMergerConfig>;

constexpr std::uint64_t kStore = 1U << 24U;
// 4 lanes, 8 bytes in and out a cycle, divisions of 5, latency 3.
constexpr TokenMergerConfig kConfig{4, 8, 8, 64, 32, 5, 3};

Bytes bytes_of(const std::vector<std::int16_t>& words) {
  Bytes bytes;
  for (const std::int16_t word : words) {
    bytes.push_back(static_cast<std::uint8_t>(word));
    bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint16_t>(word) >> 8U));
  }
  return bytes;
}

/// Loads and store of one tile of all members.
struct Tile {
  Tile(const TokenMembers& members, std::uint32_t features, bool has_sizes) {
    auto table_placement = std::make_shared<MergePlacement>();
    table_placement->kind = MergePlacement::Kind::kMembers;
    auto row_placement = std::make_shared<MergePlacement>();
    row_placement->groups_before = {0};
    for (const bool ends : members.ends) {
      row_placement->groups_before.push_back(row_placement->groups_before.back() + (ends ? 1 : 0));
    }
    for (const auto& placement : {table_placement, row_placement}) {
      placement->tokens = static_cast<std::uint32_t>(members.numbers.size());
      placement->features = features;
      placement->packet_bytes = 64;
      placement->store = &store;
    }
    const std::uint64_t row_bytes = 2 * std::uint64_t{features} * members.num_groups();
    store.outputs = kToResults;
    store.stretches = {Stretch{kStore, row_bytes, 2 * features, 0, 0}};
    if (has_sizes) {
      store.stretches.push_back(Stretch{kStore + (1U << 20U), 2 * members.num_groups(), 2,
                                        static_cast<std::uint32_t>(row_bytes / 2), row_bytes});
    }
    table.stretches = {Stretch{0, 4 * members.numbers.size(), 0, 0, 0}};
    table.placement = table_placement;
    rows.stretches = {
        Stretch{1U << 20U, 2 * std::uint64_t{features} * members.numbers.size(), 2 * features}};
    rows.placement = row_placement;
  }
  Tile(const Tile&) = delete;
  Tile& operator=(const Tile&) = delete;

  Transfer store, table, rows;
};

TokenMembers members_with(const std::vector<bool>& ends) {
  TokenMembers members;
  for (std::uint32_t i = 0; i < ends.size(); ++i) members.add(i, i + 1, ends[i]);
  return members;
}

}  // namespace

TEST_CASE("rows alone pass, and a group of several adds its reciprocal and a pass over its sums") {
  // Rows of 8 elements, 16 bytes: two words of the lanes, two cycles in and out.
  const Tile tile(members_with({true, false, true, true}), 8, false);
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(kConfig, packets_of(tile.rows, 16), 3, mode);
    // Seen in 1: the first row in 1-2; the second gives nothing, in 3-4; the third in 5-6, then
    // 5 and 2 more; the fourth in 14-15. Latency 3, seen one later.
    CHECK(bench.deliveries() == std::vector<Cycle>{6, 8, 17, 19});
    CHECK(bench.results() == std::vector<Cycle>{6, 17, 19});
    CHECK(bench.result(1).first_row == 1);
    CHECK(bench.result(1).address == kStore + 16);
    CHECK(bench.result(2).num_rows == 1);
  }
}

TEST_CASE("members enter in their width, and sizes leave behind the tile's last row") {
  const Tile tile(members_with({true, false, true}), 8, true);
  std::vector<Packet> offered = packets_of(tile.table, 1024);
  for (const Packet& packet : packets_of(tile.rows, 1024)) offered.push_back(packet);
  const Bench bench(kConfig, offered, 2);
  // 12 bytes in 1-2; 48 bytes in 3-8, then 7; the sizes a cycle behind the rows.
  CHECK(bench.deliveries() == std::vector<Cycle>{6, 19});
  CHECK(bench.results() == std::vector<Cycle>{19, 20});
  CHECK(bench.result(0).bytes == 32);
  CHECK(bench.result(1).bytes == 4);
  CHECK(bench.result(1).address == kStore + (1U << 20U));
}

TEST_CASE("what a merging counts is what it does") {
  const Tile tile(members_with({true, false, false, true}), 8, false);
  std::vector<Packet> offered = packets_of(tile.table, 1024);
  for (const Packet& packet : packets_of(tile.rows, 24)) offered.push_back(packet);
  const Bench bench(kConfig, offered, 2);
  CHECK(bench.counted("rows") == 4);
  CHECK(bench.counted("groups") == 1);
  CHECK(bench.counted("macs") == 24);
  CHECK(bench.counted("means") == 8);
  CHECK(bench.counted("member_bytes_written") == 16);
  CHECK(bench.counted("member_bytes_read") == 16);
  // A word of 4 sums of 5 bytes; two a row.
  CHECK(bench.counted("sum_bytes_written") == 3 * 40);
  CHECK(bench.counted("sum_bytes_read") == 3 * 40);
  CHECK(bench.counted("row_bytes") == 64);
  CHECK(bench.counted("result_bytes") == 32);
}

TEST_CASE("merged rows and sizes are those of the reference, however rows are cut") {
  Random random(7, "merger");
  for (std::uint32_t run = 0; run < 150; ++run) {
    const auto below = [&](std::uint64_t bound) {
      return static_cast<std::uint32_t>(random.uniform_below(bound));
    };
    const std::uint32_t features = 1 + below(32), tokens = 1 + below(40);
    const std::uint32_t most = 1U << (1 + below(16));
    TokenMembers members;
    for (std::uint32_t i = 0; i < tokens; ++i) {
      members.add(i, 1 + below(most - 1), i + 1 == tokens || below(3) > 0);
    }
    std::vector<std::int16_t> rows(std::size_t{tokens} * features);
    for (std::int16_t& element : rows) element = static_cast<std::int16_t>(below(65536));
    Bytes table = bytes_of(members.words()), row_values = bytes_of(rows);
    const Tile tile(members, features, true);
    DramContents dram;
    dram.add_area(0, table.size(), [&] { return table; });
    dram.add_area(1U << 20U, row_values.size(), [&] { return row_values; });
    std::vector<Packet> offered = packets_of(tile.table, 64, &dram);
    std::size_t packets = (2 * members.num_groups() + 63) / 64;
    for (const Packet& packet : packets_of(tile.rows, 1 + below(100), &dram)) {
      const auto& placement = placement_as<MergePlacement>(packet);
      packets += placement.groups_before[packet.first_row + packet.num_rows] >
                 placement.groups_before[packet.first_row];
      offered.push_back(packet);
    }
    std::vector<std::int16_t> expected = merged_rows(members, features, rows);
    for (const std::uint32_t size : members.sizes()) {
      expected.push_back(static_cast<std::int16_t>(size));
    }
    CAPTURE(run, tokens, features, most);
    CHECK(Bench(kConfig, offered, packets).values() == bytes_of(expected));
  }
}

TEST_CASE("what does not fit the merger is an error of the model") {
  const Tile many(members_with(std::vector<bool>(65, true)), 8, false);
  CHECK_THROWS_WITH(Bench(kConfig, packets_of(many.table, 1024), 0),
                    Catch::Contains("more members came than are held"));
  const Tile wide(members_with({true}), 33, false);
  CHECK_THROWS_WITH(Bench(kConfig, packets_of(wide.rows, 1024), 1),
                    Catch::Contains("a row came that is longer than its sums"));
  const Tile tile(members_with({true, true}), 8, false);
  Packet extra = packets_of(tile.rows, 1024).front();
  extra.first_row = 1;
  CHECK_THROWS_WITH(Bench(kConfig, {extra}, 1),
                    Catch::Contains("more rows came than the tile has"));
}

TEST_CASE("an unloaded merging takes what its cost says, and its memories hold a row") {
  const Tile tile(members_with({true, false, true, true, true, false, false, true}), 16, false);
  const TokenMergerCost cost = cost_of(kConfig);
  const Bench bench(kConfig, packets_of(tile.rows, 64), 4);
  CHECK(double(bench.results().back()) ==
        Approx(cost.rows_cycles(8, 5, 2, 16) + double(cost.latency)).epsilon(0.06));
  CHECK(cost.members_cycles(8) == 4);
  CHECK(member_buffer_parts(kConfig).memory->bytes == 256);
  CHECK(merge_sum_buffer_parts(kConfig).memory->bytes == 32 * 5);
  CHECK(merge_row_buffer_parts(kConfig).memory->bytes == 72);
  TokenMergerConfig twice = kConfig;
  twice.lanes = 8;
  CHECK(parts_of(twice).count(PartKind::kMultiplier) ==
        2 * parts_of(kConfig).count(PartKind::kMultiplier));
}

}  // namespace vitcod::test::token_merger_test
