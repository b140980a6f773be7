// SPDX-License-Identifier: Apache-2.0
#include "hw_models/decoder/decoder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/decoder/head_mix.hpp"
#include "hw_models/dma/transfer_builder.hpp"
#include "test/support/packet_bench.hpp"
#include "test/support/tiny_trace.hpp"

using namespace vitcod;
using namespace vitcod::test;

// 2 lines x 4 MACs, latency 3, a write port of 16 bytes. A packet pushed in cycle 0 is visible in
// 1; with n cycles of work it is handled in 1 .. n and complete in n + 3: the controller sees it in
// n + 4.

namespace {

using Cycles = std::vector<Cycle>;

struct Bench {
  Bench(const std::vector<TimedPacket>& packets, EngineId engine = EngineId::kDenser,
        const RunMode& mode = {}, Cycle sink_from = 0, OperandImage* image = nullptr,
        std::uint32_t fraction_bits = 0, std::size_t link_depth = 8)
      : bench(mode),
        countdown(packets.size()),
        decoder("decoder", bench.clock, DecoderConfig{2, 4, 3, 16, fraction_bits}, engine, image,
                bench.stats),
        source("source", bench, beats_of(packets)),
        sink("sink", bench, countdown, sink_from),
        in("in", bench.clock, 2),
        out("out", bench.clock, link_depth) {
    source.out(in);
    decoder.packet_in(in);
    decoder.delivery_out(out);
    sink.in(out);
    bench.run();
  }

  Json statistics() const {
    Json json;
    bench.stats.write(json);
    return json["decoder"];
  }

  SimBench bench;
  std::size_t countdown;
  Decoder decoder;
  Source<PacketRef> source;
  Sink<Delivery> sink;
  Link<PacketRef> in;
  Link<Delivery> out;
};

std::vector<TimedPacket> all_at_once(const Transfer& transfer) {
  std::vector<TimedPacket> list;
  for (const Packet& packet : transfer.packets) list.push_back({0, &packet});
  return list;
}

/// A transfer whose rows are stored as `row_bytes` bytes.
std::unique_ptr<Transfer> rows_of(std::uint32_t row_bytes, std::vector<Packet> packets) {
  auto transfer = transfer_of(TensorRole::kKey, std::move(packets));
  transfer->row_bytes = row_bytes;
  return transfer;
}

}  // namespace

TEST_CASE("an uncompressed packet takes the write cycles of this engine's rows") {
  // 4 rows of 16 bytes: 4 cycles. 3 of 4 for this engine: 3. One row of 17 bytes: 2.
  for (const RunMode& mode : all_run_modes()) {
    const auto four = rows_of(16, {packet_of(64, 4, 0)});
    CHECK(Bench(all_at_once(*four), EngineId::kDenser, mode).sink.cycles() == Cycles{8});
    const auto three = rows_of(16, {packet_of(64, 3, 1)});
    CHECK(Bench(all_at_once(*three), EngineId::kDenser, mode).sink.cycles() == Cycles{7});
    CHECK(Bench(all_at_once(*three), EngineId::kSparser, mode).sink.cycles() == Cycles{5});
    const auto wide = rows_of(17, {packet_of(17, 1, 0)});
    CHECK(Bench(all_at_once(*wide), EngineId::kDenser, mode).sink.cycles() == Cycles{6});
  }
}

TEST_CASE("a row that spans packets is written with the one that completes it") {
  // 90 bytes of 100 complete nothing: cycle 1, seen in 5. The row: 7 cycles, 2-8, seen in 12; for
  // the engine that does not keep it, cycle 2, seen in 6.
  const auto transfer = rows_of(100, {packet_of(90), packet_of(10, 1, 0)});
  transfer->to_engine = {true, true};
  CHECK(Bench(all_at_once(*transfer)).sink.cycles() == Cycles{5, 12});
  CHECK(Bench(all_at_once(*transfer), EngineId::kSparser).sink.cycles() == Cycles{5, 6});
}

TEST_CASE("an index and weights take the write cycles of their bytes") {
  for (const TensorRole role : {TensorRole::kIndex, TensorRole::kWeights}) {
    auto transfer = transfer_of(role, {packet_of(33), packet_of(1)});
    transfer->to_engine = {true, true};
    // 33 bytes: 3 cycles, 1-3, seen in 7; 1 byte: cycle 4, seen in 8.
    CHECK(Bench(all_at_once(*transfer)).sink.cycles() == Cycles{7, 8});
  }
}

TEST_CASE("bytes count under the buffer that they are written to") {
  const auto written = [](TensorRole role, std::vector<Packet> packets) {
    auto transfer = transfer_of(role, std::move(packets));
    transfer->row_bytes = 16;
    transfer->to_engine = {true, true};
    const Json json = Bench(all_at_once(*transfer)).statistics();
    return std::vector<std::uint64_t>{json["qv_bytes"], json["ks_bytes"], json["index_bytes"]};
  };
  using Bytes = std::vector<std::uint64_t>;
  // 4 rows and 3 rows of this engine; a packet without a complete row adds nothing.
  const std::vector<Packet> rows = {packet_of(64, 4, 0), packet_of(64, 3, 1), packet_of(8)};
  CHECK(written(TensorRole::kQuery, rows) == Bytes{112, 0, 0});
  CHECK(written(TensorRole::kValue, rows) == Bytes{112, 0, 0});
  CHECK(written(TensorRole::kKey, rows) == Bytes{0, 112, 0});
  CHECK(written(TensorRole::kIndex, {packet_of(64), packet_of(9)}) == Bytes{0, 0, 73});
  CHECK(written(TensorRole::kWeights, {packet_of(64)}) == Bytes{0, 0, 0});
}

TEST_CASE("packets follow each other without a gap and in order") {
  // 4, 1 and 2 cycles: 1-4, 5, 6-7.
  const auto transfer =
      rows_of(16, {packet_of(64, 4, 0), packet_of(16, 1, 0), packet_of(32, 2, 0)});
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(all_at_once(*transfer), EngineId::kDenser, mode);
    CHECK(bench.sink.cycles() == Cycles{8, 9, 11});
    CHECK(bench.sink.arrivals[1].value.packet == &transfer->packets[1]);
  }
}

TEST_CASE("a compressed packet takes the longer of decoding and writing") {
  // Three heads from two, 16-wide: a row is 2 x 16 MACs = 4 cycles on 8 MACs, and 1 write cycle.
  const TinyTrace trace({{{"x"}, 0}, {{"x"}, 0}, {{"x"}, 0}}, 16, 8, 2);
  const auto unit = trace.tiny.context();
  const auto transfer = rows_of(16, {packet_of(32, 2, 1)});
  transfer->compressed = true;
  transfer->unit = unit.get();
  CHECK(Bench(all_at_once(*transfer)).sink.cycles() == Cycles{8 + 4});  // 2 rows: 8 cycles
  const Bench sparser(all_at_once(*transfer), EngineId::kSparser);
  CHECK(sparser.sink.cycles() == Cycles{4 + 4});
  CHECK(sparser.statistics()["macs"] == 32);
  CHECK(sparser.statistics()["rows"] == 1);
  // 12-wide: 24 MACs a row, 3 cycles; two rows are 48 MACs, 6 cycles.
  const TinyTrace narrow({{{"x"}, 0}, {{"x"}, 0}, {{"x"}, 0}}, 12, 8, 2);
  const auto narrow_unit = narrow.tiny.context();
  transfer->unit = narrow_unit.get();
  transfer->row_bytes = 12;
  CHECK(Bench(all_at_once(*transfer)).sink.cycles() == Cycles{6 + 4});
}

TEST_CASE("the decoder waits while the controller takes no deliveries") {
  // The link holds two deliveries; the third packet is begun when the first one has been taken, in
  // 31, the cycle after 30. Cycles: idle in 0, writing in 1 and 2, blocked in 3-30, writing in 31,
  // idle until the arrival in 35.
  const auto transfer =
      rows_of(16, {packet_of(16, 1, 0), packet_of(16, 1, 0), packet_of(16, 1, 0)});
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(all_at_once(*transfer), EngineId::kDenser, mode, 30, nullptr, 0, 2);
    CHECK(bench.sink.cycles() == Cycles{30, 31, 35});
    CHECK(bench.statistics()["cycles"].dump() ==
          R"({"idle":5,"decoding":0,"writing":3,"controller_blocked":28})");
  }
}

TEST_CASE("head mixing rounds half up and saturates") {
  const std::vector<std::int8_t> in = {10, -3, 127};  // three compressed heads
  const std::vector<std::int8_t> w = {2, 5, 1};
  CHECK(int(mix_heads(in.data(), 1, 2, w.data(), 1, 0, 0)) == 5);     // 20 - 15
  CHECK(int(mix_heads(in.data(), 1, 2, w.data(), 1, 1, 2)) == 2);     // 6 / 4 = 1.5
  CHECK(int(mix_heads(in.data(), 1, 2, w.data(), 1, -11, 2)) == -1);  // -6 / 4 = -1.5
  CHECK(int(mix_heads(in.data(), 1, 2, w.data(), 1, -12, 2)) == -2);  // -1.75
  CHECK(int(mix_heads(in.data(), 1, 3, w.data(), 1, 0, 0)) == 127);   // 132
  CHECK(int(mix_heads(in.data(), 1, 2, w.data(), 1, -300, 0)) == -128);
}

TEST_CASE("decoded rows land in the engine that needs them, under their key's position") {
  // Two heads from one compressed head of 2 features; 3 tokens. Key order of head 0: 2, 0, 1, with
  // one denser column (token 2); head 1: as they are, none. Weights 1 and 2, bias 0 and 5, one
  // fraction bit: head 0 = (k + 1) >> 1, head 1 = (2 k + 5 + 1) >> 1.
  TinyTrace trace({{{"xxx"}, 1}, {{"xxx"}, 0}}, 2, 2, 1);
  trace.tiny.map.heads[0].key_order = {2, 0, 1};
  OperandSource source;
  source.operand = [&](TensorId tensor) -> std::vector<std::int8_t> {
    if (tensor == *trace.tiny.layer.key_weights) return {1, 2};
    return {10, 11, 20, 21, 30, 31};  // K: tokens 0, 1, 2
  };
  source.bias = [](TensorId) { return std::vector<std::int32_t>{0, 5}; };
  OperandImage image(trace.trace, source);
  const auto unit = make_unit_context(trace.tiny.whole(), true);
  DramLayout layout(trace.trace);
  const auto keys = TransferBuilder(layout, 64, true).keys(*unit);
  Bench(all_at_once(*keys), EngineId::kDenser, {}, 0, &image, 1);
  Bench(all_at_once(*keys), EngineId::kSparser, {}, 0, &image, 1);
  const auto row = [&](EngineId engine, std::uint32_t index) {
    const std::int8_t* values = unit->key[index_of(engine)]->row(index);
    return std::vector<int>{values[0], values[1]};
  };
  CHECK(row(EngineId::kDenser, 0) == std::vector<int>{15, 16});   // head 0, token 2
  CHECK(row(EngineId::kSparser, 1) == std::vector<int>{5, 6});    // head 0, token 0
  CHECK(row(EngineId::kSparser, 2) == std::vector<int>{10, 11});  // head 0, token 1
  CHECK(row(EngineId::kSparser, 3) == std::vector<int>{13, 14});  // head 1, token 0
  CHECK(row(EngineId::kSparser, 5) == std::vector<int>{33, 34});
  CHECK(row(EngineId::kSparser, 0) == std::vector<int>{0, 0});  // the denser engine's
  CHECK(row(EngineId::kDenser, 3) == std::vector<int>{0, 0});   // the sparser engine's
}
