// SPDX-License-Identifier: Apache-2.0
#include "hw_models/decoder/decoder.hpp"

#include <catch2/catch.hpp>

#include "hw_models/decoder/decoder_cost.hpp"
#include "hw_models/decoder/head_mix.hpp"
#include "test/hw_models/decoder/decoder_bench.hpp"

namespace vitcod::test::decoder_test {

// 2 lines x 4 MACs, latency 3, a write port of 16 bytes. A packet pushed in cycle 0 is visible in
// 1; with n cycles of work it is handled in 1 .. n and complete in n + 3: the controller sees it in
// n + 4.

namespace {

using Cycles = std::vector<Cycle>;
using Kind = RowPlacement::Kind;
using Operand = RowPlacement::Operand;

}  // namespace

TEST_CASE("an uncompressed packet takes the write cycles of this engine's rows") {
  // 4 rows of 16 bytes: 4 cycles. 3 of 4 for this engine: 3. One row of 17 bytes: 2.
  for (const RunMode& mode : all_run_modes()) {
    const ShapedLoad four({{64, 4, 0}}, 16);
    CHECK(DecoderBench(four.packets, EngineId::kDenser, mode).sink.cycles() == Cycles{8});
    const ShapedLoad three({{64, 3, 1}}, 16);
    CHECK(DecoderBench(three.packets, EngineId::kDenser, mode).sink.cycles() == Cycles{7});
    CHECK(DecoderBench(three.packets, EngineId::kSparser, mode).sink.cycles() == Cycles{5});
    const ShapedLoad wide({{17, 1, 0}}, 17);
    CHECK(DecoderBench(wide.packets, EngineId::kDenser, mode).sink.cycles() == Cycles{6});
  }
}

TEST_CASE("a row that spans packets is written with the one that completes it") {
  // 90 bytes of 100 complete nothing: cycle 1, seen in 5. The row: 7 cycles, 2-8, seen in 12; for
  // the engine that does not keep it, cycle 2, seen in 6.
  const ShapedLoad transfer({{90}, {10, 1, 0}}, 100);
  CHECK(DecoderBench(transfer.packets).sink.cycles() == Cycles{5, 12});
  CHECK(DecoderBench(transfer.packets, EngineId::kSparser).sink.cycles() == Cycles{5, 6});
}

TEST_CASE("an index and weights take the write cycles of their bytes") {
  for (const Kind kind : {Kind::kIndex, Kind::kWeights}) {
    const ShapedLoad transfer({PacketShape{33}, PacketShape{1}});
    transfer.placement->kind = kind;
    // 33 bytes: 3 cycles, 1-3, seen in 7; 1 byte: cycle 4, seen in 8.
    CHECK(DecoderBench(transfer.packets).sink.cycles() == Cycles{7, 8});
  }
}

TEST_CASE("bytes count under the buffer that they are written to") {
  using Bytes = std::vector<std::uint64_t>;
  const auto written = [](Kind kind, Operand operand, const std::vector<PacketShape>& packets) {
    const ShapedLoad transfer(packets, 16);
    transfer.placement->kind = kind;
    transfer.placement->operand = operand;
    const Json json = DecoderBench(transfer.packets).statistics();
    return Bytes{json["qv_bytes"], json["ks_bytes"], json["index_bytes"]};
  };
  // 4 rows and 3 rows of this engine; a packet without a complete row adds nothing.
  const std::vector<PacketShape> rows = {{64, 4, 0}, {64, 3, 1}, {8}};
  CHECK(written(Kind::kRows, Operand::kQuery, rows) == Bytes{112, 0, 0});
  CHECK(written(Kind::kRows, Operand::kValue, rows) == Bytes{112, 0, 0});
  CHECK(written(Kind::kRows, Operand::kKey, rows) == Bytes{0, 112, 0});
  CHECK(written(Kind::kIndex, Operand::kQuery, {{64}, {9}}) == Bytes{0, 0, 73});
  CHECK(written(Kind::kWeights, Operand::kQuery, {{64}}) == Bytes{0, 0, 0});
}

TEST_CASE("packets follow each other without a gap and in order") {
  // 4, 1 and 2 cycles: 1-4, 5, 6-7.
  const ShapedLoad first({{64, 4, 0}});
  const ShapedLoad second({{16, 1, 0}});
  const ShapedLoad third({{32, 2, 0}});
  const std::vector<Packet> packets = {first.packets[0], second.packets[0], third.packets[0]};
  for (const RunMode& mode : all_run_modes()) {
    const DecoderBench bench(packets, EngineId::kDenser, mode);
    CHECK(bench.sink.cycles() == Cycles{8, 9, 11});
    CHECK(bench.sink.arrivals[1].value.transfer == &second.transfer);
  }
}

TEST_CASE("a compressed packet takes the longer of decoding and writing") {
  // Three heads from two, 16-wide: a row is 2 x 16 MACs = 4 cycles on 8 MACs, and 1 write cycle.
  const ShapedLoad transfer({{32, 2, 1}}, 16);
  transfer.placement->kind = Kind::kTokens;
  transfer.placement->compressed_heads = 2;
  CHECK(DecoderBench(transfer.packets).sink.cycles() == Cycles{8 + 4});  // 2 rows: 8 cycles
  const DecoderBench sparser(transfer.packets, EngineId::kSparser);
  CHECK(sparser.sink.cycles() == Cycles{4 + 4});
  CHECK(sparser.statistics()["macs"] == 32);
  CHECK(sparser.statistics()["rows"] == 1);
  // 12-wide: 24 MACs a row, 3 cycles; two rows are 48 MACs, 6 cycles.
  transfer.placement->row_bytes = 12;
  CHECK(DecoderBench(transfer.packets).sink.cycles() == Cycles{6 + 4});
}

TEST_CASE("the decoder waits while the controller takes no deliveries") {
  // The link holds two deliveries; the third packet is begun when the first one has been taken, in
  // 31, the cycle after 30. Cycles: idle in 0, writing in 1 and 2, blocked in 3-30, writing in 31,
  // idle until the arrival in 35.
  const ShapedLoad transfer({{16, 1, 0}, {16, 1, 0}, {16, 1, 0}});
  for (const RunMode& mode : all_run_modes()) {
    const DecoderBench bench(transfer.packets, EngineId::kDenser, mode, 30, nullptr, 0, 2);
    CHECK(bench.sink.cycles() == Cycles{30, 31, 35});
    CHECK(bench.statistics()["cycles"].dump() ==
          R"({"idle":5,"decoding":0,"writing":3,"controller_blocked":28})");
  }
}

TEST_CASE("head mixing rounds half up and saturates") {
  const auto mixed = [](std::uint32_t num_inputs, std::int32_t bias, std::uint32_t fraction_bits) {
    const std::vector<std::int8_t> in = {10, -3, 127};  // three compressed heads of a feature
    const std::vector<std::int8_t> w = {2, 5, 1};
    std::int8_t out = 0;
    mix_heads(in.data(), 1, num_inputs, w.data(), 1, bias, fraction_bits, &out);
    return int(out);
  };
  CHECK(mixed(2, 0, 0) == 5);     // 20 - 15
  CHECK(mixed(2, 1, 2) == 2);     // 6 / 4 = 1.5
  CHECK(mixed(2, -11, 2) == -1);  // -6 / 4 = -1.5
  CHECK(mixed(2, -12, 2) == -2);  // -1.75
  CHECK(mixed(3, 0, 0) == 127);   // 132
  CHECK(mixed(2, -300, 0) == -128);
}

TEST_CASE("head mixing takes any number of features, each from its own column") {
  // Two heads of 65 features, f and 100 - f, with weights 1 and 2 of every third: 200 - f.
  std::vector<std::int8_t> in;
  in.reserve(130);
  for (int f = 0; f < 65; ++f) in.push_back(std::int8_t(f));
  for (int f = 0; f < 65; ++f) in.push_back(std::int8_t(100 - f));
  const std::vector<std::int8_t> w = {1, 9, 9, 2};
  std::vector<std::int8_t> out(65);
  mix_heads(in.data(), 65, 2, w.data(), 3, 0, 1, out.data());
  for (int f = 0; f < 65; ++f) CHECK(int(out[std::size_t(f)]) == (200 - f + 1) / 2);
}

TEST_CASE("the cost of decoding is what an unloaded decoder takes") {
  // The first packet is seen in 1, the last one is complete a latency after its cycles and seen a
  // cycle later. 4 rows of 16 bytes a packet, which fill the write port and the MACs.
  const DecoderCost cost = cost_of(DecoderConfig{2, 4, 3, 16, 0});
  const ShapedLoad plain(std::vector<PacketShape>(20, {64, 4, 0}), 16);
  CHECK(double(DecoderBench(plain.packets).sink.cycles().back()) ==
        cost.cycles(20 * 64, 0) + cost.latency_cycles + 1);
  const ShapedLoad compressed(std::vector<PacketShape>(20, {32, 4, 0}), 16);
  compressed.placement->kind = Kind::kTokens;
  for (const std::uint32_t heads : {1U, 2U, 3U}) {
    compressed.placement->compressed_heads = heads;
    CHECK(double(DecoderBench(compressed.packets).sink.cycles().back()) ==
          cost.cycles(20 * 64, heads) + cost.latency_cycles + 1);
  }
}

}  // namespace vitcod::test::decoder_test
