// SPDX-License-Identifier: Apache-2.0
#include "hw_models/encoder/encoder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/dma/dma_messages.hpp"
#include "hw_models/encoder/encoder_cost.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test::encoder_test {

// Two heads of 4 features become one: 8 MACs a token, on 1 line x 4 MACs: 2 cycles a token. Tokens
// of 8 bytes enter 16 bytes a cycle; latency 3. A packet pushed in cycle 0 is taken in 1; with n
// cycles of work its compressed packet is pushed in n + 3 and seen in n + 4.

namespace {

using Cycles = std::vector<Cycle>;

/// Tokens of `heads_in` x 4 features, and where their compressed form, 4 bytes a token, is stored.
struct Tokens {
  explicit Tokens(std::uint32_t heads_in = 2) {
    store.stretches.push_back(Stretch{4096, 400, 4, 0, 0});
    store.outputs = kToResults;
    placement->output = kToEncoder;
    placement->heads_in = heads_in;
    placement->heads_out = 1;
    placement->features = 4;
    placement->store = &store;
    transfer.placement = placement;
  }
  Tokens(const Tokens&) = delete;
  Tokens& operator=(const Tokens&) = delete;

  Transfer store;
  std::shared_ptr<TokenPlacement> placement = std::make_shared<TokenPlacement>();
  Transfer transfer;
};

/// An encoder between a source that offers all packets at once and sinks of what comes out.
struct Bench {
  /// As many results as packets complete a token.
  Bench(const std::vector<Packet>& offered, std::uint32_t read_bytes_per_cycle,
        const RunMode& mode = {}, Cycle packets_from = 0, std::size_t depth = 8)
      : bench(mode),
        encoder("encoder", bench.clock, EncoderConfig{1, 4, 3, read_bytes_per_cycle, 0},
                bench.stats) {
    for (const Packet& packet : offered) countdown += packet.num_rows > 0 ? 2 : 1;
    source = std::make_unique<Source<Packet>>("source", bench, all_at_once(offered));
    packets = std::make_unique<Sink<Packet>>("packets", bench, countdown, packets_from);
    deliveries = std::make_unique<Sink<Delivery>>("deliveries", bench, countdown);
    const auto in = connect(bench, source->out, encoder.packet_in);
    Link<Packet> packet_link("packet_link", bench.clock, depth);
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
  std::size_t countdown = 0;
  Encoder encoder;
  std::unique_ptr<Source<Packet>> source;
  std::unique_ptr<Sink<Packet>> packets;
  std::unique_ptr<Sink<Delivery>> deliveries;
  std::string account;
};

/// Packets that complete so many tokens of 8 bytes each; without values. One that completes none
/// has 40 bytes.
std::vector<Packet> token_packets(const Tokens& tokens,
                                  const std::vector<std::uint32_t>& tokens_a_packet) {
  std::vector<Packet> packets;
  std::uint32_t next = 0;
  for (const std::uint32_t number : tokens_a_packet) {
    Packet packet;
    packet.transfer = &tokens.transfer;
    packet.bytes = number > 0 ? number * 8 : 40;
    packet.first_row = next;
    packet.num_rows = number;
    next += number;
    packets.push_back(packet);
  }
  return packets;
}

}  // namespace

TEST_CASE("an encoded packet takes the longer of its MACs and its bytes") {
  const Tokens tokens;
  for (const RunMode& mode : all_run_modes()) {
    // 3 tokens: 6 cycles for the MACs, 2 for 24 bytes.
    const Bench macs(token_packets(tokens, {3}), 16, mode);
    CHECK(macs.packets->cycles() == Cycles{10});
    CHECK(macs.deliveries->cycles() == Cycles{10});
    CHECK(macs.encoder.macs_done() == 24);
    // 1 byte a cycle: 24 cycles.
    CHECK(Bench(token_packets(tokens, {3}), 1, mode).packets->cycles() == Cycles{28});
  }
}

TEST_CASE("encoded packets follow each other without a gap; parts of tokens give no packet") {
  const Tokens tokens;
  // 2 tokens in 1-4; 40 bytes without a whole token in 5-7; 1 token in 8-9.
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(token_packets(tokens, {2, 0, 1}), 16, mode);
    CHECK(bench.packets->cycles() == Cycles{8, 13});
    CHECK(bench.deliveries->cycles() == Cycles{8, 11, 13});
    // Token 2 of the store, which lies from 4096 on.
    const Packet& last = bench.packets->arrivals[1].value;
    CHECK(last.transfer == &tokens.store);
    CHECK(last.address == 4096 + 2 * 4);
    CHECK(last.offset == 2 * 4);
    CHECK(last.bytes == 4);
    CHECK(last.first_row == 2);
    CHECK(last.num_rows == 1);
    CHECK(last.outputs == kToResults);
  }
}

TEST_CASE("the encoder waits while its results are not taken") {
  const Tokens tokens;
  // One token each: 1-2, 3-4; two results fill the link, so that the third packet waits from 5 on.
  // Taken in 30: space in 31, encoded in 31-32, seen in 36. Idle: 0, and 33-36.
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(token_packets(tokens, {1, 1, 1}), 16, mode, 30, 2);
    CHECK(bench.packets->cycles() == Cycles{30, 31, 36});
    CHECK(bench.account == R"({"idle":5,"encoding":6,"reading":0,"output_blocked":26})");
  }
}

namespace {

/// A load of the encoder's weights: (heads in, 1) of int8 and a bias.
Transfer weights_of(const DramContents::Bytes& bytes) {
  auto placement = std::make_shared<TokenPlacement>();
  placement->output = kToEncoder;
  placement->is_weights = true;
  placement->bytes = bytes.size();
  Transfer transfer;
  transfer.placement = placement;
  transfer.stretches.push_back(Stretch{0, bytes.size(), 0, 0, 0});
  return transfer;
}

}  // namespace

TEST_CASE("tokens are mixed across heads, whatever packets they are cut into") {
  // Weights 1 and -2, bias 3. Tokens ((1, 2, 3, 4), (5, 6, 7, 8)): 1 - 10 + 3 = -6, -7, -8, -9;
  // ((10, 20, 30, 40), (0, 0, 0, 70)): 13, 23, 33, 43 - 140 = -97; ((100, 100, 100, 100), (-50, 0,
  // 50, 127)): 203 and 103 and 3 and -151, saturated to 127 and -128.
  DramContents::Bytes weights = {1, 0xFE, 3, 0, 0, 0};
  DramContents::Bytes raw = {1,   2,   3,   4,   5,    6, 7,  8,   //
                             10,  20,  30,  40,  0,    0, 0,  70,  //
                             100, 100, 100, 100, 0xCE, 0, 50, 127};
  const std::vector<int> expected = {-6, -7, -8, -9, 13, 23, 33, -97, 127, 103, 3, -128};
  DramContents dram;
  dram.add_area(0, weights.size(), [&] { return weights; });
  dram.add_area(64, raw.size(), [&] { return raw; });
  const Transfer weight_load = weights_of(weights);
  Tokens tokens;
  tokens.transfer.stretches.push_back(Stretch{64, raw.size(), 8, 0, 0});
  for (const std::uint32_t packet_bytes : {3U, 8U, 13U, 64U}) {
    CAPTURE(packet_bytes);
    std::vector<Packet> packets = packets_of(weight_load, packet_bytes, &dram);
    for (const Packet& packet : packets_of(tokens.transfer, packet_bytes, &dram)) {
      packets.push_back(packet);
    }
    const Bench bench(packets, 16, {}, 0, 64);
    std::vector<int> values;
    for (const auto& arrival : bench.packets->arrivals) {
      const Packet& packet = arrival.value;
      CHECK(packet.address == 4096 + values.size());
      CHECK(packet.bytes == packet.payload->size());
      for (const std::uint8_t value : *packet.payload) {
        values.push_back(static_cast<std::int8_t>(value));
      }
    }
    CHECK(values == expected);
  }
}

TEST_CASE("tokens that come before their weights are refused where values are computed") {
  DramContents dram;
  dram.add_area(64, 8, {});
  Tokens tokens;
  tokens.transfer.stretches.push_back(Stretch{64, 8, 8, 0, 0});
  CHECK_THROWS_WITH(Bench(packets_of(tokens.transfer, 64, &dram), 16),
                    Catch::Contains("rows came before the weights that they need"));
}

TEST_CASE("without values compressed packets carry none") {
  const Tokens tokens;
  CHECK(Bench(token_packets(tokens, {2}), 16).packets->arrivals[0].value.payload == nullptr);
}

TEST_CASE("the cost of encoding is what an unloaded encoder takes") {
  // The first packet is seen in 1, the compressed form of the last one a cycle after it is pushed.
  const Tokens tokens;
  const std::vector<std::uint32_t> packets(20, 2);
  for (const std::uint32_t width : {1U, 2U, 16U}) {
    const EncoderCost cost = cost_of(EncoderConfig{1, 4, 3, width, 0});
    CHECK(double(Bench(token_packets(tokens, packets), width).packets->cycles().back()) ==
          cost.cycles(20 * 2 * 8, 1) + cost.latency_cycles + 1);
  }
}

}  // namespace vitcod::test::encoder_test
