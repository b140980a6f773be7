// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>

#include "hw_models/layer_norm/layer_norm_unit.hpp"
#include "hw_models/layer_norm/token_norm.hpp"
#include "sim/base/random.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test::layer_norm_test {

// Tokens of 8 features, 16 bytes. 4 lanes: 2 cycles a pass, 4 a token; a root of 3 cycles is hidden
// under that. Packets enter 8 bytes a cycle; latency 3 + 5.

namespace {

using Cycles = std::vector<Cycle>;

struct Bench {
  /// A packet without tokens is one of 16 bytes of constants.
  Bench(const LayerNormConfig& config, const std::vector<std::uint32_t>& tokens_a_packet,
        const RunMode& mode = {}, Cycle packets_from = 0)
      : bench(mode), unit("unit", bench.clock, config, bench.stats) {
    store.stretches = {Stretch{4096, 800, 8, 0, 0}};
    placement->features = 8;
    placement->store = &store;
    transfer.placement = placement;
    auto of_constants = std::make_shared<NormPlacement>(*placement);
    of_constants->is_constants = true;
    constants.placement = of_constants;
    std::vector<Packet> offered;
    std::uint32_t next = 0;
    for (const std::uint32_t tokens : tokens_a_packet) {
      Packet packet;
      packet.transfer = tokens > 0 ? &transfer : &constants;
      packet.bytes = tokens > 0 ? 16 * tokens : 16;
      packet.first_row = next;
      packet.num_rows = tokens;
      next += tokens;
      offered.push_back(packet);
      countdown += tokens > 0 ? 2 : 1;
    }
    source = std::make_unique<Source<Packet>>("source", bench, all_at_once(offered));
    packets = std::make_unique<Sink<Packet>>("packets", bench, countdown, packets_from);
    deliveries = std::make_unique<Sink<Delivery>>("deliveries", bench, countdown);
    const auto in = connect(bench, source->out, unit.packet_in);
    const auto out = connect(bench, unit.packet_out, packets->in, 4);
    Link<Delivery> delivery_link("delivery_link", bench.clock, 4);
    unit.delivery_out(delivery_link);
    deliveries->in(delivery_link);
    bench.run();
  }

  SimBench bench;
  Transfer store;
  Transfer transfer;
  Transfer constants;
  std::shared_ptr<NormPlacement> placement = std::make_shared<NormPlacement>();
  std::size_t countdown = 0;
  LayerNormUnit unit;
  std::unique_ptr<Source<Packet>> source;
  std::unique_ptr<Sink<Packet>> packets;
  std::unique_ptr<Sink<Delivery>> deliveries;
};

}  // namespace

TEST_CASE("a token takes two passes of the lanes, the root or its way in") {
  for (const RunMode& mode : all_run_modes()) {
    // Seen in 1, two tokens in 1-8, seen 8 cycles after 8 and one more.
    CHECK(Bench({4, 8, 64, 3, 5}, {2}, mode).packets->cycles() == Cycles{17});
    CHECK(Bench({4, 8, 64, 3, 5}, {2, 1}, mode).packets->cycles() == Cycles{17, 21});
    // A root of 6: 6 cycles a token, and 3 more of latency.
    CHECK(Bench({4, 8, 64, 6, 5}, {2}, mode).packets->cycles() == Cycles{24});
    // 2 bytes a cycle: 16 cycles for 32 bytes.
    CHECK(Bench({4, 2, 64, 3, 5}, {2}, mode).packets->cycles() == Cycles{25});
  }
}

TEST_CASE("constants are taken once the lanes have read those before") {
  for (const RunMode& mode : all_run_modes()) {
    // Two tokens in 1-8, the last one's second pass until 11: constants in 12 and 13, delivered
    // 8 cycles after that and seen one later. Tokens behind them follow at once, in 14-17.
    const Bench behind({4, 8, 64, 3, 5}, {2, 0, 1}, mode);
    CHECK(behind.deliveries->cycles() == Cycles{17, 22, 26});
    // Constants in 1 and 2, tokens in 3-10, constants again in 14 and 15.
    CHECK(Bench({4, 8, 64, 3, 5}, {0, 2, 0}, mode).deliveries->cycles() == Cycles{11, 19, 24});
    // Constants wait for no constants.
    CHECK(Bench({4, 8, 64, 3, 5}, {0, 0}, mode).deliveries->cycles() == Cycles{11, 13});
  }
}

TEST_CASE("bytes of tokens and constants are counted as they are accessed") {
  // Two packets of 16 bytes of constants, three tokens of 8 elements: two passes of 16 bytes, a
  // gain and an offset an element.
  const Bench bench({4, 8, 64, 3, 5}, {0, 2, 0, 1});
  const StatGroup& unit = *bench.bench.stats.children().front();
  const auto counted = [&](std::string_view name) {
    for (const Statistic* statistic : unit.statistics()) {
      if (statistic->name() == name) return dynamic_cast<const Counter&>(*statistic).value();
    }
    return std::uint64_t{0};
  };
  CHECK(counted("elements") == 24);
  CHECK(counted("token_bytes_written") == 48);
  CHECK(counted("token_bytes_read") == 96);
  CHECK(counted("constant_bytes_written") == 32);
  CHECK(counted("constant_bytes_read") == 48);
}

TEST_CASE("normalised tokens leave for their place in the store") {
  const Bench bench({4, 8, 64, 3, 5}, {2, 1});
  const Packet& last = bench.packets->arrivals[1].value;
  CHECK(last.address == 4096 + 2 * 8);
  CHECK(last.offset == 16);
  CHECK(last.bytes == 8);
  CHECK(last.payload == nullptr);
}

TEST_CASE("a token is normalised to within a step of the exact values") {
  Random random(5);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::int16_t> token(96);
    std::vector<std::int8_t> gains(96, 32);
    std::vector<std::int8_t> offsets(96, 3);
    double sum = 0;
    for (std::int16_t& x : token) {
      x = static_cast<std::int16_t>(static_cast<int>(random.uniform_below(2000)) - 700);
      sum += x;
    }
    double squares = 0;
    for (const std::int16_t x : token) squares += (x - sum / 96) * (x - sum / 96);
    const auto results = normalise_token(token, gains.data(), offsets.data(), 1);
    for (std::size_t i = 0; i < token.size(); ++i) {
      const double exact = (token[i] - sum / 96) / std::sqrt(squares / 96) * 32 + 3;
      CHECK(std::abs(results[i] - exact) < 0.6);
    }
  }
}

TEST_CASE("equal elements give the offsets, in 8 and in 16 bits") {
  const std::vector<std::int16_t> token(4, -77);
  const std::int8_t gains[] = {32, 32, 32, 32};
  const std::int8_t offsets[] = {-128, -1, 0, 127};
  CHECK(normalise_token(token, gains, offsets, 1) == std::vector<std::int32_t>{-128, -1, 0, 127});
  CHECK(normalise_token(token, gains, offsets, 2) ==
        std::vector<std::int32_t>{-2048, -16, 0, 2032});
}

TEST_CASE("a whole root is the largest whose square is not above") {
  for (const std::uint64_t root : {0ULL, 1ULL, 3ULL, 65535ULL, 4294967295ULL}) {
    CHECK(whole_root(root * root) == root);
    CHECK(whole_root(root * root + 2 * root) == root);
    if (root > 0) CHECK(whole_root(root * root - 1) == root - 1);
  }
}

}  // namespace vitcod::test::layer_norm_test
