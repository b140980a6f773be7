// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "hw_models/token_gather/token_gather_parts.hpp"
#include "test/hw_models/token_gather/gather_bench.hpp"

namespace vitcod::test::token_gather_test {

// Unless a test says otherwise: rows of 8 elements, 16 bytes, with 4 new features: 24 bytes leave.
// 8 bytes enter and 8 leave a cycle; latency 3.

namespace {

using Cycles = std::vector<Cycle>;
constexpr TokenGatherConfig kConfig{8, 8, 16, 8, 64, 3};

using Tile = GatherTile;

/// The unit of kConfig, if a test gives no other.
struct Bench : GatherBench {
  explicit Bench(const std::vector<Packet>& offered, const TokenGatherConfig& config = kConfig,
                 const RunMode& mode = {}, Cycle packets_from = 0)
      : GatherBench(offered, config, mode, packets_from) {}
};

/// Packets of rows that lie one behind the other.
std::vector<Packet> rows_in_packets(const Tile& tile, const std::vector<std::uint32_t>& rows,
                                    std::uint32_t row_bytes) {
  std::vector<Packet> packets;
  std::uint32_t next = 0;
  for (const std::uint32_t num : rows) {
    packets.push_back(packet_of(tile.rows, num * row_bytes, next, num));
    next += num;
  }
  return packets;
}

}  // namespace

TEST_CASE("a packet of rows takes the longer of its way in and its way out") {
  const Tile tile(8, 8, 4);
  for (const RunMode& mode : all_run_modes()) {
    // Seen in 1. One row: 16 bytes in 1-2, 24 bytes out in 1-3, pushed 3 later, seen one later.
    CHECK(Bench(rows_in_packets(tile, {1}, 16), kConfig, mode).packets->cycles() == Cycles{7});
    CHECK(Bench(rows_in_packets(tile, {1, 2}, 16), kConfig, mode).packets->cycles() ==
          Cycles{7, 13});
    // 2 bytes enter a cycle: 8 cycles.
    const TokenGatherConfig slow{2, 8, 16, 8, 64, 3};
    CHECK(Bench(rows_in_packets(tile, {1}, 16), slow, mode).packets->cycles() == Cycles{12});
    // 64 bytes enter and leave: a cycle a packet.
    const TokenGatherConfig wide{64, 64, 16, 8, 64, 3};
    CHECK(Bench(rows_in_packets(tile, {1, 2}, 16), wide, mode).packets->cycles() == Cycles{5, 6});
  }
}

TEST_CASE("packets that complete no row take their way in and give nothing") {
  const Tile tile(2, 8, 4);
  // 8 numbers: 2 cycles. N of two rows: 1 cycle. 12 bytes of a row: 2 cycles; the other 20: 2 rows
  // leave in 6 cycles.
  const std::vector<Packet> offered = {packet_of(tile.numbers, 16),
                                       packet_of(tile.new_load, 8, 0, 2), packet_of(tile.rows, 12),
                                       packet_of(tile.rows, 20, 0, 2)};
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(offered, kConfig, mode);
    CHECK(bench.deliveries->cycles() == Cycles{6, 7, 9, 15});
    CHECK(bench.packets->cycles() == Cycles{15});
  }
}

TEST_CASE("rows wait for room behind the unit") {
  const Tile tile(4, 8, 4);
  for (const RunMode& mode : all_run_modes()) {
    // Two packets, taken in 1 and 4, fill the link until 30. Room is known of from 31 on: taken in
    // 31 and, once the unit is through with that one, in 34.
    const Bench bench(rows_in_packets(tile, {1, 1, 1, 1}, 16), kConfig, mode, 30);
    CHECK(bench.packets->cycles() == Cycles{30, 31, 37, 40});
    CHECK(bench.deliveries->cycles() == Cycles{7, 10, 37, 40});
  }
}

TEST_CASE("gathered rows leave for their places in the store") {
  const Tile tile(3, 8, 4);
  const Bench bench(rows_in_packets(tile, {2, 1}, 16));
  const Packet& first = bench.packets->arrivals[0].value;
  CHECK(first.transfer == &tile.store);
  CHECK(first.address == kGatherStore);
  CHECK(first.bytes == 48);
  CHECK(first.num_rows == 2);
  const Packet& last = bench.packets->arrivals[1].value;
  CHECK(last.address == kGatherStore + 48);
  CHECK(last.offset == 48);
  CHECK(last.bytes == 24);
  CHECK(last.first_row == 2);
  CHECK(last.payload == nullptr);
}

TEST_CASE("accesses of each memory of token_gather are counted") {
  const Tile tile(3, 8, 4);
  std::vector<Packet> offered = {packet_of(tile.numbers, 6), packet_of(tile.new_load, 12, 0, 3)};
  for (const Packet& packet : rows_in_packets(tile, {2, 1}, 16)) offered.push_back(packet);
  const Bench bench(offered);
  CHECK(bench.counted("rows") == 3);
  CHECK(bench.counted("number_bytes_written") == 6);
  CHECK(bench.counted("number_bytes_read") == 6);
  CHECK(bench.counted("new_bytes_written") == 12);
  CHECK(bench.counted("new_bytes_read") == 12);
  CHECK(bench.counted("row_bytes_written") == 48);
  CHECK(bench.counted("row_bytes_read") == 48);
  CHECK(bench.counted("result_bytes") == 72);
}

TEST_CASE("numbers of an order are taken more often than they come") {
  const Tile tile(3, 8, 4);
  Packet whole = packet_of(tile.numbers, 6);
  GatherPlacement order = dynamic_cast<const GatherPlacement&>(*tile.numbers.placement);
  order.more_numbers_taken = 7;
  Transfer numbers = tile.numbers;
  numbers.placement = std::make_shared<GatherPlacement>(order);
  whole.transfer = &numbers;
  const Bench bench({whole});
  CHECK(bench.counted("number_bytes_written") == 6);
  CHECK(bench.counted("number_bytes_read") == 6 + 2 * 7);
}

TEST_CASE("new features follow a row as eight times themselves in 16 bits") {
  // Row 1 of X, elements of 258 and -2; new features 1, -1, 127 and -128: 8, -8, 1016, -1024.
  const Tile tile(1, 2, 4);
  Packet grown = packet_of(tile.new_load, 4, 0, 1);
  grown.payload =
      std::make_shared<std::vector<std::uint8_t>>(std::vector<std::uint8_t>{1, 0xFF, 0x7F, 0x80});
  Packet row = packet_of(tile.rows, 4, 0, 1);
  row.payload =
      std::make_shared<std::vector<std::uint8_t>>(std::vector<std::uint8_t>{2, 1, 0xFE, 0xFF});
  const Bench bench({grown, row});
  CHECK(*bench.packets->arrivals[0].value.payload ==
        std::vector<std::uint8_t>{2, 1, 0xFE, 0xFF, 8, 0, 0xF8, 0xFF, 0xF8, 3, 0, 0xFC});
}

TEST_CASE("what the unit does not hold is refused") {
  const Tile tile(20, 8, 4);
  CHECK_THROWS_WITH(Bench({packet_of(tile.numbers, 34)}),
                    Catch::Contains("more rows' numbers came than are held"));
  CHECK_THROWS_WITH(Bench({packet_of(tile.new_load, 65)}),
                    Catch::Contains("more new features came than are held"));
  CHECK_THROWS_WITH(Bench({packet_of(tile.rows, 16, 16, 1)}),
                    Catch::Contains("rows came whose new features are not held"));
  const Tile wide(1, 9, 0);
  CHECK_THROWS_WITH(Bench({packet_of(wide.rows, 18, 0, 1)}),
                    Catch::Contains("a row came that is longer than its buffer"));
  CHECK_NOTHROW(Bench({packet_of(tile.numbers, 32)}));
  CHECK_NOTHROW(Bench({packet_of(tile.new_load, 64)}));
  CHECK_NOTHROW(Bench({packet_of(tile.rows, 16, 15, 1)}));
}

TEST_CASE("the cost of gathering is what an unloaded token_gather takes") {
  // 24 rows of 48 bytes from address 0 in packets of 64: of three packets, two complete one row and
  // one completes two. 64 bytes leave a row.
  Tile tile(24, 24, 8);
  tile.rows.stretches = {Stretch{0, 24 * 48, 48, 0, 0}};
  for (const auto& [read, write] : {std::pair{16U, 16U}, {8U, 16U}, {64U, 8U}, {5U, 7U}}) {
    CAPTURE(read, write);
    const TokenGatherConfig config{read, write, 24, 24, 192, 3};
    const TokenGatherCost cost = cost_of(config);
    const std::vector<Packet> packets = packets_of(tile.rows, 64);
    const Cycle last = Bench(packets, config).packets->cycles().back();
    CHECK(double(last) == Approx(cost.cycles(24, 24, 8, 64) + double(cost.latency) + 1));
    std::uint64_t sum = 0;
    for (const Packet& packet : packets) {
      sum += cost.packet_cycles(packet.bytes, packet.num_rows, 24, 8);
    }
    CHECK(last == sum + cost.latency + 1);
  }
  // N of 24 rows in three packets.
  tile.new_load.stretches = {Stretch{0, 192, 8, 0, 0}};
  const TokenGatherConfig config{16, 16, 24, 24, 192, 3};
  CHECK(double(Bench(packets_of(tile.new_load, 64), config).deliveries->cycles().back()) ==
        cost_of(config).table_cycles(192) + 3 + 1);
}

TEST_CASE("the limits of token_gather are those of its memories") {
  const TokenGatherCost cost = cost_of(kConfig);
  CHECK(cost.takes(8, 64));
  CHECK_FALSE(cost.takes(9, 0));
  CHECK_FALSE(cost.takes(8, 65));
  CHECK(cost.max_rows(0) == 16);
  CHECK(cost.max_rows(4) == 16);
  CHECK(cost.max_rows(5) == 12);
}

TEST_CASE("parts of token_gather are those counted by hand") {
  // 8 bytes enter and 4 leave a cycle; latency 3.
  const TokenGatherConfig config{8, 4, 16, 8, 64, 3};
  const PartList parts = parts_of(config);
  // Addresses of loads and of stores.
  CHECK(parts.count(PartKind::kMultiplier) == 2 * 16 * 18);
  CHECK(parts.count(PartKind::kAdder) == 16 + 16 + 2 * 40);
  CHECK(parts.count(PartKind::kComparator) == 16);
  // 64 bits turned by 0 to 7 bytes, 32 bits by 0 to 3; elements or new features.
  CHECK(parts.count(PartKind::kMultiplexer) == 64 * 3 + 32 * 2 + 32);
  CHECK(parts.count(PartKind::kRegister) == 3 * 32 + 16);
  CHECK(parts.count(PartKind::kGatedRegister) == 64 + 32 + 2 * 16 + 2 * 40);
}

TEST_CASE("numbers, new features and a row lie in memories of their own") {
  const TokenGatherConfig config{8, 4, 16, 8, 64, 3};
  const PartList numbers = number_buffer_parts(config);
  CHECK(numbers.memory->bytes == 32);
  CHECK(numbers.memory->width_bytes == 8);
  CHECK(numbers.memory->ports == 1);
  CHECK(numbers.count(PartKind::kMultiplexer) == 3 * 16);  // one of four numbers
  CHECK(numbers.count(PartKind::kGatedRegister) == 64);
  const PartList grown = new_buffer_parts(config);
  CHECK(grown.memory->bytes == 64);
  CHECK(grown.memory->width_bytes == 8);
  CHECK(grown.memory->ports == 1);
  CHECK(grown.count(PartKind::kMultiplexer) == 3 * 16 + 16);  // two of eight, turned by 0 or 1
  const PartList rows = row_buffer_parts(config);
  CHECK(rows.memory->bytes == 16 + 8);
  CHECK(rows.memory->width_bytes == 8);
  CHECK(rows.memory->ports == 2);
}

}  // namespace vitcod::test::token_gather_test
