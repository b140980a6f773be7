// SPDX-License-Identifier: Apache-2.0
// The way of packets through the chip with random stalls at both ends: two global buffers, the
// crossbar and both decoders.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/crossbar/crossbar.hpp"
#include "hw_models/decoder/decoder.hpp"
#include "hw_models/global_buffer/global_buffer.hpp"
#include "sim/base/random.hpp"
#include "test/support/packet_bench.hpp"

using namespace vitcod;
using namespace vitcod::test;

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
    log += fmt::format("{}@{} ", in->pop().packet->address, now);
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

/// Packets with random sizes, receivers and gaps; the address is a number of its own.
struct Traffic {
  Traffic(Random& random, std::uint32_t first_number) {
    std::vector<Packet> packets;
    const std::uint32_t num_packets = from_to(random, 1, 25);
    for (std::uint32_t i = 0; i < num_packets; ++i) {
      Packet packet = packet_of(from_to(random, 1, 100), from_to(random, 0, 3), 0);
      packet.engine_rows[1] = packet.num_rows == 0 ? 1 : from_to(random, 0, 3);
      packet.num_rows += packet.engine_rows[1];
      packet.holds_rows_of[1] = packet.engine_rows[1] > 0;
      packet.address = first_number + i;
      packet.in_dram = from_to(random, 0, 4) > 0;
      packets.push_back(packet);
    }
    transfer = transfer_of(TensorRole::kKey, std::move(packets));
    transfer->row_bytes = from_to(random, 1, 40);
    Cycle from = 0;
    for (const Packet& packet : transfer->packets) {
      from += from_to(random, 0, 3) == 0 ? from_to(random, 0, 60) : 0;
      beats.push_back({from, PacketRef{&packet}});
      num_deliveries += (packet.engine_rows[0] > 0 ? 1 : 0) + (packet.engine_rows[1] > 0 ? 1 : 0);
    }
  }

  std::unique_ptr<Transfer> transfer;
  std::vector<Source<PacketRef>::Beat> beats;
  std::size_t num_deliveries = 0;
};

/// Everything about a run that must not depend on its mode.
std::string run_path(std::uint64_t seed, const RunMode& mode) {
  Random random(seed, "packet path");
  const Traffic weights(random, 0);
  const Traffic inputs(random, 1000);
  SimBench bench(mode);
  std::size_t countdown = weights.num_deliveries + inputs.num_deliveries;
  const auto stall_percent = [&random] { return from_to(random, 0, 1) * from_to(random, 1, 95); };
  StallingSink denser("denser", bench, countdown, random.next_u64(), stall_percent());
  StallingSink sparser("sparser", bench, countdown, random.next_u64(), stall_percent());
  const auto decoder_config = [&random] {
    return DecoderConfig{1, 1, from_to(random, 1, 6), from_to(random, 1, 64), 0};
  };
  Decoder denser_decoder("denser_decoder", bench.clock, decoder_config(), EngineId::kDenser,
                         nullptr, bench.stats);
  Decoder sparser_decoder("sparser_decoder", bench.clock, decoder_config(), EngineId::kSparser,
                          nullptr, bench.stats);
  Crossbar crossbar("crossbar", bench.clock, CrossbarConfig{from_to(random, 1, 64)}, bench.stats);
  const auto buffer_config = [&random] {
    return GlobalBufferConfig{4096, from_to(random, 100, 400), from_to(random, 1, 64)};
  };
  GlobalBuffer weight_buffer("weight_buffer", bench.clock, buffer_config(), bench.stats);
  GlobalBuffer input_buffer("input_buffer", bench.clock, buffer_config(), bench.stats);
  Source<PacketRef> weight_source("weight_source", bench, weights.beats);
  Source<PacketRef> input_source("input_source", bench, inputs.beats);
  Source<PacketRef> no_results("no_results", bench, {});
  Source<PacketRef> not_encoded("not_encoded", bench, {});
  Sink<PacketRef> results("results", bench, countdown);
  Sink<PacketRef> encoder("encoder", bench, countdown);
  std::vector<std::unique_ptr<LinkBase>> links;
  const auto wire = [&]<typename T>(LinkOut<T>& out, LinkIn<T>& in) {
    auto link = std::make_unique<Link<T>>(fmt::format("link{}", links.size()).c_str(), bench.clock,
                                          from_to(random, 1, 4));
    out(*link);
    in(*link);
    links.push_back(std::move(link));
  };
  wire(weight_source.out, weight_buffer.packet_in);
  wire(input_source.out, input_buffer.packet_in);
  wire(weight_buffer.packet_out, crossbar.weights_in);
  wire(input_buffer.packet_out, crossbar.inputs_in);
  wire(no_results.out, crossbar.results_in);
  wire(not_encoded.out, crossbar.encoded_in);
  wire(crossbar.denser_out, denser_decoder.packet_in);
  wire(crossbar.sparser_out, sparser_decoder.packet_in);
  wire(crossbar.results_out, results.in);
  wire(crossbar.encoder_out, encoder.in);
  wire(denser_decoder.delivery_out, denser.in);
  wire(sparser_decoder.delivery_out, sparser.in);
  bench.run();
  Json json;
  bench.stats.write(json);
  return denser.log + "\n" + sparser.log + "\n" + json.dump();
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
