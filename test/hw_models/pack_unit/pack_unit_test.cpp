// SPDX-License-Identifier: Apache-2.0
#include "hw_models/pack_unit/pack_unit.hpp"

#include <bit>
#include <catch2/catch.hpp>

#include "hw_models/pack_unit/pack_unit_cost.hpp"
#include "hw_models/pack_unit/pack_unit_parts.hpp"
#include "test/support/packed_tile.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test::pack_unit_test {

// Unless said otherwise a pass has two sub-rows of two entries, and a segment four keys. In the
// first segment of this map row 0 gives the sub-rows {0, 1} and {2}, row 1 none, row 2 {1, 3}; in
// the second, of two keys, row 0 gives {5}.

namespace {

using Cycles = std::vector<Cycle>;
using SubRows = std::vector<SubRow>;

constexpr PassShape kShape{2, 2, 4};
const Drawing kDrawing{"xxx..x", "......", ".x.x.."};

std::vector<std::uint64_t> cycles_of(const std::vector<PackingStep>& steps) {
  std::vector<std::uint64_t> cycles;
  cycles.reserve(steps.size());
  for (const PackingStep& step : steps) cycles.push_back(step.cycles);
  return cycles;
}

std::vector<PackingStep> packed(const AttentionTile& tile, const PassShape& shape,
                                std::uint32_t words_per_cycle) {
  return pack(SegmentedMask(tile, shape.segment_keys), shape, words_per_cycle);
}

/// Head by head, segment by segment, row by row.
std::vector<std::uint64_t> words_of(const SegmentedMask& mask) {
  std::vector<std::uint64_t> words;
  for (std::uint32_t h = 0; h < mask.num_heads(); ++h) {
    for (std::uint32_t s = 0; s < mask.num_segments(); ++s) {
      for (std::uint32_t r = 0; r < mask.num_rows(); ++r)
        words.push_back(mask.word(TileHead{h}, s, HeadRow{r}));
    }
  }
  return words;
}

/// Takes the entries of a pass out of what is left of the words, in which they must be.
void take_out(const PackedPass& pass, const SegmentedMask& mask, std::uint32_t columns,
              std::vector<std::uint64_t>& left) {
  for (const SubRow& sub_row : *pass.sub_rows) {
    const auto places = static_cast<std::uint32_t>(std::popcount(sub_row.keys));
    CHECK((places >= 1 && places <= columns));
    CHECK(sub_row.row / mask.num_rows() == pass.head);
    const std::size_t segment = std::size_t{pass.head} * mask.num_segments() + pass.segment;
    std::uint64_t& word = left[segment * mask.num_rows() + sub_row.row % mask.num_rows()];
    CHECK((word & sub_row.keys) == sub_row.keys);
    word &= ~sub_row.keys;
  }
}

/// A pack unit with an order for a tile in cycle 0, seen in 1, and passes taken from a cycle on.
struct Bench {
  Bench(const TinyLayer& tiny, const PackUnitConfig& config, const RunMode& mode = {},
        Cycle passes_from = 0)
      : bench(mode), unit("unit", bench.clock, config, kShape, bench.stats) {
    kernel.tile = packed_tile(tiny);
    countdown = packed(*kernel.tile, kShape, config.segments_per_cycle).size() + 1;
    order = std::make_unique<Source<UnitOrder>>(
        "order", bench, std::vector<Source<UnitOrder>::Beat>{{0, UnitOrder{&kernel}}});
    passes = std::make_unique<Sink<PackedPass>>("passes", bench, countdown, passes_from);
    done = std::make_unique<Sink<UnitDone>>("done", bench, countdown);
    const auto in = connect(bench, order->out, unit.order_in);
    const auto out = connect(bench, unit.pass_out, passes->in, config.pass_buffers);
    Link<UnitDone> done_link("done_link", bench.clock);
    unit.done_out(done_link);
    done->in(done_link);
    bench.run();
  }

  SimBench bench;
  PackKernel kernel;
  std::size_t countdown = 0;
  PackUnit unit;
  std::unique_ptr<Source<UnitOrder>> order;
  std::unique_ptr<Sink<PackedPass>> passes;
  std::unique_ptr<Sink<UnitDone>> done;
};

}  // namespace

TEST_CASE("words of a mask give sub-rows of their lowest keys, and empty ones are skipped") {
  const TinyLayer tiny({{kDrawing, 0}}, 8, 8);
  const auto steps = packed(*packed_tile(tiny), kShape, 1);
  REQUIRE(steps.size() == 3);
  CHECK(*steps[0].pass.sub_rows == SubRows{{0, 0b0011}, {0, 0b0100}});
  CHECK(*steps[1].pass.sub_rows == SubRows{{2, 0b1010}});
  CHECK(*steps[2].pass.sub_rows == SubRows{{0, 0b0010}});
  CHECK(steps[1].pass.segment == 0);
  CHECK(steps[2].pass.segment == 1);
  CHECK(!steps[1].pass.ends_tile);
  CHECK(steps[2].pass.ends_tile);
  // Row 0 twice; rows 1 and 2; all three rows.
  CHECK(cycles_of(steps) == std::vector<std::uint64_t>{2, 2, 3});
  // Two words a cycle: row 0 twice; row 1, which is empty, with row 2; row 0, then rows 1 and 2.
  CHECK(cycles_of(packed(*packed_tile(tiny), kShape, 2)) == std::vector<std::uint64_t>{2, 1, 2});
}

TEST_CASE("a tile that ends with empty words ends with an empty pass") {
  const TinyLayer tiny({{{"xx..", "...."}, 0}, {{"....", "...."}, 0}}, 8, 8);
  const auto steps = packed(*packed_tile(tiny), PassShape{1, 2, 4}, 1);
  REQUIRE(steps.size() == 2);
  CHECK(!steps[0].pass.ends_tile);
  CHECK(steps[1].pass.ends_tile);
  CHECK(steps[1].pass.num_sub_rows() == 0);
  CHECK(cycles_of(steps) == std::vector<std::uint64_t>{1, 3});
}

TEST_CASE("a tile has its own rows, and denser columns are kept entries like others") {
  TinyLayer tiny({{kDrawing, 0}, {{"x....x", ".....x", "x....."}, 2}}, 8, 8);
  const auto steps = packed(*packed_tile(tiny, 1, 1, 1, 2), kShape, 1);
  REQUIRE(steps.size() == 2);
  CHECK(*steps[0].pass.sub_rows == SubRows{{1, 0b0001}});
  CHECK(*steps[1].pass.sub_rows == SubRows{{0, 0b0010}});
}

TEST_CASE("a pass leaves with its last word and the next one follows") {
  const TinyLayer tiny({{kDrawing, 0}}, 8, 8);
  for (const RunMode& mode : all_run_modes()) {
    // Words in 1-2, 3-4 and 5-7; a pass is pushed in its last cycle.
    const Bench bench(tiny, {1, 1, 4, 96}, mode);
    CHECK(bench.passes->cycles() == Cycles{3, 5, 8});
    CHECK(bench.done->cycles() == Cycles{8});
    CHECK(Bench(tiny, {2, 1, 4, 96}, mode).passes->cycles() == Cycles{3, 4, 6});
    CHECK(Bench(tiny, {1, 3, 4, 96}, mode).passes->cycles() == Cycles{5, 7, 10});
  }
}

TEST_CASE("packing waits where all buffers hold passes") {
  const TinyLayer tiny({{kDrawing, 0}}, 8, 8);
  for (const RunMode& mode : all_run_modes()) {
    // One buffer: the first pass is taken in 20, so that the second one, packed in 4, is pushed in
    // 21 and seen in 22; the third one's words are read in 22-24, by when the second one is gone.
    const Bench bench(tiny, {1, 1, 1, 96}, mode, 20);
    CHECK(bench.passes->cycles() == Cycles{20, 22, 25});
  }
}

TEST_CASE("packing takes what its cost says, and packs each kept entry once") {
  Random random(3);
  for (int round = 0; round < 40; ++round) {
    const auto keys = static_cast<std::uint32_t>(1 + random.uniform_below(150));
    const auto rows = static_cast<std::uint32_t>(1 + random.uniform_below(30));
    const auto percent = static_cast<std::uint32_t>(random.uniform_below(101));
    const TinyLayer tiny(
        {random_map(random, rows, keys, percent), random_map(random, rows, keys, percent)},
        {0, keys / 3}, 8, 8);
    const PassShape shape{static_cast<std::uint32_t>(1 + random.uniform_below(9)),
                          static_cast<std::uint32_t>(1 + random.uniform_below(20)),
                          static_cast<std::uint32_t>(1 + random.uniform_below(64))};
    const SegmentedMask mask(*packed_tile(tiny), shape.segment_keys);
    std::vector<std::uint64_t> left = words_of(mask);
    std::uint64_t cycles = 0, sub_rows = 0, expected = 0, empty = 0;
    for (const std::uint64_t word : left) {
      const auto kept = static_cast<std::uint32_t>(std::popcount(word));
      expected += (kept + shape.columns - 1) / shape.columns;
      empty += kept == 0 ? 1 : 0;
    }
    for (const PackingStep& step : pack(mask, shape, 1)) {
      cycles += step.cycles;
      sub_rows += step.pass.num_sub_rows();
      CHECK(step.pass.num_sub_rows() <= shape.rows);
      take_out(step.pass, mask, shape.columns, left);
    }
    CHECK(sub_rows == expected);
    CHECK(left == std::vector<std::uint64_t>(left.size(), 0));
    const PackCost cost = cost_of(PackUnitConfig{1, 1, 1, 8});
    CHECK(double(cycles) == cost.cycles(double(left.size()), double(empty), double(sub_rows)));
  }
}

TEST_CASE("a pack unit's memory holds its masks, and passes wait in registers") {
  const PackUnitConfig config{2, 1, 3, 4096};
  const MemoryNeed memory = *mask_memory_parts(config).memory;
  CHECK(memory.bytes == 4096);
  CHECK(memory.banks == 4);
  CHECK(memory.width_bytes == 8);
  // A sub-row: 16 bits of its row, and 7 of each of 16 places. Four passes of 64; a register of the
  // way; two words that are looked at.
  const PartList parts = parts_of(config, PassShape{64, 16, 64});
  CHECK(parts.count(PartKind::kGatedRegister) == 4 * 64 * 128 + 2 * 64);
  CHECK(parts.count(PartKind::kRegister) == 128);
}

}  // namespace vitcod::test::pack_unit_test
