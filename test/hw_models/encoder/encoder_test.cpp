// SPDX-License-Identifier: Apache-2.0
#include "hw_models/encoder/encoder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/support/packet_bench.hpp"

using namespace vitcod;
using namespace vitcod::test;

// Two heads of 4 features become one: 8 MACs a token, on 1 line x 4 MACs: 2 cycles a token. Tokens
// of 8 bytes enter 16 bytes a cycle; latency 3. A packet pushed in cycle 0 is taken in 1; with n
// cycles of work its compressed packet is pushed in n + 3 and seen in n + 4.

namespace {

using Cycles = std::vector<Cycle>;

/// An encoder with the packets of one tile; each packet of whole tokens has a compressed one.
struct Bench {
  Bench(const std::vector<std::uint32_t>& tokens_a_packet, std::uint32_t read_bytes_per_cycle,
        const RunMode& mode = {}, Cycle packets_from = 0, std::size_t depth = 8)
      : bench(mode),
        encoder("encoder", bench.clock, EncoderConfig{1, 4, 3, read_bytes_per_cycle, 0}, nullptr,
                bench.stats) {
    layer.heads_in = 2;
    layer.heads_out = 1;
    layer.features = 4;
    unit.work.encode = EncodeTile{&layer, 0, 100};
    input.unit = &unit;
    input.packets.reserve(tokens_a_packet.size());
    output.packets.reserve(tokens_a_packet.size());
    std::vector<TimedPacket> beats;
    for (const std::uint32_t tokens : tokens_a_packet) {
      output.packets.push_back(packet_of(tokens * 4));
      Packet packet = packet_of(tokens > 0 ? tokens * 8 : 40);
      packet.num_rows = tokens;
      packet.transfer = &input;
      packet.result = tokens > 0 ? &output.packets.back() : nullptr;
      countdown += tokens > 0 ? 2 : 1;
      input.packets.push_back(packet);
      beats.push_back({0, &input.packets.back()});
    }
    source = std::make_unique<Source<PacketRef>>("source", bench, beats_of(beats));
    packets = std::make_unique<Sink<PacketRef>>("packets", bench, countdown, packets_from);
    deliveries = std::make_unique<Sink<Delivery>>("deliveries", bench, countdown);
    const auto in = connect(bench, source->out, encoder.packet_in);
    Link<PacketRef> packet_link("packet_link", bench.clock, depth);
    encoder.packet_out(packet_link);
    packets->in(packet_link);
    Link<Delivery> delivery_link("delivery_link", bench.clock, depth);
    encoder.delivery_out(delivery_link);
    deliveries->in(delivery_link);
    bench.run();
    Json json;
    bench.stats.write(json);
    account = json["encoder"]["cycles"].dump();
  }

  SimBench bench;
  EncodeLayer layer;
  UnitContext unit;
  Transfer input;
  Transfer output;
  std::size_t countdown = 0;
  Encoder encoder;
  std::unique_ptr<Source<PacketRef>> source;
  std::unique_ptr<Sink<PacketRef>> packets;
  std::unique_ptr<Sink<Delivery>> deliveries;
  std::string account;
};

}  // namespace

TEST_CASE("an encoded packet takes the longer of its MACs and its bytes") {
  for (const RunMode& mode : all_run_modes()) {
    // 3 tokens: 6 cycles for the MACs, 2 for 24 bytes.
    const Bench macs({3}, 16, mode);
    CHECK(macs.packets->cycles() == Cycles{10});
    CHECK(macs.deliveries->cycles() == Cycles{10});
    CHECK(macs.encoder.macs_done() == 24);
    // 1 byte a cycle: 24 cycles.
    CHECK(Bench({3}, 1, mode).packets->cycles() == Cycles{28});
  }
}

TEST_CASE("encoded packets follow each other without a gap; parts of tokens give no packet") {
  // 2 tokens in 1-4; 40 bytes without a whole token in 5-7; 1 token in 8-9.
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench({2, 0, 1}, 16, mode);
    CHECK(bench.packets->cycles() == Cycles{8, 13});
    CHECK(bench.deliveries->cycles() == Cycles{8, 11, 13});
    CHECK(bench.packets->arrivals[1].value.packet == &bench.output.packets[2]);
  }
}

TEST_CASE("the encoder waits while its results are not taken") {
  // One token each: 1-2, 3-4; two results fill the link, so that the third packet waits from 5 on.
  // Taken in 30: space in 31, encoded in 31-32, seen in 36. Idle: 0, and 33-36.
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench({1, 1, 1}, 16, mode, 30, 2);
    CHECK(bench.packets->cycles() == Cycles{30, 31, 36});
    CHECK(bench.account == R"({"idle":5,"encoding":6,"reading":0,"output_blocked":26})");
  }
}
