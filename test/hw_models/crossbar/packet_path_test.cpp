// SPDX-License-Identifier: Apache-2.0
// The way of packets through the chip with random stalls at both ends: two global buffers, the
// crossbar and both decoders.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/compiler/attention/attention_loads.hpp"
#include "hw_models/crossbar/crossbar.hpp"
#include "hw_models/decoder/decoder.hpp"
#include "hw_models/global_buffer/global_buffer.hpp"
#include "sim/base/random.hpp"
#include "test/support/packet_bench.hpp"
#include "test/support/tiny_trace.hpp"

namespace vitcod::test::packet_path_test {
namespace {

constexpr std::uint64_t kNumPaths = 200;

std::uint32_t from_to(Random& random, std::uint32_t low, std::uint32_t high) {
  return low + static_cast<std::uint32_t>(random.uniform_below(high - low + 1));
}

/// Takes beats in cycles that a seed picks, and writes down what came when.
class StallingSink final : public Block {
 public:
  LinkIn<Delivery> in{"in"};

  StallingSink(const sc_core::sc_module_name& name, SimBench& bench, std::size_t& countdown,
               std::uint64_t seed, std::uint32_t stall_percent)
      : Block(name, bench.clock),
        countdown_(countdown),
        seed_(seed),
        stall_percent_(stall_percent),
        stats_(bench.stats, basename()) {}

  std::string log;

 private:
  bool stalls(Cycle cycle) const {
    return Random(seed_ + cycle).uniform_below(100) < stall_percent_;
  }
  Cycle tick(Cycle now) override {
    if (!in->valid()) return kOnLink;
    if (stalls(now)) return now + 1;
    log += fmt::format("{}@{} ", in->pop().transfer->job, now);
    if (--countdown_ == 0) clock().scheduler().stop();
    return now + 1;
  }
  CycleAccount& cycle_account() override { return cycles_; }

  std::size_t& countdown_;
  const std::uint64_t seed_;
  const std::uint32_t stall_percent_;
  StatGroup stats_;
  CycleBreakdown<TestActivity, 2> cycles_{stats_, {"idle", "busy"}};
};

/// Loads of one packet with random sizes, receivers and gaps; the job is a number of its own.
struct Traffic {
  Traffic(Random& random, std::uint32_t first_number) {
    const std::uint32_t num_packets = from_to(random, 1, 25);
    const std::uint32_t row_bytes = from_to(random, 1, 40);
    Cycle from = 0;
    for (std::uint32_t i = 0; i < num_packets; ++i) {
      PacketShape shape{from_to(random, 1, 100), from_to(random, 0, 3), 0};
      shape.sparser_rows = shape.denser_rows == 0 ? 1 : from_to(random, 0, 3);
      loads.push_back(std::make_unique<ShapedLoad>(std::vector{shape}, row_bytes));
      loads.back()->transfer.job = first_number + i;
      Packet packet = loads.back()->packets.front();
      packet.in_dram = from_to(random, 0, 4) > 0;
      from += from_to(random, 0, 3) == 0 ? from_to(random, 0, 60) : 0;
      beats.push_back({from, packet});
    }
  }

  std::vector<std::unique_ptr<ShapedLoad>> loads;
  TimedPackets beats;
};

/// The blocks of the way, with random widths, depths and stalls.
class Path {
 public:
  Path(Random& random, const RunMode& mode, const TimedPackets& weights, const TimedPackets& inputs,
       std::array<EngineContents, 2>* contents = nullptr)
      : bench(mode),
        countdown(num_deliveries(weights) + num_deliveries(inputs)),
        denser("denser", bench, countdown, random.next_u64(), stall_percent(random)),
        sparser("sparser", bench, countdown, random.next_u64(), stall_percent(random)),
        denser_decoder("denser_decoder", bench.clock, decoder_config(random), EngineId::kDenser,
                       contents == nullptr ? nullptr : &(*contents)[0], bench.stats),
        sparser_decoder("sparser_decoder", bench.clock, decoder_config(random), EngineId::kSparser,
                        contents == nullptr ? nullptr : &(*contents)[1], bench.stats),
        crossbar("crossbar", bench.clock, CrossbarConfig{from_to(random, 1, 64)},
                 {kToDenser | kToSparser, kToDenser | kToSparser}, 2, bench.stats),
        weight_buffer("weight_buffer", bench.clock, buffer_config(random), bench.stats),
        input_buffer("input_buffer", bench.clock, buffer_config(random), bench.stats),
        weight_source("weight_source", bench, weights),
        input_source("input_source", bench, inputs) {
    wire(random, weight_source.out, weight_buffer.packet_in);
    wire(random, input_source.out, input_buffer.packet_in);
    wire(random, weight_buffer.packet_out, *crossbar.packet_in[0]);
    wire(random, input_buffer.packet_out, *crossbar.packet_in[1]);
    wire(random, *crossbar.packet_out[0], denser_decoder.packet_in);
    wire(random, *crossbar.packet_out[1], sparser_decoder.packet_in);
    wire(random, denser_decoder.delivery_out, denser.in);
    wire(random, sparser_decoder.delivery_out, sparser.in);
    bench.run();
  }

 private:
  static std::size_t num_deliveries(const TimedPackets& beats) {
    std::size_t number = 0;
    for (const auto& beat : beats) {
      number += static_cast<std::size_t>(std::popcount(beat.value.outputs));
    }
    return number;
  }
  static std::uint32_t stall_percent(Random& random) {
    return from_to(random, 0, 1) * from_to(random, 1, 95);
  }
  static DecoderConfig decoder_config(Random& random) {
    return DecoderConfig{1, 1, from_to(random, 1, 6), from_to(random, 1, 64), 0};
  }
  static GlobalBufferConfig buffer_config(Random& random) {
    return GlobalBufferConfig{4096, from_to(random, 100, 400), from_to(random, 1, 64)};
  }
  template <typename T>
  void wire(Random& random, LinkOut<T>& out, LinkIn<T>& in) {
    auto link = std::make_unique<Link<T>>(fmt::format("link{}", links_.size()).c_str(), bench.clock,
                                          from_to(random, 1, 4));
    out(*link);
    in(*link);
    links_.push_back(std::move(link));
  }

 public:
  SimBench bench;
  std::size_t countdown;
  StallingSink denser;
  StallingSink sparser;
  Decoder denser_decoder;
  Decoder sparser_decoder;
  Crossbar crossbar;
  GlobalBuffer weight_buffer;
  GlobalBuffer input_buffer;
  Source<Packet> weight_source;
  Source<Packet> input_source;

 private:
  std::vector<std::unique_ptr<LinkBase>> links_;
};

/// Everything about a run that must not depend on its mode.
std::string run_path(std::uint64_t seed, const RunMode& mode) {
  Random random(seed, "packet path");
  const Traffic weights(random, 0);
  const Traffic inputs(random, 1000);
  const Path path(random, mode, weights.beats, inputs.beats);
  Json json;
  path.bench.stats.write(json);
  return path.denser.log + "\n" + path.sparser.log + "\n" + json.dump();
}

/// Numbers of the packets below or from 1000, in the order in which they came.
std::vector<int> numbers(const std::string& log, bool inputs) {
  std::vector<int> list;
  for (std::size_t at = 0; at < log.size(); at = log.find(' ', at) + 1) {
    const int number = std::stoi(log.substr(at));
    if ((number >= 1000) == inputs) list.push_back(number);
  }
  return list;
}

}  // namespace

TEST_CASE("packets arrive in the same cycles event-driven, stepped and in reversed order") {
  for (std::uint64_t seed = 0; seed < kNumPaths; ++seed) {
    const std::string expected = run_path(seed, RunMode{});
    for (const RunMode& mode : all_run_modes()) {
      CAPTURE(seed, mode.stepped, mode.reversed);
      REQUIRE(run_path(seed, mode) == expected);
    }
  }
}

TEST_CASE("packets of one buffer keep their order at each engine, whatever stalls") {
  for (std::uint64_t seed = 0; seed < kNumPaths; ++seed) {
    const std::string result = run_path(seed, RunMode{});
    const std::size_t middle = result.find('\n');
    const std::size_t end = result.find('\n', middle + 1);
    CAPTURE(seed);
    for (const std::string& log :
         {result.substr(0, middle), result.substr(middle + 1, end - middle - 1)}) {
      for (const bool from_inputs : {false, true}) {
        const std::vector<int> order = numbers(log, from_inputs);
        REQUIRE(std::is_sorted(order.begin(), order.end()));
      }
    }
  }
}

namespace {

/// Loads of Q, K and V of a random layer of 2 heads, 5 queries and 6 keys, as bytes in DRAM.
class RandomLayer {
 public:
  explicit RandomLayer(Random& random)
      : trace({{Drawing(5, "xxxxxx"), from_to(random, 0, 6)},
               {Drawing(5, "xxxxxx"), from_to(random, 0, 6)}},
              from_to(random, 1, 50), from_to(random, 1, 50)),
        layout(trace.trace),
        loads(trace.tiny.layer, layout, target),
        packet_bytes(from_to(random, 4, 100)) {
    for (PolarizedHead& head : trace.tiny.map.heads) {
      std::vector<std::uint32_t> order{0, 1, 2, 3, 4, 5};
      for (std::uint32_t i = 5; i > 0; --i) std::swap(order[i], order[from_to(random, 0, i)]);
      head.key_order = std::move(order);
    }
    dram.add_area(0, layout.end(), [&random, this] {
      DramContents::Bytes bytes(layout.end());
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.next_u64());
      return bytes;
    });
    const WorkUnit unit = trace.tiny.whole();
    const auto tile = tile_of(unit, true, true);
    transfers = {loads.queries(unit, tile, RegionId{0}, 0), loads.keys(unit, tile, RegionId{1}, 0),
                 loads.values(unit, tile, RegionId{2})};
  }

  /// Q and K in turn, then V, each from its own cycle on.
  TimedPackets beats(Random& random) {
    std::array<std::vector<Packet>, 3> packets;
    for (std::size_t i = 0; i < 3; ++i) packets[i] = packets_of(transfers[i], packet_bytes, &dram);
    TimedPackets list;
    Cycle from = 0;
    const auto add = [&](const Packet& packet) {
      from += from_to(random, 0, 3) == 0 ? from_to(random, 0, 60) : 0;
      list.push_back({from, packet});
    };
    for (std::size_t i = 0; i < std::max(packets[0].size(), packets[1].size()); ++i) {
      if (i < packets[0].size()) add(packets[0][i]);
      if (i < packets[1].size()) add(packets[1][i]);
    }
    for (const Packet& packet : packets[2]) add(packet);
    return list;
  }

  /// Is every row where its head, position and engine say, with the bytes that DRAM has of it?
  void check(std::array<EngineContents, 2>& contents) {
    const AttentionLayer& layer = trace.tiny.layer;
    for (std::uint32_t head = 0; head < 2; ++head) {
      const PolarizedHead& map = trace.tiny.map.heads[head];
      const std::size_t query_engine = map.num_denser > 0 ? 0 : 1;
      for (std::uint32_t query = 0; query < 5; ++query) {
        compare(contents[query_engine].query_value.row(RegionId{0}, head * 5 + query), layer.query,
                head * 5 + query, layer.query_features);
      }
      for (std::uint32_t position = 0; position < 6; ++position) {
        EngineContents& engine = contents[position < map.num_denser ? 0 : 1];
        const std::uint32_t index = head * 6 + position;
        const std::uint32_t row = head * 6 + map.key_order[position];
        compare(engine.key_score.row(RegionId{1}, index), layer.key, row, layer.query_features);
        compare(engine.query_value.row(RegionId{2}, index), layer.value, row, layer.value_features);
      }
    }
  }

  TinyTrace trace;
  Target target = tiny_target();
  DramLayout layout;
  AttentionLoads loads;
  const std::uint32_t packet_bytes;
  DramContents dram;
  std::array<Transfer, 3> transfers;

 private:
  void compare(const std::int8_t* values, TensorId tensor, std::uint32_t row,
               std::uint32_t features) {
    const auto bytes = dram.read(layout.address(tensor) + std::uint64_t{row} * features, features);
    for (std::uint32_t f = 0; f < features; ++f) {
      REQUIRE(int(values[f]) == int(static_cast<std::int8_t>(bytes[f])));
    }
  }
};

}  // namespace

TEST_CASE("every row ends up in its place with its own values, whatever stalls") {
  for (std::uint64_t seed = 0; seed < kNumPaths; ++seed) {
    CAPTURE(seed);
    Random random(seed, "values on the packet path");
    RandomLayer layer(random);
    std::array<EngineContents, 2> contents;
    const Path path(random, RunMode{}, {}, layer.beats(random), &contents);
    layer.check(contents);
  }
}

}  // namespace vitcod::test::packet_path_test
