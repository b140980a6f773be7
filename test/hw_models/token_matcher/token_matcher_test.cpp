// SPDX-License-Identifier: Apache-2.0
#include "hw_models/token_matcher/token_matcher.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "hw_models/token_matcher/token_matcher_parts.hpp"
#include "sim/base/random.hpp"
#include "test/support/packet_unit_bench.hpp"
#include "workloads/token_merging.hpp"

namespace vitcod::test::token_matcher_test {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Bench = PacketUnitBench<TokenMatcher, TokenMatcherConfig>;

constexpr std::uint64_t kStore = 1U << 24U;
// 4 multipliers, 4 bytes and 2 entries a cycle; roots take 5, passes end 2 later, results 3.
constexpr TokenMatcherConfig kConfig{4, 4, 2, 64, 32, 5, 2, 3};

/// Loads and store of one match.
struct Job {
  Job(const SimilarityMatch& of, std::uint32_t heads, bool has_sizes) : match(of) {
    store.outputs = kToResults;
    store.stretches = {Stretch{kStore, 4 * std::uint64_t{match.tokens}, 2, 0, 0}};
    for (Transfer* load : {&sizes, &keys}) {
      auto placement = std::make_shared<MatchPlacement>();
      placement->kind = load == &keys ? MatchPlacement::Kind::kKeys : MatchPlacement::Kind::kSizes;
      placement->match = &match;
      placement->heads = heads;
      placement->has_sizes = has_sizes;
      placement->packet_bytes = 64;
      placement->store = &store;
      load->placement = placement;
    }
    sizes.stretches = {Stretch{0, 2 * std::uint64_t{match.tokens}, 0, 0, 0}};
    keys.stretches = {Stretch{1U << 20U, std::uint64_t{heads} * match.tokens * match.features,
                              match.features, 0, 0}};
    with_sizes = has_sizes;
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  std::vector<Packet> packets(std::uint32_t packet_bytes, const Bytes* size_values = nullptr,
                              const Bytes* key_values = nullptr) const {
    std::vector<Packet> all;
    const auto add = [&](const Transfer& load, const Bytes* values) {
      DramContents dram;
      if (values != nullptr) {
        dram.add_area(load.stretches[0].address, values->size(), [&] { return *values; });
      }
      const auto some = packets_of(load, packet_bytes, values == nullptr ? nullptr : &dram);
      all.insert(all.end(), some.begin(), some.end());
    };
    if (with_sizes) add(sizes, size_values);
    add(keys, key_values);
    return all;
  }

  SimilarityMatch match;
  Transfer store, sizes, keys;
  bool with_sizes = false;
};

}  // namespace

TEST_CASE("a match takes its keys' words, lengths, pairs, search, links and members") {
  // 5 tokens of 6 features: two words each. Sources 2 and 4, destinations 1 and 3.
  const Job job({5, 1, 6}, 2, false);
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(kConfig, job.packets(1024), 1, mode);
    // Seen in 1. 60 bytes: 20 words, in 1-20. From then: 3 until the sums are there; five lengths
    // of 5 (the root), 2 more; two sources of 1 + 2 tokens of 2 words, 2 more; 18 passes of one
    // word, 2 more each; 2 links; 5 members and 5 weights. Results 3 later, seen one later.
    const Cycle end = 21 + 3 + (25 + 2) + 2 * (6 + 2) + 18 * (1 + 2) + 2 + 10;
    CHECK(bench.results() == std::vector<Cycle>{end + 3});
    CHECK(bench.deliveries() == std::vector<Cycle>{end + 3});
    CHECK(bench.result(0).bytes == 20);
    CHECK(bench.result(0).num_rows == 10);
  }
}

TEST_CASE("sizes come first, in their width, and packets of keys take the longer of two ways") {
  const Job job({4, 1, 8}, 1, true);
  // 8 bytes of sizes: 2 cycles. 32 bytes of keys in packets of 8: 2 words each.
  const Bench bench(kConfig, job.packets(8), 1);
  CHECK(bench.deliveries()[0] == 1 + 2 + 3);
  CHECK(bench.deliveries()[1] == 3 + 2 + 3);
  CHECK(bench.deliveries()[2] == 5 + 2 + 3);
  TokenMatcherConfig slow = kConfig;
  slow.read_bytes_per_cycle = 1;
  CHECK(Bench(slow, job.packets(8), 1).deliveries()[1] == 9 + 8 + 3);
}

TEST_CASE("what a match counts is what it does") {
  const Job job({5, 1, 6}, 2, false);
  const Bench bench(kConfig, job.packets(16), 1);
  CHECK(bench.counted("additions") == 60);
  CHECK(bench.counted("macs") == (5 + 2 * 2) * 6);
  CHECK(bench.counted("roots") == 5);
  CHECK(bench.counted("likenesses") == 2 * 2 + 2);
  // Words of 4 sums, 8 bytes: 20 written; 10 read with the second head; then 9 tokens and pairs,
  // and 2 sources.
  CHECK(bench.counted("sum_bytes_written") == 20 * 8);
  CHECK(bench.counted("sum_bytes_read") == (10 + 2 * (9 + 2)) * 8);
  CHECK(bench.counted("size_bytes_written") == 0);
  CHECK(bench.counted("size_bytes_read") == 10);
  CHECK(bench.unit.macs_done() == 54);
}

TEST_CASE("members are those of the reference, however keys are cut") {
  Random random(11, "matcher");
  for (std::uint32_t run = 0; run < 120; ++run) {
    const auto below = [&](std::uint64_t bound) {
      return static_cast<std::uint32_t>(random.uniform_below(bound));
    };
    SimilarityMatch match{3 + below(40), 1, 1 + below(20)};
    match.merged = 1 + below(most_merged(match.tokens));
    const std::uint32_t heads = 1 + below(5);
    const bool has_sizes = below(2) == 1;
    // Few different values: many ties.
    const double deviation = below(3) == 0 ? 1.0 : 40.0;
    std::vector<std::int8_t> keys(std::size_t{heads} * match.tokens * match.features);
    for (std::int8_t& key : keys) {
      key = static_cast<std::int8_t>(std::clamp(deviation * random.normal(), -128.0, 127.0));
    }
    std::vector<std::uint32_t> sizes(match.tokens, 1);
    Bytes size_bytes;
    for (std::uint32_t& size : sizes) {
      if (has_sizes) size = 1 + below(65535);
      size_bytes.push_back(static_cast<std::uint8_t>(size));
      size_bytes.push_back(static_cast<std::uint8_t>(size >> 8U));
    }
    const Bytes key_bytes(keys.begin(), keys.end());
    Bytes expected;
    for (const std::int16_t word : matched_members(match, heads, keys, sizes).words()) {
      expected.push_back(static_cast<std::uint8_t>(word));
      expected.push_back(static_cast<std::uint8_t>(static_cast<std::uint16_t>(word) >> 8U));
    }
    const Job job(match, heads, has_sizes);
    CAPTURE(run, match.tokens, match.merged, match.features, heads);
    const std::size_t packets = (4 * match.tokens + 63) / 64;
    CHECK(Bench(kConfig, job.packets(1 + below(70), &size_bytes, &key_bytes), packets).values() ==
          expected);
  }
}

TEST_CASE("a match that does not fit, or comes out of order, is an error of the model") {
  const Job large({65, 1, 6}, 1, false);
  CHECK_THROWS_WITH(Bench(kConfig, large.packets(64), 1),
                    Catch::Contains("the token matcher cannot hold what it was given"));
  const Job first({5, 1, 6}, 1, false), second({5, 1, 6}, 1, false);
  std::vector<Packet> mixed = first.packets(8);
  mixed.resize(1);
  for (const Packet& packet : second.packets(64)) mixed.push_back(packet);
  CHECK_THROWS_WITH(Bench(kConfig, mixed, 1),
                    Catch::Contains("the token matcher was given a match amid another one"));
  const Job sized({5, 1, 6}, 1, true);
  std::vector<Packet> keys_first = sized.packets(64);
  keys_first.erase(keys_first.begin());
  CHECK_THROWS_WITH(Bench(kConfig, keys_first, 1),
                    Catch::Contains("keys came before the sizes of all tokens"));
  std::vector<Packet> twice = first.packets(20);
  twice.insert(twice.begin(), twice.front());
  twice.insert(twice.begin(), twice.front());
  CHECK_THROWS_WITH(Bench(kConfig, twice, 1), Catch::Contains("more keys came than the match has"));
}

TEST_CASE("an unloaded match takes what its cost says, and memories are counted by their entries") {
  const Job job({30, 7, 16}, 3, true);
  const TokenMatcherCost cost = cost_of(kConfig);
  const Bench bench(kConfig, job.packets(64), 2);
  const double expected =
      cost.sizes_cycles(job.match) + cost.keys_cycles(job.match, 3) + double(cost.latency);
  CHECK(double(bench.results()[0]) == Approx(expected).epsilon(0.01));
  CHECK(key_sum_memory_parts(kConfig).memory->bytes == 64 * 32 * 2);
  CHECK(match_entry_memory_parts(kConfig).memory->bytes == 64 * 4 + 32 * 5 + 64 * 2);
  CHECK(size_memory_parts(kConfig).memory->bytes == 128);
  TokenMatcherConfig twice = kConfig;
  twice.macs = 8;
  CHECK(parts_of(twice).count(PartKind::kMultiplier) >
        parts_of(kConfig).count(PartKind::kMultiplier));
}

}  // namespace vitcod::test::token_matcher_test
