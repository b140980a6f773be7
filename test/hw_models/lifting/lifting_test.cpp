// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "hw_models/lifting/lifting_parts.hpp"
#include "hw_models/lifting/lifting_unit.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test::lifting_test {

// Unless a test says otherwise: patches of 4 x 4 samples of one channel, lifted once by 2 lanes: 4
// cycles a pass and 5 until the next one may begin, 18 in all. 4 bytes enter and 4 leave a cycle:
// a patch enters in 4 cycles, and its three bands of two lines leave in 6. So results leave 10
// cycles after a packet's last one.

namespace {

using Cycles = std::vector<Cycle>;
using Kind = LiftPlacement::Kind;
constexpr LiftingConfig kConfig{2, 4, 4, 64, 5};
constexpr std::uint64_t kStoreAddress = 4096;

/// Loads of one tile, and its store.
struct Tile {
  explicit Tile(std::uint32_t level = 1, std::uint32_t side = 4, std::uint32_t zero_rows = 0) {
    const auto row_bytes = static_cast<std::uint32_t>(PatchShape{level, side, 1}.result_bytes());
    store.stretches = {Stretch{kStoreAddress, 100ULL * row_bytes, row_bytes, 0, 0}};
    for (Transfer* load : {&taps, &patches}) {
      auto placement = std::make_shared<LiftPlacement>();
      placement->kind = load == &taps ? Kind::kTaps : Kind::kPatches;
      placement->level = level;
      placement->side = side;
      placement->zero_rows = zero_rows;
      placement->store = &store;
      load->placement = placement;
    }
  }
  Tile(const Tile&) = delete;
  Tile& operator=(const Tile&) = delete;

  Transfer store, taps, patches;
};

Packet packet_of(const Transfer& load, std::uint32_t bytes, std::uint32_t first_row = 0,
                 std::uint32_t num_rows = 0) {
  Packet packet;
  packet.transfer = &load;
  packet.bytes = bytes;
  packet.first_row = first_row;
  packet.num_rows = num_rows;
  return packet;
}

struct Bench {
  explicit Bench(const std::vector<Packet>& offered, const LiftingConfig& config = kConfig,
                 const RunMode& mode = {}, Cycle packets_from = 0, std::size_t depth = 2)
      : bench(mode), unit("unit", bench.clock, config, bench.stats) {
    for (const Packet& packet : offered) countdown += packet.num_rows > 0 ? 2 : 1;
    source = std::make_unique<Source<Packet>>("source", bench, all_at_once(offered));
    packets = std::make_unique<Sink<Packet>>("packets", bench, countdown, packets_from);
    deliveries = std::make_unique<Sink<Delivery>>("deliveries", bench, countdown);
    const auto in = connect(bench, source->out, unit.packet_in);
    const auto out = connect(bench, unit.packet_out, packets->in, depth);
    Link<Delivery> delivery_link("delivery_link", bench.clock, 2 * depth);
    unit.delivery_out(delivery_link);
    deliveries->in(delivery_link);
    bench.run();
  }

  std::uint64_t counted(std::string_view name) const {
    for (const Statistic* statistic : bench.stats.children().front()->statistics()) {
      if (statistic->name() == name) return dynamic_cast<const Counter&>(*statistic).value();
    }
    FAIL("no counter of this name");
    return 0;
  }

  SimBench bench;
  std::size_t countdown = 0;
  LiftingUnit unit;
  std::unique_ptr<Source<Packet>> source;
  std::unique_ptr<Sink<Packet>> packets;
  std::unique_ptr<Sink<Delivery>> deliveries;
};

}  // namespace

TEST_CASE("a patch takes the passes of the lanes, or its way out and in") {
  const Tile tile;
  const std::vector<Packet> one = {packet_of(tile.patches, 16, 0, 1)};
  for (const RunMode& mode : all_run_modes()) {
    // Seen in 1, lifted in 1-18, pushed 10 later, seen one later. Two: lifted in 1-36.
    CHECK(Bench(one, kConfig, mode).packets->cycles() == Cycles{29});
    CHECK(Bench({packet_of(tile.patches, 32, 0, 2)}, kConfig, mode).packets->cycles() ==
          Cycles{47});
    // A byte enters a cycle: 16 in and 6 out, 22 cycles and as many of latency.
    CHECK(Bench(one, {2, 1, 4, 64, 5}, mode).packets->cycles() == Cycles{45});
    // A lane more than there are pairs: a cycle and 5 a pass, 12; 4 in and 6 out, 10.
    CHECK(Bench(one, {9, 4, 4, 64, 5}, mode).packets->cycles() == Cycles{23});
  }
}

TEST_CASE("before the last level only coarse samples are made") {
  // 8 pairs of rows, 4 of the left half's columns, then 2 and 2: 4 + 2 + 1 + 1 cycles, and 5 each.
  // Three bands of one sample: 3 cycles out. 28 + 4 + 3 + 1.
  const Tile tile(2);
  for (const RunMode& mode : all_run_modes()) {
    CHECK(Bench({packet_of(tile.patches, 16, 0, 1)}, kConfig, mode).packets->cycles() ==
          Cycles{36});
  }
}

TEST_CASE("packets without a whole patch take their way in") {
  const Tile tile;
  for (const RunMode& mode : all_run_modes()) {
    // 8 bytes in 1-2; 16 more and a patch in 3-20, then 6 bytes in 21-22.
    const Bench bench({packet_of(tile.patches, 8), packet_of(tile.patches, 16, 0, 1),
                       packet_of(tile.patches, 6, 1, 0)},
                      kConfig, mode);
    CHECK(bench.deliveries->cycles() == Cycles{13, 31, 33});
    CHECK(bench.packets->cycles() == Cycles{31});
  }
}

TEST_CASE("taps are delivered at once, and behind patches once these have left") {
  const Tile tile;
  const std::vector<Packet> offered = {packet_of(tile.taps, 8), packet_of(tile.patches, 16, 0, 1),
                                       packet_of(tile.taps, 8), packet_of(tile.patches, 16, 1, 1)};
  for (const RunMode& mode : all_run_modes()) {
    // Taps in 1-2, a patch in 3-20 that has left in 30; taps in 30-31, a patch in 32-49.
    CHECK(Bench(offered, kConfig, mode).deliveries->cycles() == Cycles{4, 31, 33, 60});
  }
}

TEST_CASE("patches that are through sooner are taken later") {
  const Tile one, two(2);
  for (const RunMode& mode : all_run_modes()) {
    // 18 cycles and 10; 28 and 7, taken 3 later.
    CHECK(Bench({packet_of(one.patches, 16, 0, 1), packet_of(two.patches, 16, 0, 1)}, kConfig, mode)
              .packets->cycles() == Cycles{29, 57});
    CHECK(Bench({packet_of(two.patches, 16, 0, 1), packet_of(one.patches, 16, 0, 1)}, kConfig, mode)
              .packets->cycles() == Cycles{36, 57});
  }
}

TEST_CASE("lifted patches wait for room behind the unit") {
  const Tile tile;
  std::vector<Packet> offered;
  for (std::uint32_t i = 0; i < 4; ++i) offered.push_back(packet_of(tile.patches, 16, i, 1));
  for (const RunMode& mode : all_run_modes()) {
    // Two fill the link until 100; the third is taken in 101 and the fourth in 119.
    CHECK(Bench(offered, kConfig, mode, 100).packets->cycles() == Cycles{100, 101, 129, 147});
  }
}

TEST_CASE("rows of zeros leave with a tile's first patch") {
  const Tile tile(1, 4, 2);
  const Bench bench({packet_of(tile.patches, 8), packet_of(tile.patches, 8, 0, 1),
                     packet_of(tile.patches, 32, 1, 2)});
  REQUIRE(bench.packets->arrivals.size() == 2);
  const Packet& first = bench.packets->arrivals[0].value;
  CHECK(first.address == kStoreAddress);
  CHECK(first.bytes == 3 * 12);
  CHECK(first.num_rows == 3);
  CHECK(first.payload == nullptr);
  const Packet& last = bench.packets->arrivals[1].value;
  CHECK(last.address == kStoreAddress + 3 * 12);
  CHECK(last.offset == 3 * 12);
  CHECK(last.first_row == 3);
  CHECK(last.bytes == 2 * 12);
  CHECK(bench.counted("result_bytes") == 5 * 12);
  // Eleven rows of 12 bytes: 33 cycles, longer than the lanes take.
  const Tile many(1, 4, 10);
  CHECK(Bench({packet_of(many.patches, 16, 0, 1)}).packets->cycles() == Cycles{44});
}

TEST_CASE("work and accesses of the lifting unit are counted") {
  const Tile tile(2);
  const Bench bench({packet_of(tile.taps, 16), packet_of(tile.patches, 48, 0, 3)});
  CHECK(bench.counted("patches") == 3);
  // 12 coarse samples of 4 taps, then 4 + 4 coarse ones and details: 3 x 16 + 8 x 4.
  CHECK(bench.counted("macs") == 3 * 80);
  CHECK(bench.unit.macs_done() == 3 * 80);
  CHECK(bench.counted("pairs") == 3 * (8 + 4 + 2 + 2));
  // A patch; 8, 4, 4 samples, and three bands of one; both samples of the pairs, and the bands.
  CHECK(bench.counted("patch_bytes_written") == 3 * (16 + 8 + 4 + 4 + 3));
  CHECK(bench.counted("patch_bytes_read") == 3 * (2 * 16 + 3));
  CHECK(bench.counted("tap_bytes_written") == 16);
  CHECK(bench.counted("result_bytes") == 3 * 3);
}

TEST_CASE("a patch that is larger than its memory is refused") {
  const Tile tile(1, 10);
  CHECK_THROWS_WITH(Bench({packet_of(tile.patches, 100, 0, 1)}),
                    Catch::Contains("a patch came that is larger than its memory"));
  const Tile fits(1, 8);
  CHECK_NOTHROW(Bench({packet_of(fits.patches, 64, 0, 1)}));
}

TEST_CASE("the cost of lifting is what an unloaded lifting unit takes") {
  Tile tile;
  tile.patches.stretches = {Stretch{0, 20 * 16, 16, 0, 0}};
  const PatchShape patch{1, 4, 1};
  for (const LiftingConfig& config :
       {kConfig, LiftingConfig{1, 4, 1, 64, 3}, LiftingConfig{16, 1, 2, 64, 1}}) {
    const LiftingCost cost = cost_of(config);
    CHECK(cost.takes(patch));
    for (const std::uint32_t packet_bytes : {4U, 8U, 16U, 64U}) {
      CAPTURE(config.lanes, packet_bytes);
      const std::vector<Packet> packets = packets_of(tile.patches, packet_bytes);
      // Links that hold all that is on its way at once.
      const Cycle last = Bench(packets, config, {}, 0, 32).packets->cycles().back();
      CHECK(double(last) == cost.cycles(20, patch, packet_bytes) + double(cost.latency(patch)) + 1);
      std::uint64_t sum = 0;
      for (const Packet& packet : packets) {
        sum += cost.packet_cycles(packet.bytes, packet.num_rows, 0, patch);
      }
      CHECK(last == sum + cost.latency(patch) + 1);
    }
  }
}

TEST_CASE("a patch of 16 by 16 pixels takes the cycles that its passes sum to") {
  // 768 samples, 8 lanes, 16 bytes in and out: 48 in. Once: 2 x (48 + 8); 24 lines of 24 bytes out,
  // 2 cycles each. Twice: 48, 24, 12 and 12, and 4 x 8; 12 lines of 12 bytes out.
  const LiftingCost cost = cost_of(LiftingConfig{8, 16, 16, 768, 8});
  const PatchShape once{1, 16, 3}, twice{2, 16, 3};
  CHECK(cost.takes(once));
  CHECK_FALSE(cost.takes({1, 16, 4}));
  CHECK(cost.patch_cycles(once) == 112);
  CHECK(cost.latency(once) == 48 + 48);
  CHECK(cost.patch_cycles(twice) == 128);
  CHECK(cost.latency(twice) == 48 + 12);
}

TEST_CASE("parts of the lifting unit are those counted by hand") {
  // 2 lanes of two filters; 3 bytes enter and 4 leave a cycle; patches of 16 bytes, halved twice.
  const LiftingConfig config{2, 3, 4, 16, 5};
  const PartList parts = parts_of(config);
  CHECK(parts.count(PartKind::kMultiplier) == 16 * 64);
  CHECK(parts.count(PartKind::kAdder) == 16 * 18 + 4 * 13);
  CHECK(parts.count(PartKind::kComparator) == 2 * 4 * 13);
  CHECK(parts.count(PartKind::kMultiplexer) == 4 * 4 * 8 + 3 * 64);
  CHECK(parts.count(PartKind::kRegister) == 16 * 16 + 5 * 2 * 16);
  CHECK(parts.count(PartKind::kGatedRegister) == 2 * 2 * 64);
}

TEST_CASE("a patch lies in as many banks of two ports as lanes take samples") {
  const PartList parts = patch_memory_parts({2, 3, 4, 16, 5});
  CHECK(parts.memory->bytes == 2 * 16);
  CHECK(parts.memory->banks == 2 * 4);
  CHECK(parts.memory->width_bytes == 1);
  CHECK(parts.memory->ports == 2);
  // One of two memories for each of 4 samples, these turned twice by 0 to 3, the source of 8
  // banks; 3 bytes that enter turned, 4 that leave chosen and turned.
  CHECK(parts.count(PartKind::kMultiplexer) ==
        4 * 8 + 2 * 2 * 32 + 8 * 8 + 2 * 24 + 4 * 8 + 2 * 32);
  CHECK(parts.count(PartKind::kGatedRegister) == 7 * 8);
  CHECK(parts.count(PartKind::kAdder) == 2 * 2 * 4 * 2);  // 4 words a bank
  // 16 bytes enter: 4 of each bank.
  CHECK(patch_memory_parts({2, 16, 4, 16, 5}).memory->width_bytes == 4);
}

}  // namespace vitcod::test::lifting_test
