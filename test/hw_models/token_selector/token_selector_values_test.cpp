// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "sim/base/random.hpp"
#include "test/hw_models/token_selector/selector_bench.hpp"
#include "workloads/routing.hpp"
#include "workloads/token_selection.hpp"

namespace vitcod::test::token_selector_values_test {
namespace {

constexpr SelectionRule kTopK = SelectionRule::kTopK;
constexpr SelectionRule kThreshold = SelectionRule::kThreshold;

Bytes random_bytes(Random& random, std::size_t num, double deviation) {
  Bytes bytes(num);
  for (std::uint8_t& byte : bytes) {
    const double x = std::clamp(std::round(deviation * random.normal()), -128.0, 127.0);
    byte = static_cast<std::uint8_t>(static_cast<std::int8_t>(x));
  }
  return bytes;
}

std::span<const std::int8_t> signed_of(const Bytes& bytes) {
  return {reinterpret_cast<const std::int8_t*>(bytes.data()), bytes.size()};
}

/// Numbers of 16 bits as they lie in DRAM.
Bytes bytes_of(const std::vector<std::uint32_t>& numbers) {
  Bytes bytes;
  for (const std::uint32_t number : numbers) {
    bytes.push_back(static_cast<std::uint8_t>(number));
    bytes.push_back(static_cast<std::uint8_t>(number >> 8U));
  }
  return bytes;
}

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::size_t num_results(const SelectorJob& job) {
  std::size_t num = 0;
  for (const Stretch& stretch : job.store.stretches) num += (stretch.bytes + 63) / 64;
  return num;
}

/// What the unit stores of one operation.
Bytes stored(SelectorJob& job, std::uint32_t packet_bytes, const TokenSelectorConfig& config) {
  return SelectorBench(config, all_at_once(job.packets(packet_bytes)), num_results(job)).values();
}

constexpr TokenSelectorConfig kConfig{4, 8, 3, 64, 256, 3, 2, 5};

/// A selection without values: its `kept` are those of the reference.
struct RandomSelection {
  explicit RandomSelection(Random& random) {
    const auto below = [&](std::uint64_t bound) {
      return static_cast<std::uint32_t>(random.uniform_below(bound));
    };
    select.heads = 1 + below(4);
    select.features = 1 + below(20);
    select.tokens_in = 1 + below(40);
    select.prefix_tokens = 1 + below(std::min(select.tokens_in, 3U));
    const std::size_t row = select.features;
    query = random_bytes(random, select.heads * row, 10.0 + below(60));
    keys = random_bytes(random, query.size() * select.tokens_in, 10.0 + below(60));
    // Tokens with the same keys in all heads have the same score.
    for (std::uint32_t copy = below(20); copy > 0; --copy) {
      const std::uint32_t from = below(select.tokens_in), to = below(select.tokens_in);
      for (std::size_t head = 0; head < select.heads; ++head) {
        const auto* source = &keys[(head * select.tokens_in + from) * row];
        std::copy(source, source + row, &keys[(head * select.tokens_in + to) * row]);
      }
    }
    select.scores = token_scores(select, signed_of(query), signed_of(keys));
    select.rule = below(2) == 0 ? kTopK : kThreshold;
    // Just a token's score, or one more.
    select.threshold = select.rule == kTopK ? below(select.tokens_in + 2)
                                            : select.scores[below(select.tokens_in)] + below(2);
    select.kept = kept_tokens(select);
    for (std::uint32_t i = 0; i < select.tokens_in; ++i) origins.push_back(below(1U << 16U));
  }

  ScoreSelect select{};
  Bytes query, keys;
  std::vector<std::uint32_t> origins;
};

}  // namespace

TEST_CASE("a selection by the class token's attention is the reference's, whatever the packets") {
  Random random(11);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const RandomSelection made(random);
    const bool has_origins = random.uniform_below(2) == 0;
    std::vector<std::uint32_t> origins;
    for (const std::uint32_t token : made.select.kept) {
      origins.push_back(has_origins ? made.origins[token] : token);
    }
    SelectorJob job(made.select, has_origins);
    job.select.scores.clear();  // not the unit's to read
    job.values = {made.query, made.keys};
    if (has_origins) job.values.insert(job.values.begin() + 1, bytes_of(made.origins));
    const auto packet_bytes = static_cast<std::uint32_t>(1 + random.uniform_below(200));
    CHECK(stored(job, packet_bytes, kConfig) ==
          joined(bytes_of(made.select.kept), bytes_of(origins)));
  }
}

TEST_CASE("an exit is taken where the reference takes it") {
  Random random(12);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const std::size_t classes = 1 + random.uniform_below(64);
    const Bytes logits = random_bytes(random, classes, 5.0 + double(random.uniform_below(80)));
    // The greatest confidence at which it is taken, and one more.
    const std::uint32_t most = exit_confidence(signed_of(logits));
    for (const std::uint32_t confidence : {0U, most, most + 1, 65537U, 0xFFFFFFFFU}) {
      const ExitTest exit{static_cast<std::uint32_t>(classes), confidence, false};
      SelectorJob job(exit);
      job.values = {logits};
      const auto packet_bytes = static_cast<std::uint32_t>(1 + random.uniform_below(80));
      const bool is_taken = is_exit_taken(exit, signed_of(logits));
      CHECK(is_taken == (confidence <= most));
      CHECK(stored(job, packet_bytes, kConfig) ==
            Bytes{is_taken ? std::uint8_t{1} : std::uint8_t{0}});
    }
  }
}

TEST_CASE("tokens are sent where the reference sends them") {
  Random random(14);
  for (int round = 0; round < 100; ++round) {
    CAPTURE(round);
    const auto tokens = static_cast<std::uint32_t>(1 + random.uniform_below(64));
    const Bytes logits = random_bytes(random, 2 * std::size_t{tokens}, 2.0);  // some are equal
    SelectorJob job(RouterSplit{tokens, 0, {}});
    job.values = {logits};
    const auto packet_bytes = static_cast<std::uint32_t>(2 + 2 * random.uniform_below(40));
    CHECK(stored(job, packet_bytes, kConfig) == bytes_of(routing_of(signed_of(logits)).order));
  }
}

TEST_CASE("operations follow each other through the token selector, stalled or not") {
  Random random(13);
  std::deque<SelectorJob> jobs;
  TimedPackets offered;
  std::size_t results = 0;
  Bytes expected;
  for (int i = 0; i < 6; ++i) {
    const RandomSelection made(random);
    jobs.emplace_back(made.select);
    jobs.back().values = {made.query, made.keys};
    expected = joined(expected, bytes_of(made.select.kept));
    expected = joined(expected, bytes_of(made.select.kept));
    const Bytes logits = random_bytes(random, 30, 40.0);
    jobs.emplace_back(ExitTest{30, exit_confidence(signed_of(logits)) + (i % 2U), false});
    jobs.back().values = {logits};
    expected.push_back(i % 2 == 0 ? 1 : 0);
  }
  Cycle from = 0;
  for (SelectorJob& job : jobs) {
    results += num_results(job);
    for (const Packet& packet : job.packets(50)) {
      offered.push_back({from, packet});
      if (random.uniform_below(3) == 0) from += random.uniform_below(400);
    }
  }
  const std::vector<Cycle> cycles = SelectorBench(kConfig, offered, results, {}, 300).results();
  for (const RunMode& mode : all_run_modes()) {
    const SelectorBench run(kConfig, offered, results, mode, 300);
    CHECK(run.results() == cycles);
    CHECK(run.values() == expected);
  }
}

TEST_CASE("equal attention is a share of the whole, and the lower numbers stay") {
  // Q of 0: t = 0 and a weight of 128 for each of 4 tokens; floor(2^24 / 512) x 128 / 256 = 2^14.
  ScoreSelect select{1, 2, 4, 1, kThreshold, 1U << 14U, {}, {0, 1, 2, 3}};
  const Bytes query(2, 0);
  const Bytes keys = {1, 2, 3, 4, 5, 6, 7, 8};
  const auto kept = [&](std::uint32_t threshold) {
    select.threshold = threshold;
    SelectorJob job(select);
    job.values = {query, keys};
    return stored(job, 64, kConfig);
  };
  const Bytes all = bytes_of({0, 1, 2, 3, 0, 1, 2, 3});
  CHECK(kept(1U << 14U) == all);
  // Only the prefix stays: the results keep the size that the trace gives them.
  CHECK(kept((1U << 14U) + 1) == bytes_of({0, 0, 0, 0, 0, 0, 0, 0}));
  select.rule = kTopK;
  CHECK(kept(2) == bytes_of({0, 1, 2, 0, 0, 1, 2, 0}));
  CHECK(kept(100) == all);
  select.kept = {0, 1};
  CHECK(kept(2) == bytes_of({0, 1, 0, 1}));
}

namespace {

/// Attention of the class token in floating point, summed over the heads; operands of 5 fraction
/// bits.
std::vector<double> attention(const ScoreSelect& select, std::span<const std::int8_t> query,
                              std::span<const std::int8_t> keys) {
  const std::size_t features = select.features;
  std::vector<double> shares(select.tokens_in, 0.0);
  for (std::size_t head = 0; head < select.heads; ++head) {
    std::vector<double> powers;
    for (std::size_t token = 0; token < shares.size(); ++token) {
      const auto* key = &keys[(head * shares.size() + token) * features];
      const double product = std::inner_product(key, key + features, &query[head * features], 0.0);
      powers.push_back(std::exp(product / 1024 / std::sqrt(double(features))));
    }
    const double sum = std::accumulate(powers.begin(), powers.end(), 0.0);
    for (std::size_t token = 0; token < shares.size(); ++token)
      shares[token] += powers[token] / sum;
  }
  return shares;
}

}  // namespace

TEST_CASE("scores are the attention of a softmax to within a hundredth") {
  Random random(14);
  ScoreSelect select{2, 8, 12, 1, kThreshold, 0, {}, std::vector<std::uint32_t>(12, 0)};
  const Bytes query = random_bytes(random, 16, 40.0), keys = random_bytes(random, 192, 40.0);
  const std::vector<double> shares = attention(select, signed_of(query), signed_of(keys));
  const auto stays = [&](std::uint32_t token, double threshold) {
    select.threshold = static_cast<std::uint32_t>(std::max(0.0, threshold * 65536));
    SelectorJob job(select);
    job.values = {query, keys};
    const Bytes numbers = stored(job, 64, kConfig);
    for (std::size_t i = 0; i < 12; ++i) {
      if (numbers[2 * i] == token) return true;
    }
    return false;
  };
  for (std::uint32_t token = 1; token < 12; ++token) {
    CHECK(stays(token, shares[token] - 0.01));
    CHECK_FALSE(stays(token, shares[token] + 0.01));
  }
}

TEST_CASE("the k-th largest score is found bit by bit, up to scores of all heads") {
  Random random(15);
  for (int round = 0; round < 500; ++round) {
    ScoreSelect select{1 + static_cast<std::uint32_t>(random.uniform_below(5)), 1,  30, 2, kTopK,
                       static_cast<std::uint32_t>(random.uniform_below(32)),    {}, {}};
    TokenChoice choice;
    choice.restart(30);
    const std::uint64_t most = select.heads * 65536ULL;
    const bool has_ties = random.uniform_below(2) == 0;
    for (std::size_t token = 0; token < 30; ++token) {
      const std::uint64_t score =
          has_ties ? random.uniform_below(4) * most / 3 : random.uniform_below(most + 1);
      select.scores.push_back(static_cast<std::uint32_t>(score));
      choice.add(token, score);
    }
    CHECK(choice.kept(select) == kept_tokens(select));
  }
}

}  // namespace vitcod::test::token_selector_values_test
