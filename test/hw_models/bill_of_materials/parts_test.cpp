// SPDX-License-Identifier: Apache-2.0
// What each block counts, of configurations small enough to count by hand.
#include <catch2/catch.hpp>
#include <vector>

#include "hw_models/controller/controller_parts.hpp"
#include "hw_models/crossbar/crossbar_parts.hpp"
#include "hw_models/decoder/decoder_parts.hpp"
#include "hw_models/dma/dma_parts.hpp"
#include "hw_models/encoder/encoder_parts.hpp"
#include "hw_models/engine/engine_parts.hpp"
#include "hw_models/gemm_engine/gemm_engine_parts.hpp"
#include "hw_models/global_buffer/global_buffer_parts.hpp"
#include "hw_models/index_buffer/index_buffer_parts.hpp"
#include "hw_models/layer_norm/layer_norm_parts.hpp"
#include "hw_models/local_buffer/local_buffer_parts.hpp"
#include "hw_models/mac_lines/mac_lines_parts.hpp"
#include "hw_models/normaliser/normaliser_parts.hpp"
#include "hw_models/query_forwarding/query_forwarding_parts.hpp"
#include "hw_models/score_buffer/score_buffer_parts.hpp"
#include "hw_models/score_unit/score_unit_parts.hpp"
#include "hw_models/spmm_controller/spmm_controller_parts.hpp"

namespace vitcod::test::parts_test {
namespace {

/// In the order of PartKind.
using Counts = std::vector<double>;

Counts counts(const PartList& parts) { return {parts.counts.begin(), parts.counts.end()}; }

}  // namespace

TEST_CASE("parts of two MAC lines are those counted by hand") {
  const Counts expected = {
      16 * 64,  // 16 multipliers
      // A tree over 8 products a line; accumulators and row sums; exponents and rounding.
      14 * 19 + 16 * 32 + 2 * 32 + 2 * 17, 0, 0,
      // One of 8 bytes for each of 32 multiplier inputs; weight or V; K and Q of either engine; K
      // or a word of S of either engine; shifters.
      32 * 8 * 7 + 16 * 8 + 4 * 512 + 2 * 128 * 2 + 2 * 8 * 4, 0,
      3 * 16 * 16 + 16 * 32 + 2 * 32,  // three stages of products; sums
      16 * 32 + 2 * 64 + 2 * 9,        // outputs, control, the row's exponent
      2 * (2 + 2) * 512,               // two K and two Q a line
      0,                               // gates of the clock: a machine's bill adds them
  };
  CHECK(counts(parts_of(MacLinesConfig{2, 8, 3, 0}, 2, 16)) == expected);
  // With one engine nothing is chosen but K or a word.
  const PartList one = parts_of(MacLinesConfig{2, 8, 3, 0}, 1, 16);
  CHECK(one.count(PartKind::kMultiplexer) == expected[4] - 4 * 512 - 2 * 128);
  // A word of 80 bytes is longer than a row.
  const PartList wide = parts_of(MacLinesConfig{2, 8, 3, 0}, 2, 80);
  CHECK(wide.count(PartKind::kLatch) == expected[8] + 2 * 2 * 128);
  // One K row a line: two words of S lie in it, if they are no longer than 32 bytes.
  const PartList short_of_keys = parts_of(MacLinesConfig{2, 8, 3, 0, 1}, 2, 16);
  CHECK(short_of_keys.count(PartKind::kLatch) == expected[8] - 2 * 512);
  CHECK(parts_of(MacLinesConfig{2, 8, 3, 0, 1}, 2, 40).count(PartKind::kLatch) ==
        expected[8] - 2 * 512 + 2 * 128);
}

TEST_CASE("a finished row comes from any group of lines") {
  // 32 lines of 8 MACs: four groups; a row of 64 sums and the sum of its weights.
  CHECK(engine_parts(MacLinesConfig{32, 8, 0, 0}).count(PartKind::kMultiplexer) == 3 * 65 * 32);
  CHECK(engine_parts(MacLinesConfig{2, 8, 0, 0}).count(PartKind::kMultiplexer) == 0);
}

TEST_CASE("parts of a local buffer are those counted by hand") {
  // 4 banks of 2 ports of 64 bytes, 3 ways with 5 registers.
  const LocalBufferConfig config{4, 2, 64, 3, 5};
  const PartList parts = parts_of(config, PoolBanks{10, 64}, 7);
  CHECK_FALSE(parts.memory.has_value());
  // 8 ports from 10 banks, each bank at the ports of one of the 4; 8 ports to 3 ways, these to 7
  // lines; requests of 12 bits of 7 lines to 3 ways.
  CHECK(parts.count(PartKind::kMultiplexer) ==
        2 * 6 * 512 + 3 * 7 * 512 + 7 * 2 * 512 + 3 * 6 * 12);
  CHECK(parts.count(PartKind::kRegister) == 5 * 3 * 512);
  CHECK(parts.count(PartKind::kComparator) == 7 * 3 * 12);
  // Lines 0-3 have two of the ways to themselves, lines 4-6 one, to which they listen.
  const PartList grouped = parts_of({4, 2, 64, 3, 5, 2}, PoolBanks{10, 64}, 7);
  CHECK(grouped.count(PartKind::kMultiplexer) ==
        2 * 6 * 512 + 3 * 7 * 512 + 4 * 1 * 512 + (2 * 3 + 1 * 2) * 12);
  CHECK(grouped.count(PartKind::kComparator) == (4 * 2 + 3 * 1) * 12);
  // Of banks that are narrower than an access there are more; of the pool's no more than it has.
  CHECK(ways_of(config, PoolBanks{10, 32}).count(PartKind::kMultiplexer) ==
        2 * 6 * 256 + 3 * 7 * 512);
  CHECK(ways_of(config, PoolBanks{2, 64}).count(PartKind::kMultiplexer) == 3 * 3 * 512);
}

TEST_CASE("parts of query forwarding are those counted by hand") {
  const PartList parts =
      parts_of(QueryForwardingConfig{2, 3}, LocalBufferConfig{4, 2, 16, 3, 1}, PoolBanks{6, 16}, 5);
  // 8 ports of 4 banks to 2 rows, 2 rows to 5 lines, own or forwarded at 5 lines; requests of 12
  // bits of 5 lines to 2 rows; four stages of 2 rows.
  CHECK(parts.count(PartKind::kMultiplexer) == 128 * (2 * 7 + 5 * 1 + 5 * 1) + 2 * 4 * 12);
  CHECK(parts.count(PartKind::kRegister) == (1 + 3) * 2 * 128);
  CHECK(parts.count(PartKind::kGatedRegister) == 5 * 12);
  // With what a bank gives already, and with what crosses.
  CHECK(parts.count(PartKind::kComparator) == (2 * 8 + 5 * 2) * 12);
  CHECK_FALSE(parts.memory.has_value());
  // A row for lines 0-2 and one for lines 3-4.
  const PartList grouped = parts_of(QueryForwardingConfig{2, 3, 2},
                                    LocalBufferConfig{4, 2, 16, 3, 1}, PoolBanks{6, 16}, 5);
  CHECK(grouped.count(PartKind::kMultiplexer) == 128 * (2 * 7 + 5 * 1) + (2 + 1) * 12);
  CHECK(grouped.count(PartKind::kComparator) == (2 * 8 + 5) * 12);
}

// 2 banks of a port, words of 16 bytes, 3 ways with a register; 4 scores a cycle, 5 lines.
TEST_CASE("parts of S are those counted by hand") {
  const ScoreBufferConfig config{2, 1, 16, 3, 1, 1000, 4, 2};
  ScoreBufferUse use{PoolBanks{6, 16}, 5, 4, 2, true, false};
  const PartList denser = parts_of(config, use);
  CHECK_FALSE(denser.memory.has_value());
  // 6 banks at 2 ports; 4 scores to the words of 3 ways; ways to ports and back; ways to lines; one
  // of 8 scores at each line; addresses of 13 bits.
  CHECK(denser.count(PartKind::kMultiplexer) ==
        4 * 128 + 3 * 3 * 128 + 2 * 2 * 128 + 3 * 128 + 5 * 2 * 128 + 5 * 7 * 16 + 3 * 4 * 13);
  CHECK(denser.count(PartKind::kRegister) == 3 * 128);
  // Ways for lines 0-2, two of them, and for lines 3-4.
  ScoreBufferConfig grouped = config;
  grouped.line_groups = 2;
  CHECK(parts_of(grouped, use).count(PartKind::kMultiplexer) ==
        denser.count(PartKind::kMultiplexer) - (5 * 2 - 3 * 1) * 128 - (3 * 4 - 2 * 2 - 1) * 13);
  // Scores of 3 bytes, each written on its own; 5 in a word.
  use = {PoolBanks{6, 16}, 5, 4, 3, false, true};
  CHECK(parts_of(config, use).count(PartKind::kMultiplexer) ==
        4 * 128 + 3 * 3 * 24 + 2 * 2 * 128 + 3 * 128 + 5 * 2 * 128 + 5 * 4 * 24 + 3 * 4 * 13);
}

TEST_CASE("parts of a row table are those counted by hand") {
  ScoreBufferConfig config{2, 1, 16, 3, 1, 1000, 4, 2};
  ScoreBufferUse use{PoolBanks{6, 16}, 5, 6, 2, true, false};
  // An exponent of 9 bits in 2 bytes. An update a bank and cycle: from any of 6 scores; the larger
  // of two; exponents of 4 banks to 5 lines.
  const PartList denser = row_table_parts(config, use);
  CHECK(denser.memory->bytes == 2000);
  CHECK(denser.memory->banks == 4);
  CHECK(denser.memory->width_bytes == 2);
  CHECK(denser.memory->ports == 2);
  CHECK(denser.count(PartKind::kComparator) == 4 * 9);
  CHECK(denser.count(PartKind::kAdder) == 0);
  CHECK(denser.count(PartKind::kRegister) == 4 * 16);
  CHECK(denser.count(PartKind::kMultiplexer) == 4 * 5 * 19 + 4 * 9 + 5 * 3 * 9);
  // With the place of the next score: 2 bytes and an adder more, and its way to 3 ways.
  use.counts_entries = true;
  config.table_ports = 5;  // two updates a bank
  const PartList sparser = row_table_parts(config, use);
  CHECK(sparser.memory->bytes == 4000);
  CHECK(sparser.memory->width_bytes == 4);
  CHECK(sparser.count(PartKind::kAdder) == 8 * 16);
  CHECK(sparser.count(PartKind::kRegister) == 8 * 32);
  CHECK(sparser.count(PartKind::kMultiplexer) == 8 * 5 * 19 + 8 * 9 + 5 * 3 * 9 + 3 * 7 * 16);
  config.table_ports = 1;  // an update takes two cycles, and the same parts
  CHECK(row_table_parts(config, use).count(PartKind::kAdder) == 4 * 16);
}

TEST_CASE("parts of the index side are those counted by hand") {
  const IndexBufferConfig index{640, 4};
  const SpmmControllerConfig config{ColumnOrder::kNatural, 16};
  // A segment has 4 bytes and 16 rows of a byte; uncut, 256 of them.
  CHECK(look_up_bytes(config) == 20);
  CHECK(look_up_bytes(SpmmControllerConfig{ColumnOrder::kNatural, 0}) == 260);
  const PartList buffer = parts_of(index, 20);
  CHECK(buffer.memory->bytes == 640);
  CHECK(buffer.memory->width_bytes == 80);
  CHECK(buffer.memory->ports == 2);
  const PartList control = parts_of(config, index, 3);
  // A segment and the header of another one a line.
  CHECK(control.count(PartKind::kLatch) == 3 * (160 + 32));
  CHECK(control.count(PartKind::kMultiplexer) == 3 * 8 * 15 + 3 * 160 * 3);
}

TEST_CASE("parts of a score unit are those counted by hand") {
  const PartList parts = parts_of(ScoreUnitConfig{2, 8, 5}, 10);
  // A raw score has a sign and 21 bits: 64 products of -128 and -128 are 2^20.
  CHECK(parts.count(PartKind::kMultiplier) == 2 * 22 * 21);
  CHECK(parts.count(PartKind::kAdder) == 2 * (43 + 16));  // and sigmoid's bias
  CHECK(parts.count(PartKind::kComparator) == 2 * 2 * 22);
  CHECK(parts.count(PartKind::kTable) == 2 * 256 * (8 + 12));  // exp, sigmoid
  CHECK(parts.count(PartKind::kRegister) == 8 * 2 * 22);
  CHECK(parts.count(PartKind::kMultiplexer) == 2 * 22 * 9);
}

TEST_CASE("parts of what packets pass are those counted by hand") {
  const PartList buffer = parts_of(GlobalBufferConfig{4096, 1024, 64}, 3000, 32);
  CHECK(buffer.memory->bytes == 3000);
  CHECK(buffer.memory->width_bytes == 64);
  CHECK(parts_of(GlobalBufferConfig{4096, 1024, 64}, 3000, 128).memory->width_bytes == 128);
  CHECK(buffer.memory->ports == 2);
  // 4 banks of 1000 bytes at most; three words to each. Read in turn: 64 bytes a cycle, each half
  // out of one of two banks, and 8 bytes out of any of four.
  const GlobalBufferConfig banked{8192, 1024, 64, 1000};
  const PoolUse use{3500, 32, 2, 3, {64, 8}};
  const PartList pool = pool_parts(banked, use);
  CHECK(pool.memory->bytes == 3500);
  CHECK(pool.memory->banks == 4);
  CHECK(pool.memory->width_bytes == 32);
  CHECK(pool.memory->ports == 2);
  CHECK(pool.count(PartKind::kMultiplexer) == 4 * 2 * 256 + 2 * 256 + 3 * 64);
  CHECK(pool_banks({8192, 1024, 64, 16}, use).width_bytes == 16);  // no wider than a bank
  // Two packets of 1000 bytes are 8 words of 256 bytes.
  const PartList queue = packet_queue(2, 1000, 256);
  CHECK(queue.count(PartKind::kLatch) == 8 * 2048);
  CHECK(queue.count(PartKind::kMultiplexer) == 7 * 2048);
  CHECK(packet_queue(2, 64, 256).count(PartKind::kLatch) == 2 * 512);
  // Four inputs: three, one and two of them to outputs 0, 1 and 3; none to output 2.
  const PartList crossbar = parts_of(CrossbarConfig{32}, {0b0001, 0b1011, 0b1000, 0b0001});
  CHECK(crossbar.count(PartKind::kMultiplexer) == (2 + 0 + 1) * 256);
  CHECK(crossbar.count(PartKind::kGatedRegister) == 3 * 256);
  const PartList dma = parts_of(DmaConfig{1024, 3, 2, 8}, 2);
  CHECK(dma.count(PartKind::kLatch) == 5 * 128 + 4 * 8 * 64);
  CHECK(dma.count(PartKind::kMultiplexer) == 4 * 128 + 4 * 7 * 64);
}

TEST_CASE("parts of decoder and encoder are those counted by hand") {
  const PartList decoder = parts_of(DecoderConfig{2, 4, 3, 128, 5}, 1024);
  CHECK(decoder.count(PartKind::kMultiplier) == 8 * 64);
  CHECK(decoder.count(PartKind::kAdder) == 2 * 8 * 32);
  CHECK(decoder.count(PartKind::kRegister) == 8 * 32 + 3 * 8 * 16);
  // Two sets of weights; a token of 768 bytes, a packet, the write port.
  CHECK(decoder.count(PartKind::kLatch) == 8 * 2 * 256);
  CHECK(decoder.count(PartKind::kGatedRegister) == 8 * (768 + 1024 + 128));
  // Four lines of 4 MACs have a weight together, since the narrowest head has 16 features.
  CHECK(decoder.count(PartKind::kMultiplexer) == 8 * 255 + 8 * 8 * 11);
  const PartList more = parts_of(DecoderConfig{6, 4, 3, 128, 5}, 1024);
  CHECK(more.count(PartKind::kMultiplexer) == 2 * 8 * 255 + 24 * 8 * 11);
  const PartList encoder = parts_of(EncoderConfig{2, 4, 3, 64, 5}, 1024);
  CHECK(encoder.count(PartKind::kGatedRegister) == 8 * (768 + 1024 + 64));
}

// 4 lines of 2 MACs; blocks of 24 rows in two files, 3 bytes of W and 5 of X a cycle.
TEST_CASE("sums of linear layers lie in a memory that is read and written in a cycle") {
  const GemmEngineConfig config{24, 2, 3, 5, 7, 2, 6};
  const MacLinesConfig lines{4, 2, 0, 0};
  const PartList sums = accumulator_parts(config, lines);
  // A row's sums of 4 bytes of all lines are a word.
  CHECK(sums.memory->bytes == 2 * 24 * 16);
  CHECK(sums.memory->banks == 2);
  CHECK(sums.memory->width_bytes == 16);
  CHECK(sums.memory->ports == 2);
  const PartList array = gemm_array_parts(config, lines);
  CHECK_FALSE(array.memory.has_value());
  CHECK(array.count(PartKind::kAdder) == 4 * 32);
  CHECK(array.count(PartKind::kRegister) == 8 * (3 + 5));
  // Two chunks of W a line, and the sum that is written.
  CHECK(array.count(PartKind::kLatch) == 4 * 2 * 16);
  CHECK(array.count(PartKind::kGatedRegister) == 4 * 32);
  // Either chunk; either file, or the sum just made.
  CHECK(array.count(PartKind::kMultiplexer) == 4 * 16 + 4 * 2 * 32);
}

TEST_CASE("lanes that shift are counted beside the multipliers and beyond them") {
  // 4 lines of 2 MACs and 3 shift lanes, a register of 5 stages: 12 lanes, 8 of them beside a
  // multiplier.
  MacLinesConfig lines{4, 2, 5, 0};
  CHECK(counts(shift_lane_parts(lines)) == Counts(kNumPartKinds, 0.0));
  lines.shift_lanes_per_line = 3;
  const PartList parts = shift_lane_parts(lines);
  // Shifters of 15 bits and 4 levels, signs; product and inputs of a multiplier; the other chunk.
  CHECK(parts.count(PartKind::kMultiplexer) == 12 * (15 * 4 + 16) + 8 * (16 + 16) + 4 * 5);
  CHECK(parts.count(PartKind::kAdder) == 4 * 19);
  CHECK(parts.count(PartKind::kRegister) == 4 * 5 * 16);
  CHECK(parts.count(PartKind::kGatedRegister) == 4 * 2 * 5);
  CHECK(parts.count(PartKind::kMultiplier) == 0);
  const GemmEngineConfig config{24, 2, 3, 5, 7, 2, 6};
  PartList sum = gemm_array_parts(config, MacLinesConfig{4, 2, 5, 0});
  sum += parts;
  CHECK(counts(gemm_array_parts(config, lines)) == counts(sum));
}

TEST_CASE("parts of the layer norm are those counted by hand") {
  // 4 lanes, 8 bytes or 4 elements enter a cycle, 64 features, a root of 3 steps, 5 cycles.
  const LayerNormConfig config{4, 8, 64, 3, 5};
  // A deviation of up to the root of 96, below 16: 4 bits, 10 of the fraction, and a sign. Sums of
  // up to 64 elements of 16 bits and squares of 32 bits: 7 bits more.
  const Counts expected = {
      4 * 17 * 25 + 4 * 15 * 8 + 23 * 24 + 39 * 40,
      // What enters and its sums; deviations, squares, rounding, offsets.
      4 * 17 + 23 + 39 + 4 * (17 + 34 + 15 + 14 + 15 + 8),
      2 * 4 * (15 + 8),  // saturation
      2 * 24 * 8,        // 24 bits in 3 steps
      64 * 2,            // turned by 0 to 3 elements
      0,
      64 + 23 + 39 + 4 * 5 * 34 + 2 * (48 + 25),
      0,
      0,
      0,
  };
  CHECK(counts(parts_of(config)) == expected);
  CHECK(normalised_bits(192) == 16);   // the root of 288: 5 bits
  CHECK(normalised_bits(1024) == 17);  // of 1536: 6 bits
}

TEST_CASE("tokens and constants of the layer norm lie in banks of one port") {
  const PartList tokens = token_buffer_parts(LayerNormConfig{4, 8, 64, 3, 5});
  CHECK(tokens.memory->bytes == 3 * 128);
  CHECK(tokens.memory->banks == 3);
  CHECK(tokens.memory->width_bytes == 8);
  CHECK(tokens.memory->ports == 1);
  CHECK(tokens.count(PartKind::kMultiplexer) == 2 * 64);
  // Wider words than the lanes take: four parts of each.
  const PartList wide = token_buffer_parts(LayerNormConfig{4, 32, 64, 3, 5});
  CHECK(wide.memory->width_bytes == 32);
  CHECK(wide.count(PartKind::kMultiplexer) == 11 * 64);
  // Two norms' gains and offsets, half of what enters, or one of each kind a lane.
  const PartList constants = constant_buffer_parts(LayerNormConfig{4, 8, 64, 3, 5});
  CHECK(constants.memory->bytes == 2 * 2 * 64);
  CHECK(constants.memory->banks == 2);
  CHECK(constants.memory->width_bytes == 4);
  CHECK(constants.memory->ports == 1);
  CHECK(constants.count(PartKind::kMultiplexer) == 2 * 32);
}

TEST_CASE("parts of the normaliser are those counted by hand") {
  const NormaliserConfig config{32, 4, 8, 3};
  const PartList parts = parts_of(config, 2);
  constexpr double kRow = 65 * 32;
  CHECK(parts.count(PartKind::kDivider) == 32 * 33 * 9);
  CHECK(parts.count(PartKind::kAdder) == 33 * 32);
  CHECK(parts.count(PartKind::kComparator) == 4 * 9);
  CHECK(parts.count(PartKind::kRegister) == 3 * 32 * 75);
  CHECK(parts.count(PartKind::kLatch) == 2 * 3 * kRow + 2 * kRow);
  CHECK(parts.count(PartKind::kGatedRegister) == 512);
  CHECK(parts.count(PartKind::kMultiplexer) == 2 * 2 * kRow + 32 * 32 + 4 * 9);
  CHECK(parts_of(config, 1).count(PartKind::kLatch) == 3 * kRow + 2 * kRow);
}

TEST_CASE("partial rows wait in a bank for each engine") {
  const NormaliserConfig config{32, 4, 8, 3};
  // 64 sums and the sum of the weights, 4 bytes each.
  CHECK(partial_rows_bytes(config, 2) == 2 * 8 * 260);
  const PartList parts = partial_rows_parts(config, 2, 4000);
  CHECK(parts.memory->bytes == 4000);
  CHECK(parts.memory->banks == 2);
  CHECK(parts.memory->width_bytes == 260);
  CHECK(parts.memory->ports == 2);
  CHECK(parts.count(PartKind::kGatedRegister) == 16 * 16);
  CHECK(parts.count(PartKind::kComparator) == 16 * 16);
}

TEST_CASE("parts of the controller are those counted by hand") {
  const PartList parts = controller_parts(4, 3);
  CHECK(parts.count(PartKind::kLatch) == 4 * 512);
  CHECK(parts.count(PartKind::kMultiplexer) == 3 * 512);
}

}  // namespace vitcod::test::parts_test
