// SPDX-License-Identifier: Apache-2.0
// Where the values of a load's packets end up: a row that is swapped, lost, doubled or of a wrong
// address is seen in the contents of the engines' buffers.
#include <catch2/catch.hpp>
#include <deque>
#include <set>

#include "hw_models/compiler/attention/attention_loads.hpp"
#include "test/hw_models/decoder/decoder_bench.hpp"
#include "test/support/tiny_trace.hpp"

namespace vitcod::test::decoder_values_test {
namespace {

/// Values of a tiny trace's tensors in DRAM, and loads of them through an engine's decoder.
class ValueBench {
 public:
  ValueBench(TinyTrace& tiny, const WorkUnit& unit, std::uint32_t packet_bytes)
      : trace(tiny),
        layout(tiny.trace),
        loads(tiny.tiny.layer, layout, target),
        tile(tile_of(unit, true, true)),
        packet_bytes_(packet_bytes) {}

  void set(TensorId tensor, const DramContents::Bytes& bytes) {
    REQUIRE(bytes.size() == layout.bytes(tensor));
    dram.add_area(layout.address(tensor), bytes.size(), [bytes] { return bytes; });
    set_.insert(tensor);
  }
  /// All tensors that are not set are zero.
  void set_rest() {
    for (std::uint32_t t = 0; t < trace.trace.tensors.size(); ++t) {
      if (set_.insert(TensorId{t}).second) {
        dram.add_area(layout.address(TensorId{t}), layout.bytes(TensorId{t}), {});
      }
    }
  }
  /// Those packets that the crossbar would bring to the engine, one load after the other.
  void bring(EngineId engine, const std::vector<const Transfer*>& transfers,
             std::uint32_t fraction_bits = 0) {
    set_rest();
    std::vector<Packet> packets;
    for (const Transfer* transfer : transfers) {
      for (const Packet& packet : packets_of(*transfer, packet_bytes_, &dram)) {
        if ((packet.outputs & target.engine_outputs[index_of(engine)]) == 0) continue;
        packets.push_back(packet);
      }
    }
    DecoderBench(packets, engine, {}, 0, &contents[index_of(engine)], fraction_bits);
  }
  void bring_to_both(const std::vector<const Transfer*>& transfers) {
    for (const EngineId engine : kEngines) bring(engine, transfers);
  }

  TinyTrace& trace;
  DramLayout layout;
  Target target = tiny_target();
  AttentionLoads loads;
  std::shared_ptr<const AttentionTile> tile;
  DramContents dram;
  std::array<EngineContents, 2> contents;

 private:
  std::set<TensorId> set_;
  const std::uint32_t packet_bytes_;
};

std::vector<int> row_of(RowContents& rows, RegionId region, std::uint32_t index,
                        std::uint32_t features) {
  const std::int8_t* values = rows.row(region, index);
  return {values, values + features};
}

/// Different bytes at neighbouring addresses, rows and heads.
DramContents::Bytes scattered(std::size_t number) {
  DramContents::Bytes bytes(number);
  for (std::size_t i = 0; i < number; ++i) {
    bytes[i] = static_cast<std::uint8_t>(1 + (i * 37 + i / 256 * 11) % 255);
  }
  return bytes;
}

}  // namespace

TEST_CASE("decoded rows land in the engine that needs them, under their key's position") {
  // Two heads from one compressed head of 2 features; 3 tokens. Key order of head 0: 2, 0, 1, with
  // one denser column (token 2); head 1: as they are, none. Weights 1 and 2, bias 0 and 5, one
  // fraction bit: head 0 = (k + 1) >> 1, head 1 = (2 k + 5 + 1) >> 1.
  TinyTrace trace({{{"xxx"}, 1}, {{"xxx"}, 0}}, 2, 2, 1);
  trace.tiny.map.heads[0].key_order = {2, 0, 1};
  const AttentionLayer& layer = trace.tiny.layer;
  // Packets of 64 bytes, and of 3, which cut tokens and biases.
  for (const std::uint32_t packet_bytes : {64U, 3U}) {
    const WorkUnit whole = trace.tiny.whole();
    ValueBench bench(trace, whole, packet_bytes);
    bench.set(layer.key, {10, 11, 20, 21, 30, 31});  // tokens 0, 1, 2
    bench.set(*layer.key_weights, {1, 2});
    bench.set(*layer.key_bias, {0, 0, 0, 0, 5, 0, 0, 0});
    bench.set(*layer.query_weights, {100, 100});
    bench.set(*layer.query_bias, DramContents::Bytes(8, 100));
    const RegionId region{7};
    const Transfer weights = bench.loads.weights(true, 1);
    const Transfer keys = bench.loads.keys(whole, bench.tile, region, 1);
    for (const EngineId engine : kEngines) bench.bring(engine, {&weights, &keys}, 1);
    const auto row = [&](EngineId engine, std::uint32_t index) {
      return row_of(bench.contents[index_of(engine)].key_score, region, index, 2);
    };
    CHECK(row(EngineId::kDenser, 0) == std::vector<int>{15, 16});   // head 0, token 2
    CHECK(row(EngineId::kSparser, 1) == std::vector<int>{5, 6});    // head 0, token 0
    CHECK(row(EngineId::kSparser, 2) == std::vector<int>{10, 11});  // head 0, token 1
    CHECK(row(EngineId::kSparser, 3) == std::vector<int>{13, 14});  // head 1, token 0
    CHECK(row(EngineId::kSparser, 5) == std::vector<int>{33, 34});
    CHECK(row(EngineId::kSparser, 0) == std::vector<int>{0, 0});  // the denser engine's
    CHECK(row(EngineId::kDenser, 3) == std::vector<int>{0, 0});   // the sparser engine's
  }
}

TEST_CASE("Q is decoded with its own weights, of the heads and rows of its tile") {
  // Three heads from one; the tile has heads 1 and 2 and queries 1 and 2 of four; head 1 has denser
  // columns. Weights 1, 2, 3 and biases 0, 10, 20.
  TinyTrace trace({{Drawing(4, "xx"), 1}, {Drawing(4, "xx"), 1}, {Drawing(4, "xx"), 0}}, 2, 2, 1);
  const AttentionLayer& layer = trace.tiny.layer;
  const WorkUnit unit = trace.tiny.unit(1, 2, 1, 2);
  ValueBench bench(trace, unit, 64);
  bench.set(layer.query, {0, 1, 2, 3, 4, 5, 6, 7});
  bench.set(*layer.query_weights, {1, 2, 3});
  bench.set(*layer.query_bias, {0, 0, 0, 0, 10, 0, 0, 0, 20, 0, 0, 0});
  bench.set(*layer.key_weights, {50, 50, 50});
  bench.set(*layer.key_bias, DramContents::Bytes(12, 0));
  const RegionId region{3};
  const Transfer weights = bench.loads.weights(true, 1);
  const Transfer queries = bench.loads.queries(unit, bench.tile, region, 1);
  bench.bring_to_both({&weights, &queries});
  RowContents& denser = bench.contents[0].query_value;
  RowContents& sparser = bench.contents[1].query_value;
  CHECK(row_of(denser, region, 0, 2) == std::vector<int>{14, 16});   // head 1, query 1: 2 x 2 + 10
  CHECK(row_of(denser, region, 1, 2) == std::vector<int>{18, 20});   // head 1, query 2
  CHECK(row_of(sparser, region, 2, 2) == std::vector<int>{26, 29});  // head 2, query 1: 3 x 2 + 20
  CHECK(row_of(sparser, region, 3, 2) == std::vector<int>{32, 35});
  CHECK(row_of(denser, region, 2, 2) == std::vector<int>{0, 0});
  CHECK(row_of(sparser, region, 0, 2) == std::vector<int>{0, 0});
}

TEST_CASE(
    "weights may come before rows of earlier ones; the third set takes the first one's place") {
  // One head from one, one feature: k = 10. Sets 1, 2 and 3 multiply by 2, 3 and 4. Sets 1 and 2
  // come before the first row.
  TinyTrace trace({{{"x"}, 0}}, 1, 1, 1);
  const AttentionLayer& layer = trace.tiny.layer;
  const WorkUnit whole = trace.tiny.whole();
  std::deque<ValueBench> benches;  // of each set
  std::deque<Transfer> loads;
  std::vector<Packet> packets;
  const auto add = [&](ValueBench& bench, Transfer load) {
    loads.push_back(std::move(load));
    for (const Packet& packet : packets_of(loads.back(), 64, &bench.dram)) {
      packets.push_back(packet);
    }
  };
  for (std::uint8_t set = 1; set <= 3; ++set) {
    ValueBench& bench = benches.emplace_back(trace, whole, 64);
    bench.set(layer.key, {10});
    bench.set(*layer.key_weights, {static_cast<std::uint8_t>(set + 1)});
    bench.set_rest();
  }
  const auto add_weights = [&](std::uint32_t set) {
    add(benches[set - 1], benches[set - 1].loads.weights(true, set));
  };
  ValueBench& bench = benches.front();
  const auto add_keys = [&](std::uint32_t set) {
    add(bench, bench.loads.keys(whole, bench.tile, RegionId{set}, set));
  };
  add_weights(1);
  add_weights(2);
  add_keys(1);
  add_keys(2);
  add_weights(3);
  add_keys(3);
  EngineContents contents;
  { const DecoderBench until_the_end(packets, EngineId::kSparser, {}, 0, &contents); }
  for (const std::uint32_t set : {1U, 2U, 3U}) {
    CHECK(row_of(contents.key_score, RegionId{set}, 0, 1) ==
          std::vector<int>{static_cast<int>(10 * (set + 1))});
  }
  add_keys(1);
  CHECK_THROWS_WITH(DecoderBench(packets, EngineId::kSparser, {}, 0, &contents),
                    Catch::Contains("before the weights that they need"));
}

TEST_CASE("each row lands once, where its head and key say, whatever packets it is cut into") {
  // Denser keys: tokens 2 and 0 in head 0, none in head 1, all in head 2. Rows of K and Q are 24
  // bytes, of V 100. The tile has queries 1 and 2 of four.
  TinyTrace trace({{Drawing(4, "xxxx"), 2}, {Drawing(4, "xxxx"), 0}, {Drawing(4, "xxxx"), 4}}, 24,
                  100);
  trace.tiny.map.heads[0].key_order = {2, 0, 3, 1};
  trace.tiny.map.heads[2].key_order = {3, 2, 1, 0};
  const AttentionLayer& layer = trace.tiny.layer;
  const WorkUnit unit = trace.tiny.unit(0, 3, 1, 2);
  const auto check_rows = [](const DramContents::Bytes& tensor, std::size_t row,
                             std::uint32_t features, RowContents& mine, RowContents& other,
                             RegionId region, std::uint32_t index) {
    std::vector<int> expected;
    for (std::size_t f = 0; f < features; ++f) {
      expected.push_back(static_cast<std::int8_t>(tensor[row * features + f]));
    }
    CHECK(row_of(mine, region, index, features) == expected);
    CHECK(row_of(other, region, index, features) == std::vector<int>(features, 0));
  };
  for (const std::uint32_t packet_bytes : {16U, 64U, 4096U}) {
    CAPTURE(packet_bytes);
    ValueBench bench(trace, unit, packet_bytes);
    for (const TensorId tensor : {layer.query, layer.key, layer.value}) {
      bench.set(tensor, scattered(bench.layout.bytes(tensor)));
    }
    const RegionId q{1};
    const RegionId k{2};
    const RegionId v{3};
    const Transfer queries = bench.loads.queries(unit, bench.tile, q, 0);
    const Transfer keys = bench.loads.keys(unit, bench.tile, k, 0);
    const Transfer values = bench.loads.values(unit, bench.tile, v);
    bench.bring_to_both({&queries, &keys, &values});
    for (std::uint32_t head = 0; head < 3; ++head) {
      const PolarizedHead& map = trace.tiny.map.heads[head];
      const std::size_t q_engine = head == 1 ? 1 : 0;
      for (std::uint32_t query = 1; query < 3; ++query) {
        check_rows(scattered(3 * 4 * 24), head * 4 + query, 24,
                   bench.contents[q_engine].query_value, bench.contents[1 - q_engine].query_value,
                   q, head * 2 + query - 1);
      }
      for (std::uint32_t position = 0; position < 4; ++position) {
        const std::size_t engine = position < map.num_denser ? 0 : 1;
        EngineContents& mine = bench.contents[engine];
        EngineContents& other = bench.contents[1 - engine];
        const std::size_t row = head * 4 + map.key_order[position];
        const std::uint32_t index = head * 4 + position;
        check_rows(scattered(3 * 4 * 24), row, 24, mine.key_score, other.key_score, k, index);
        check_rows(scattered(3 * 4 * 100), row, 100, mine.query_value, other.query_value, v, index);
      }
    }
  }
}

TEST_CASE("an index lies in the index buffer as it lies in DRAM") {
  TinyTrace trace({{{"xx"}, 0}}, 8, 8);
  const WorkUnit whole = trace.tiny.whole();
  ValueBench bench(trace, whole, 64);
  const std::uint64_t address = bench.layout.allocate(150);
  bench.dram.add_area(address, 150, [] { return scattered(150); });
  const Transfer index = bench.loads.index(address, 150, RegionId{4});
  bench.bring(EngineId::kSparser, {&index});
  CHECK(bench.contents[1].index[RegionId{4}] == scattered(150));
}

TEST_CASE("a packet without its values is refused where values are computed") {
  const ShapedLoad load({{16, 1, 0}});
  CHECK_NOTHROW(DecoderBench(load.packets));
  EngineContents contents;
  CHECK_THROWS_WITH(DecoderBench(load.packets, EngineId::kDenser, {}, 0, &contents),
                    Catch::Contains("a packet came to a decoder without its values"));
}

TEST_CASE("a load that is not for an engine is refused") {
  struct Other final : Placement {
    OutputMask outputs(std::uint32_t, std::uint32_t) const override { return kToDenser; }
  };
  Transfer transfer;
  transfer.placement = std::make_shared<Other>();
  Packet packet;
  packet.transfer = &transfer;
  packet.bytes = 1;
  CHECK_THROWS_WITH(DecoderBench(std::vector{packet}),
                    Catch::Contains("a packet came to a block that it is not for"));
}

}  // namespace vitcod::test::decoder_values_test
