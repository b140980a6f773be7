// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/average_pool/average_pool_parts.hpp"
#include "hw_models/average_pool/average_pool_unit.hpp"
#include "sim/base/random.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test::average_pool_test {

// 4 lanes, 8 bytes a cycle in, latency 3. A token of 8 features has two words.

namespace {

using Cycles = std::vector<Cycle>;
using Bytes = std::vector<std::uint8_t>;
constexpr AveragePoolConfig kConfig{4, 8, 64, 16, 3};
constexpr std::uint64_t kStoreAddress = 4096;

/// Pools of one shape, each in packets of so many bytes.
struct Shape {
  std::uint32_t tokens = 4;
  std::uint32_t features = 8;
  std::vector<std::uint32_t> packets = {32};
  std::uint32_t result_bytes = 64;
  std::size_t pools = 1;
  std::vector<Bytes> values = {};  ///< of each pool; none: no values
};

struct Bench {
  explicit Bench(const AveragePoolConfig& config, const Shape& shape, const RunMode& mode = {},
                 Cycle packets_from = 0, std::size_t out_depth = 4)
      : bench(mode), unit("unit", bench.clock, config, bench.stats), loads(shape.pools) {
    store.stretches = {Stretch{kStoreAddress, shape.features, shape.features, 0, 0}};
    store.outputs = kToResults;
    std::vector<Packet> offered;
    for (std::size_t pool = 0; pool < shape.pools; ++pool) offer(shape, pool, offered);
    const std::size_t results = ceil_div(shape.features, shape.result_bytes);
    countdown = offered.size() + shape.pools * results;
    source = std::make_unique<Source<Packet>>("source", bench, all_at_once(offered));
    packets = std::make_unique<Sink<Packet>>("packets", bench, countdown, packets_from);
    deliveries = std::make_unique<Sink<Delivery>>("deliveries", bench, countdown);
    const auto in = connect(bench, source->out, unit.packet_in);
    const auto out = connect(bench, unit.packet_out, packets->in, out_depth);
    Link<Delivery> delivery_link("delivery_link", bench.clock, 4);
    unit.delivery_out(delivery_link);
    deliveries->in(delivery_link);
    bench.run();
    bench.stats.write(report);
  }

  void offer(const Shape& shape, std::size_t pool, std::vector<Packet>& offered) {
    auto placement = std::make_shared<PoolPlacement>();
    placement->tokens = shape.tokens;
    placement->features = shape.features;
    placement->packet_bytes = shape.result_bytes;
    placement->store = &store;
    loads[pool].placement = placement;
    std::uint32_t at = 0;
    for (const std::uint32_t bytes : shape.packets) {
      Packet packet;
      packet.transfer = &loads[pool];
      packet.offset = at;
      packet.bytes = bytes;
      packet.first_row = at / shape.features;
      packet.num_rows = (at + bytes) / shape.features - packet.first_row;
      if (!shape.values.empty()) {
        const auto from = shape.values[pool].begin() + at;
        packet.payload = std::make_shared<const Bytes>(from, from + bytes);
      }
      at += bytes;
      offered.push_back(packet);
    }
  }

  /// The rows of means, one after the other.
  Bytes results() const {
    Bytes bytes;
    for (const auto& arrival : packets->arrivals) {
      const Bytes& part = *arrival.value.payload;
      bytes.insert(bytes.end(), part.begin(), part.end());
    }
    return bytes;
  }

  SimBench bench;
  Transfer store;
  AveragePoolUnit unit;
  std::vector<Transfer> loads;
  std::size_t countdown = 0;
  std::unique_ptr<Source<Packet>> source;
  std::unique_ptr<Sink<Packet>> packets;
  std::unique_ptr<Sink<Delivery>> deliveries;
  Json report;
};

/// The largest whole number that is not above (2 sum + tokens) / (2 tokens), by trying.
int plain_mean(std::int64_t sum, std::int64_t tokens) {
  int mean = -128;
  while (2 * tokens * (mean + 1) <= 2 * sum + tokens) ++mean;
  return mean;
}

Bytes plain_pool(const Bytes& values, std::size_t features) {
  Bytes means;
  const auto tokens = static_cast<std::int64_t>(values.size() / features);
  for (std::size_t feature = 0; feature < features; ++feature) {
    std::int64_t sum = 0;
    for (std::size_t at = feature; at < values.size(); at += features) {
      sum += static_cast<std::int8_t>(values[at]);
    }
    means.push_back(static_cast<std::uint8_t>(plain_mean(sum, tokens)));
  }
  return means;
}

Bytes random_bytes(Random& random, std::size_t count) {
  Bytes bytes;
  for (std::size_t i = 0; i < count; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(random.uniform_below(256)));
  }
  return bytes;
}

}  // namespace

TEST_CASE("a pool takes its words, or its way in, and a pass over the sums") {
  for (const RunMode& mode : all_run_modes()) {
    // Seen in 1, 8 words in 1-8, two words of sums in 9 and 10, pushed in 13.
    CHECK(Bench(kConfig, {}, mode).packets->cycles() == Cycles{14});
    // The same in two packets: 4 words in 1-4, 4 in 5-8. The next pool in 11-20.
    const Bench two(kConfig, {4, 8, {16, 16}, 64, 2}, mode);
    CHECK(two.packets->cycles() == Cycles{14, 24});
    CHECK(two.deliveries->cycles() == Cycles{8, 14, 18, 24});
    // 2 bytes a cycle: 16 cycles for 32 bytes.
    CHECK(Bench({4, 2, 64, 16, 3}, {}, mode).packets->cycles() == Cycles{22});
    // Tokens of one word.
    CHECK(Bench(kConfig, {4, 3, {12}}, mode).packets->cycles() == Cycles{9});
  }
}

TEST_CASE("a word of sums is of one token, and is added with the packet that completes it") {
  // Tokens of 6 features: words of 4 and 2. Of 8 bytes a packet, the first one completes both words
  // of a token; the second one both of the next and the first of the third, whose beginning came
  // before; the last one three. In 1-2, 3-5, 6-8; the pass in 9 and 10.
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(kConfig, {4, 6, {8, 8, 8}}, mode);
    CHECK(bench.deliveries->cycles() == Cycles{6, 9, 14});
    CHECK(bench.packets->cycles() == Cycles{14});
  }
}

TEST_CASE("a packet that completes no word takes its way in") {
  // 3 bytes: in 1. 29 bytes with 8 words: in 2-9, the pass in 10 and 11.
  CHECK(Bench(kConfig, {4, 8, {3, 29}}).deliveries->cycles() == Cycles{5, 15});
}

TEST_CASE("means leave in packets, one a cycle, for their place in the store") {
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(kConfig, {4, 8, {32}, 3}, mode);
    CHECK(bench.packets->cycles() == Cycles{14, 15, 16});
    std::uint32_t at = 0;
    for (const auto& arrival : bench.packets->arrivals) {
      const Packet& packet = arrival.value;
      CHECK(packet.transfer == &bench.store);
      CHECK(packet.address == kStoreAddress + at);
      CHECK(packet.offset == at);
      CHECK(packet.bytes == (at < 6 ? 3U : 2U));
      CHECK(packet.first_row == 0);
      CHECK(packet.num_rows == (at < 6 ? 0U : 1U));
      CHECK(packet.outputs == kToResults);
      CHECK(packet.payload == nullptr);
      at += packet.bytes;
    }
  }
}

TEST_CASE("the next pool waits until the means have room") {
  // A link for two packets, from which none is taken before 40: the third one is pushed in 41, and
  // the next pool takes 42-51.
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(kConfig, {4, 8, {32}, 3, 2}, mode, 40, 2);
    CHECK(bench.packets->cycles() == Cycles{40, 41, 42, 55, 56, 57});
    // Idle in 0 and 57. Words and passes in 1-10 and 42-51, further packets in 11, 41, 52 and 56.
    // The link is full in 12-40 and, with packets that are pushed ahead of time, in 53-55.
    CHECK(bench.report["unit"]["cycles"].dump() ==
          R"({"idle":2,"pooling":24,"reading":0,"output_blocked":32})");
  }
}

TEST_CASE("elements, pools and words of sums are counted as they are accessed") {
  // Sums of 12 bits, 6 bytes a word. 4 tokens of two words: written four times, read three times,
  // and in the pass; twice.
  const Bench bench(kConfig, {4, 6, {8, 8, 8}, 64, 2});
  const Json& unit = bench.report["unit"];
  CHECK(unit["pools"] == 2);
  CHECK(unit["elements"] == 48);
  CHECK(unit["means"] == 12);
  CHECK(unit["sum_bytes_written"] == 2 * 8 * 6);
  CHECK(unit["sum_bytes_read"] == 2 * 8 * 6);
}

TEST_CASE("a mean is rounded to the nearest, halves up, negative ones too") {
  // Sums of 2 tokens: 3, -3, -1, 1, -256, 254.
  const Bytes values = {1, 0xFF, 0, 1, 0x80, 127, 2, 0xFE, 0xFF, 0, 0x80, 127};
  const Bench bench(kConfig, {2, 6, {12}, 64, 1, {values}});
  CHECK(bench.results() == Bytes{2, 0xFF, 0, 1, 0x80, 127});
}

TEST_CASE("the average pool gives the plain mean of any tokens, however they are cut") {
  Random random(11);
  for (int round = 0; round < 60; ++round) {
    Shape shape;
    shape.tokens = 1 + static_cast<std::uint32_t>(random.uniform_below(16));
    shape.features = 1 + static_cast<std::uint32_t>(random.uniform_below(64));
    shape.result_bytes = 1 + static_cast<std::uint32_t>(random.uniform_below(64));
    shape.pools = 2;
    shape.packets.clear();
    for (std::uint32_t left = shape.tokens * shape.features; left > 0;) {
      shape.packets.push_back(1 + static_cast<std::uint32_t>(random.uniform_below(left)));
      left -= shape.packets.back();
    }
    Bytes expected;
    for (std::size_t pool = 0; pool < shape.pools; ++pool) {
      shape.values.push_back(random_bytes(random, std::size_t{shape.tokens} * shape.features));
      const Bytes means = plain_pool(shape.values.back(), shape.features);
      expected.insert(expected.end(), means.begin(), means.end());
    }
    const Bench with_values(kConfig, shape);
    CHECK(with_values.results() == expected);
    shape.values.clear();
    CHECK(Bench(kConfig, shape).packets->cycles() == with_values.packets->cycles());
  }
}

TEST_CASE("the product with the reciprocal is the exact quotient for all sums") {
  for (const std::uint32_t tokens : {1U, 2U, 3U, 7U, 16U, 49U, 197U, 1000U, 1023U, 1024U, 65535U}) {
    const PoolReciprocal reciprocal(tokens);
    std::uint64_t wrong = 0;
    for (std::uint64_t sum = 0; sum <= std::uint64_t{255} * tokens; ++sum) {
      const auto lifted = static_cast<std::uint8_t>(reciprocal.mean(sum) ^ 0x80U);
      wrong += lifted == (2 * sum + tokens) / (std::uint64_t{2} * tokens) ? 0 : 1;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("the reciprocal of any number of tokens fits its width and is exact at every step") {
  // The product grows with the sum: it is exact if it is where the quotient steps.
  std::uint64_t wrong = 0;
  for (std::uint32_t tokens = 1; tokens <= 65536; tokens += tokens < 2100 ? 1 : 61) {
    const PoolReciprocal reciprocal(tokens);
    wrong += reciprocal.factor() >> pool_reciprocal_bits(tokens) == 0 ? 0 : 1;
    wrong += (std::uint64_t{255} * tokens) >> pool_sum_bits(tokens) == 0 ? 0 : 1;
    for (std::uint64_t mean = 1; mean <= 255; ++mean) {
      const std::uint64_t first =
          ceil_div((2 * mean - 1) * tokens, std::uint64_t{2});  // sum with this mean
      wrong += (reciprocal.mean(first) ^ 0x80U) == mean ? 0 : 1;
      wrong += (reciprocal.mean(first - 1) ^ 0x80U) == mean - 1 ? 0 : 1;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("the cost of pooling is what an unloaded average pool takes") {
  // 16 tokens in packets of whole words: by the lanes, by the way in, and with narrower last words.
  for (const AveragePoolConfig& config :
       {kConfig, AveragePoolConfig{4, 2, 64, 16, 3}, AveragePoolConfig{16, 16, 64, 16, 5}}) {
    for (const std::uint32_t features : {8U, 24U, 40U}) {
      const AveragePoolCost cost = cost_of(config);
      const std::uint32_t two_tokens = 2 * features;
      const Bench bench(config, {16, features, std::vector<std::uint32_t>(8, two_tokens)});
      CHECK(double(bench.packets->cycles().back()) ==
            cost.cycles(16, features) + double(cost.latency) + 1);
    }
  }
  CHECK(cost_of(kConfig).holds(16, 64));
  CHECK_FALSE(cost_of(kConfig).holds(17, 64));
  CHECK_FALSE(cost_of(kConfig).holds(16, 65));
  CHECK_FALSE(cost_of(kConfig).holds(0, 64));
  CHECK_FALSE(cost_of(kConfig).holds(16, 0));
}

TEST_CASE("an average pool takes no pool that is too large, and no packet out of order") {
  CHECK_THROWS_WITH(Bench(kConfig, {17, 8, {136}}),
                    "unit in cycle 1: an average pool is larger than its memory of sums");
  CHECK_THROWS_WITH(Bench(kConfig, {4, 8, {16}, 64, 2}),
                    "unit in cycle 5: packets of an average pool came out of order");
}

TEST_CASE("parts of the average pool are those counted by hand") {
  // Up to 16 tokens: sums of 12 bits, a factor of 14, a numerator of 13. 16 words of sums.
  const PartList parts = parts_of(kConfig);
  CHECK(parts.count(PartKind::kMultiplier) == 4 * 13 * 14);
  CHECK(parts.count(PartKind::kAdder) == 4 * 12);
  // 8 bytes turned behind 0 to 3, 11 by 0 to 4; two choices a lane; 5 places of a mean; 16 words.
  CHECK(parts.count(PartKind::kMultiplexer) ==
        64 * 2 + 88 * 3 + 2 * 4 * 12 + 4 * 4 * 8 + 15 * 4 * 8);
  CHECK(parts.count(PartKind::kRegister) == 11 * 8 + 2 * 4 * 12 + 4 * 3 * 27);
  CHECK(parts.count(PartKind::kGatedRegister) == 5 + 14 + 64 * 8);
  const PartList sums = sum_buffer_parts(kConfig);
  CHECK(sums.memory->bytes == 96);
  CHECK(sums.memory->banks == 1);
  CHECK(sums.memory->width_bytes == 6);
  CHECK(sums.memory->ports == 2);
  CHECK(sums.count(PartKind::kMultiplexer) == 4 * 12);
}

}  // namespace vitcod::test::average_pool_test
