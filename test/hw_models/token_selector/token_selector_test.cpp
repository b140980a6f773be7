// SPDX-License-Identifier: Apache-2.0
#include "hw_models/token_selector/token_selector.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/hw_models/token_selector/selector_bench.hpp"

namespace vitcod::test::token_selector_test {

// 4 MACs, 8 bytes a cycle, 2 entries a cycle, a division of 3 cycles, 2 cycles behind a pass and 5
// behind rows and results. Two heads of 6 features: 2 cycles a row; 5 tokens: 3 words a pass. What
// follows the last row of a head takes 5 + 3 + 2 + 3 + 3 = 16 cycles. The choice: 2, two passes of
// 3 that emit, and of the k-th largest score 16 + 2 passes of 3 + 2 before them.

namespace {

using Cycles = std::vector<Cycle>;

constexpr TokenSelectorConfig kConfig{4, 8, 2, 16, 64, 3, 2, 5};
constexpr std::uint32_t kWhole = 1024;

TokenSelectorConfig byte_a_cycle() {
  TokenSelectorConfig config = kConfig;
  config.read_bytes_per_cycle = 1;
  return config;
}

/// Three of five tokens stay.
ScoreSelect small(SelectionRule rule) { return {2, 6, 5, 1, rule, 2, {}, {0, 1, 2}}; }

struct Run {
  explicit Run(const ScoreSelect& select, std::uint32_t packet_bytes = kWhole,
               const RunMode& mode = {}, const TokenSelectorConfig& config = kConfig,
               bool has_origins = false)
      : job(select, has_origins), bench(config, all_at_once(job.packets(packet_bytes)), 2, mode) {}
  explicit Run(const RouterSplit& split, std::uint32_t packet_bytes, const RunMode& mode,
               const TokenSelectorConfig& config = kConfig)
      : job(split), bench(config, all_at_once(job.packets(packet_bytes)), 1, mode) {}
  explicit Run(const ExitTest& exit, std::uint32_t packet_bytes, const RunMode& mode,
               const TokenSelectorConfig& config = kConfig)
      : job(exit), bench(config, all_at_once(job.packets(packet_bytes)), 1, mode) {}

  SelectorJob job;
  SelectorBench bench;
};

constexpr SelectionRule kTopK = SelectionRule::kTopK;
constexpr SelectionRule kThreshold = SelectionRule::kThreshold;

}  // namespace

TEST_CASE("a selection takes its rows, the passes of its heads and those of the choice") {
  for (const RunMode& mode : all_run_modes()) {
    // The query's 12 bytes in 1 and 2. 10 rows of 2 cycles, two heads, 2 + 6: 60 cycles from 3 to
    // 62, pushed 5 cycles later, the second packet one after the first.
    const Run threshold(small(kThreshold), kWhole, mode);
    CHECK(threshold.bench.results() == Cycles{68, 69});
    CHECK(threshold.bench.deliveries() == Cycles{8, 68});
    CHECK(threshold.bench.unit.macs_done() == 60);
    // 18 passes of 5 cycles more.
    CHECK(Run(small(kTopK), kWhole, mode).bench.results() == Cycles{158, 159});
    // A byte a cycle: the query in 1 to 12, 60 cycles of rows, 32 of heads and 8 until 112.
    CHECK(Run(small(kThreshold), kWhole, mode, byte_a_cycle()).bench.results() == Cycles{118, 119});
    // Origins: 10 bytes in 2 cycles of 8, in 3 words of 2 entries.
    CHECK(Run(small(kThreshold), kWhole, mode, kConfig, true).bench.results() == Cycles{71, 72});
    CHECK(Run(small(kThreshold), kWhole, mode, byte_a_cycle(), true).bench.results() ==
          Cycles{128, 129});
  }
}

TEST_CASE(
    "rows are worked on as they enter, and the passes belong to the packet that ends a head") {
  // Packets of 16, 16, 16 and 12 bytes: 2 rows and a group of the third; up to 2 bytes of row 5,
  // with which head 0 ends; up to row 8; the rest. 5, 5 + 16, 6 and 4 + 16 + 8 cycles.
  for (const RunMode& mode : all_run_modes()) {
    const Run run(small(kThreshold), 16, mode);
    CHECK(run.bench.deliveries() == Cycles{8, 13, 34, 40, 68});
    CHECK(run.bench.results() == Cycles{68, 69});
  }
}

TEST_CASE("an exit test takes its logits and a pass") {
  for (const RunMode& mode : all_run_modes()) {
    // 7 logits in 4 cycles, 5 + 4 + 2 behind them: 1 to 15.
    const Run whole(ExitTest{7, 100, true}, kWhole, mode);
    CHECK(whole.bench.results() == Cycles{21});
    CHECK(whole.bench.result(0).bytes == 1);
    CHECK(Run(ExitTest{7, 100, true}, 4, mode).bench.deliveries() == Cycles{8, 21});
    CHECK(Run(ExitTest{7, 100, true}, kWhole, mode, byte_a_cycle()).bench.results() == Cycles{24});
  }
}

TEST_CASE("a split takes its logits and two passes") {
  for (const RunMode& mode : all_run_modes()) {
    // 14 logits of 7 tokens in 7 cycles; behind them 5 + 2, and two passes of 4 words: 1 to 22.
    const Run whole(RouterSplit{7, 0, {}}, kWhole, mode);
    CHECK(whole.bench.results() == Cycles{28});
    CHECK(whole.bench.result(0).bytes == 14);
    CHECK(whole.bench.counted("routed_tokens") == 7);
    // A choice lies where a score of 3 bytes does, in words of two.
    CHECK(whole.bench.counted("score_bytes_written") == 8 * 3);
    CHECK(whole.bench.counted("score_bytes_read") == 2 * 8 * 3);
    CHECK(Run(RouterSplit{7, 0, {}}, kWhole, mode, byte_a_cycle()).bench.results() == Cycles{35});
  }
  const TokenSelectorCost cost = cost_of(kConfig);
  CHECK(cost.routing_cycles(RouterSplit{7, 0, {}}) == 22);
  CHECK(cost.fits(RouterSplit{16, 0, {}}));
  CHECK_FALSE(cost.fits(RouterSplit{17, 0, {}}));
}

TEST_CASE("the token selector waits while its results are not taken") {
  // Tests of two logits take 1 + 5 + 1 + 2 cycles: 1-9, 10-18; two results fill the link until 40.
  // Room is seen in 41: 41-49, 50-58, seen 6 cycles later. Idle: 0, and 59-64.
  std::deque<SelectorJob> jobs;
  std::vector<Packet> offered;
  for (int i = 0; i < 4; ++i) {
    jobs.emplace_back(ExitTest{2, 100, true});
    offered.push_back(jobs.back().packets(kWhole).front());
  }
  for (const RunMode& mode : all_run_modes()) {
    const SelectorBench run(kConfig, all_at_once(offered), 4, mode, 40);
    CHECK(run.results() == Cycles{40, 41, 55, 64});
    Json json;
    run.bench.stats.write(json);
    CHECK(json["unit"]["cycles"].dump() ==
          R"({"idle":7,"selecting":36,"reading":0,"output_blocked":22})");
  }
}

TEST_CASE("results are packets of whole rows within a stretch, at their place in the store") {
  ScoreSelect select{1, 1, 9, 1, kThreshold, 0, {}, std::vector<std::uint32_t>(9, 0)};
  SelectorJob job(select);
  // 18 bytes of numbers from 12 bytes below a multiple of 16: 12 and 6; origins: 16 and 2.
  job.store.stretches[0].address = SelectorJob::kStore + 4;
  for (Transfer& load : job.loads) {
    auto placement =
        std::make_shared<SelectorPlacement>(static_cast<const SelectorPlacement&>(*load.placement));
    placement->packet_bytes = 16;
    load.placement = placement;
  }
  const SelectorBench run(kConfig, all_at_once(job.packets(kWhole)), 4);
  const std::vector<std::vector<std::uint64_t>> expected = {
      {SelectorJob::kStore + 4, 0, 12, 0, 6},
      {SelectorJob::kStore + 16, 12, 6, 6, 3},
      {SelectorJob::kStore + 4096, 18, 16, 9, 8},
      {SelectorJob::kStore + 4096 + 16, 34, 2, 17, 1}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Packet& packet = run.result(i);
    CHECK(std::vector<std::uint64_t>{packet.address, packet.offset, packet.bytes, packet.first_row,
                                     packet.num_rows} == expected[i]);
    CHECK(packet.transfer == &job.store);
    CHECK(packet.outputs == kToResults);
    CHECK(packet.payload == nullptr);
  }
}

TEST_CASE("accesses of a selection are counted in whole words") {
  // Entries of 2 bytes, 3 words of 2 for 5 tokens; scores of 3 bytes (23 bits of 64 heads at most).
  const Run run(small(kTopK), kWhole, {}, kConfig, true);
  const SelectorBench& bench = run.bench;
  CHECK(bench.counted("macs") == 60);
  CHECK(bench.counted("tokens") == 5);
  CHECK(bench.counted("scores") == 10);
  CHECK(bench.counted("divisions") == 2);
  CHECK(bench.counted("selections") == 1);
  CHECK(bench.counted("query_bytes_written") == 12);
  CHECK(bench.counted("query_bytes_read") == 20 * 4);  // each row's two groups
  CHECK(bench.counted("entry_bytes_written") == 2 * 6 * 2);
  CHECK(bench.counted("entry_bytes_read") == 2 * 2 * 6 * 2);
  CHECK(bench.counted("score_bytes_written") == 2 * 6 * 3);
  // Of the second head, 18 passes of the search, two that emit.
  CHECK(bench.counted("score_bytes_read") == (1 + 18 + 2) * 6 * 3);
  CHECK(bench.counted("origin_bytes_written") == 6 * 2);
  CHECK(bench.counted("origin_bytes_read") == 6 * 2);
  // Rows of one group: the query is read once a head.
  TokenSelectorConfig wide = kConfig;
  wide.macs = 8;
  CHECK(Run(small(kTopK), kWhole, {}, wide).bench.counted("query_bytes_read") == 2 * 8);
  CHECK(Run(small(kThreshold)).bench.counted("score_bytes_read") == (1 + 2) * 6 * 3);
  CHECK(Run(small(kThreshold)).bench.counted("origin_bytes_read") == 0);
  const Run exit(ExitTest{7, 100, true}, 4, {});
  CHECK(exit.bench.counted("exits") == 1);
  CHECK(exit.bench.counted("logits") == 7);
  CHECK(exit.bench.counted("entry_bytes_written") == 8 * 2);
  CHECK(exit.bench.counted("entry_bytes_read") == 8 * 2);
}

TEST_CASE("the cost of a selection is what an unloaded token selector takes") {
  // DeiT-Tiny's heads with packets of 1 KiB: seen in cycle 1, results a cycle after they are
  // pushed.
  const TokenSelectorConfig config{64, 64, 4, 1024, 1024, 12, 3, 8};
  std::vector<std::uint32_t> kept(20);
  for (const SelectionRule rule : {kTopK, kThreshold}) {
    for (const std::uint32_t width : {16U, 48U, 64U, 128U}) {
      for (const std::uint32_t features : {16U, 64U, 80U}) {
        TokenSelectorConfig wide = config;
        wide.read_bytes_per_cycle = width;
        const ScoreSelect select{3, features, 197, 1, rule, 19, {}, kept};
        const TokenSelectorCost cost = cost_of(wide);
        const double simulated =
            double(Run(select, kWhole, {}, wide, true).bench.results().front());
        CHECK(cost.cycles(select, true) + double(cost.latency) + 1 ==
              Approx(simulated).epsilon(0.02));
      }
    }
  }
  const TokenSelectorCost cost = cost_of(config);
  const ExitTest exit{1000, 100, true};
  CHECK(cost.cycles(exit) + double(cost.latency) + 1 ==
        double(Run(exit, kWhole, {}, config).bench.results().back()));
}

TEST_CASE("the cost of a selection knows what the token selector holds") {
  const TokenSelectorCost cost = cost_of(kConfig);
  ScoreSelect select{8, 8, 16, 1, kTopK, 1, {}, {}};
  CHECK(cost.fits(select));
  select.tokens_in = 17;
  CHECK_FALSE(cost.fits(select));
  CHECK_FALSE(cost.fits(ScoreSelect{5, 13, 16, 1, kTopK, 1, {}, {}}));  // 65 bytes
  CHECK(cost.fits(ExitTest{16, 1, true}));
  CHECK_FALSE(cost.fits(ExitTest{17, 1, true}));
}

TEST_CASE("loads that do not make an operation are refused") {
  const auto refuses = [](const std::vector<Packet>& packets, const char* message) {
    CHECK_THROWS_WITH(SelectorBench(kConfig, all_at_once(packets), 2), Catch::Contains(message));
  };
  SelectorJob job(small(kTopK), true);
  const std::vector<Packet> loads = job.packets(kWhole);  // query, origins, keys
  refuses({loads[1], loads[2]}, "keys came before the whole query that they need");
  refuses({loads[0], loads[2]}, "keys ended before the origins of their tokens had come");
  SelectorJob exit(ExitTest{7, 100, true});
  refuses({loads[0], exit.packets(kWhole)[0]},
          "the token selector was given an operation amid another one");
  SelectorJob large(ExitTest{17, 100, true});
  refuses(large.packets(kWhole), "the token selector cannot hold what it was given");
  SelectorJob wrong(small(kTopK));
  wrong.select.tokens_in = 6;
  refuses({wrong.packets(kWhole)[1]}, "a load of the token selector of a wrong size");
}

}  // namespace vitcod::test::token_selector_test
