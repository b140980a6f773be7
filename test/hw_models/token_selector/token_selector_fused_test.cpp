// SPDX-License-Identifier: Apache-2.0
// Selections with a fused token: all tokens are named, and what they weigh.
#include <algorithm>
#include <catch2/catch.hpp>

#include "hw_models/token_selector/token_selector_parts.hpp"
#include "sim/base/random.hpp"
#include "test/hw_models/token_selector/selector_bench.hpp"
#include "workloads/token_merging.hpp"
#include "workloads/token_selection.hpp"

namespace vitcod::test::token_selector_fused_test {
namespace {

constexpr TokenSelectorConfig kConfig{4, 8, 3, 64, 256, 3, 2, 5, true};

/// Makes the operation of `job` one with a fused token: one table of all its tokens.
void fuse(SelectorJob& job) {
  job.store.stretches = {
      Stretch{SelectorJob::kStore, 4 * std::uint64_t{job.select.tokens_in}, 2, 0, 0}};
  for (Transfer& load : job.loads) {
    auto placement = std::make_shared<SelectorPlacement>(
        dynamic_cast<const SelectorPlacement&>(*load.placement));
    placement->fuses = true;
    load.placement = placement;
  }
}

ScoreSelect selection(std::uint32_t tokens, std::uint32_t kept) {
  ScoreSelect select{2, 8, tokens, 1, SelectionRule::kTopK, kept, {}, {}};
  select.kept.resize(kept + 1);
  return select;
}

std::size_t num_results(const SelectorJob& job) {
  std::size_t num = 0;
  for (const Stretch& stretch : job.store.stretches) num += (stretch.bytes + 63) / 64;
  return num;
}

}  // namespace

TEST_CASE("a fused token costs two passes more, and no origins") {
  SelectorJob plain(selection(10, 4)), fused(selection(10, 4));
  fuse(fused);
  for (const RunMode& mode : all_run_modes()) {
    const SelectorBench without(kConfig, all_at_once(plain.packets(64)), num_results(plain), mode);
    const SelectorBench with(kConfig, all_at_once(fused.packets(64)), num_results(fused), mode);
    // 10 tokens are 4 words of 3: 8 cycles more. 40 bytes in one packet.
    CHECK(with.results() == std::vector<Cycle>{without.results().front() + 8});
    CHECK(with.result(0).bytes == 40);
    CHECK(with.result(0).num_rows == 20);
    // The two passes read the scores, 25 bits in 4 bytes each, of 4 words of 3.
    CHECK(with.counted("score_bytes_read") == without.counted("score_bytes_read") + 2 * 12 * 4);
  }
}

TEST_CASE("a fused token's members are those of the reference") {
  Random random(13, "fused selection");
  for (std::uint32_t run = 0; run < 60; ++run) {
    const auto below = [&](std::uint64_t bound) {
      return static_cast<std::uint32_t>(random.uniform_below(bound));
    };
    const std::uint32_t tokens = 3 + below(40);
    ScoreSelect select = selection(tokens, 1 + below(tokens - 2));
    std::vector<std::int8_t> query(16), keys(std::size_t{16} * tokens);
    for (auto* values : {&query, &keys}) {
      for (std::int8_t& value : *values) {
        value = static_cast<std::int8_t>(std::clamp(45.0 * random.normal(), -128.0, 127.0));
      }
    }
    select.scores = token_scores(select, query, keys);
    select.kept = kept_tokens(select);
    SelectorJob job(select);
    fuse(job);
    job.values = {Bytes(query.begin(), query.end()), Bytes(keys.begin(), keys.end())};
    Bytes expected;
    for (const std::int16_t word : fused_members(select).words()) {
      expected.push_back(static_cast<std::uint8_t>(word));
      expected.push_back(static_cast<std::uint8_t>(static_cast<std::uint16_t>(word) >> 8U));
    }
    CAPTURE(run, tokens, select.threshold);
    CHECK(SelectorBench(kConfig, all_at_once(job.packets(1 + below(60))), num_results(job))
              .values() == expected);
  }
}

TEST_CASE("a selector that cannot name dropped tokens refuses them, and is smaller") {
  SelectorJob job(selection(10, 4));
  fuse(job);
  TokenSelectorConfig plain = kConfig;
  plain.emits_dropped.reset();
  CHECK_THROWS_WITH(SelectorBench(plain, all_at_once(job.packets(64)), 1),
                    Catch::Contains("the token selector cannot hold what it was given"));
  CHECK(parts_of(plain).count(PartKind::kMultiplexer) <
        parts_of(kConfig).count(PartKind::kMultiplexer));
}

}  // namespace vitcod::test::token_selector_fused_test
