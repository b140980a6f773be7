// SPDX-License-Identifier: Apache-2.0
#include "hw_models/score_buffer/score_buffer.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "hw_models/score_buffer/score_buffer_cost.hpp"
#include "sim/base/random.hpp"
#include "test/support/sim_bench.hpp"

namespace vitcod::test::score_buffer_test {
namespace {

/// One part of S, called by hand. Unless a test says otherwise nothing but the banks contends.
struct Bench {
  explicit Bench(const ScoreBufferConfig& config, std::uint32_t lines = 1)
      : buffer("buffer", bench.clock, config, bench.stats, lines) {}

  Json finish(Cycle cycles) {
    buffer.finish(cycles);
    Json json;
    bench.stats.write(json);
    return json["buffer"];
  }

  SimBench bench;
  ScoreBuffer buffer;
};

ScoreBufferConfig config_of(std::uint32_t banks) { return {banks, 1, 8, 64, 0, 64, 64, 8}; }

constexpr Cycle kRefused = 0;

}  // namespace

TEST_CASE("a bank of S takes one word a cycle, read or written") {
  // Words 0 and 2 lie in bank 0, word 1 in bank 1. Rows have banks of their own in the table.
  Bench b(config_of(2));
  CHECK(b.buffer.write(5, 0, 0));
  CHECK_FALSE(b.buffer.write(5, 2, 1));
  CHECK(b.buffer.write(5, 1, 2));
  CHECK(b.buffer.read(5, 2) == kRefused);
  CHECK(b.buffer.read(6, 2) == 7);
  CHECK_FALSE(b.buffer.write(6, 0, 0));
  const Json json = b.finish(10);
  CHECK(json["words_written"] == 2);
  CHECK(json["words_read"] == 1);
  CHECK(json["table_updates"] == 2);
  CHECK(json["refused"] == 3);
  CHECK(json["table_refused"] == 0);
  CHECK(json["cycles"].dump() == R"({"idle":8,"busy":0,"conflict":2})");
}

TEST_CASE("a word that is read takes a way to the lines that want it, one that is written any") {
  ScoreBufferConfig config = config_of(8);
  config.ways = 2;
  config.line_groups = 2;  // lines 0 to 3, and 4 to 7
  Bench b(config, 8);
  CHECK(b.buffer.read(5, 0, 1) == 6);
  CHECK(b.buffer.read(5, 1, 3) == kRefused);  // the way of its group is taken
  CHECK(b.buffer.read(5, 1, 4) == 6);
  CHECK(b.buffer.read(6, 2, 2, 4) == 7);  // lines 2 to 5: both ways
  CHECK(b.buffer.read(6, 3, 6) == kRefused);
  CHECK(b.buffer.write(7, 0, 0));
  CHECK(b.buffer.write(7, 1, 1));
  CHECK_FALSE(b.buffer.write(7, 2, 2));
  const Json json = b.finish(8);
  CHECK(json["words_read"] == 3);
  CHECK(json["words_sent"] == 4);
  CHECK(json["words_written"] == 2);
  CHECK(json["refused"] == 3);
}

TEST_CASE("a write of which the table keeps nothing does not wait for it") {
  ScoreBufferConfig config = config_of(8);
  config.table_banks = 1;
  config.table_ports = 2;  // one update a cycle
  Bench b(config);
  CHECK(b.buffer.write(5, 0, 0));
  CHECK_FALSE(b.buffer.write(5, 1, 1));
  CHECK(b.buffer.write(5, 1, 1, false));
  CHECK(b.buffer.write(5, 2, 2, false));
  const Json json = b.finish(10);
  CHECK(json["table_updates"] == 1);
  CHECK(json["table_refused"] == 1);
  CHECK(json["words_written"] == 3);
}

TEST_CASE("more ports of a bank pass more words at a time") {
  ScoreBufferConfig config = config_of(1);
  config.ports_per_bank = 2;
  Bench b(config);
  CHECK(b.buffer.read(5, 0) == 6);
  CHECK(b.buffer.read(5, 1) == 6);
  CHECK(b.buffer.read(5, 2) == kRefused);
}

TEST_CASE("no more words pass in a cycle than there are ways") {
  ScoreBufferConfig config = config_of(8);
  config.ways = 2;
  config.network_cycles = 3;
  Bench b(config);
  CHECK(b.buffer.read_cycles() == 4);
  CHECK(b.buffer.read(5, 0) == 9);
  CHECK(b.buffer.write(5, 1, 0));
  CHECK(b.buffer.read(5, 2) == kRefused);
  CHECK(b.buffer.read(6, 2) == 10);
}

TEST_CASE("words that fill fewer banks than there are lie in those") {
  Bench b(config_of(8));
  b.buffer.begin(2);
  CHECK(b.buffer.read(5, 0) == 6);
  CHECK(b.buffer.read(5, 2) == kRefused);
  CHECK(b.buffer.read(5, 3) == 6);
}

TEST_CASE("a write reads and writes its row's entry of the table") {
  // Rows 0 and 4 lie in one bank of the table.      cycle  5      6      7
  //   two ports                                            row 0  row 4
  //   one port: two cycles each                            row 0  row 0  row 4
  ScoreBufferConfig config = config_of(8);
  config.table_banks = 4;
  config.table_ports = 2;
  Bench two(config);
  CHECK(two.buffer.write(5, 0, 0));
  CHECK_FALSE(two.buffer.write(5, 1, 4));
  CHECK(two.buffer.write(5, 2, 3));
  CHECK(two.buffer.write(6, 1, 4));
  CHECK(two.finish(10)["table_refused"] == 1);
  config.table_ports = 1;
  Bench one(config);
  CHECK(one.buffer.write(5, 0, 0));
  CHECK_FALSE(one.buffer.write(6, 1, 4));
  CHECK(one.buffer.write(7, 1, 4));
  config.table_ports = 4;
  Bench four(config);
  CHECK(four.buffer.write(5, 0, 0));
  CHECK(four.buffer.write(5, 1, 4));
  CHECK_FALSE(four.buffer.write(5, 2, 8));
}

TEST_CASE("a cycle counts as a conflict if anybody was refused in it") {
  Bench b(config_of(1));
  CHECK(b.buffer.read(3, 0) == 4);
  CHECK(b.buffer.read(4, 0) == 5);
  CHECK(b.buffer.read(4, 1) == kRefused);
  CHECK(b.finish(6)["cycles"].dump() == R"({"idle":4,"busy":1,"conflict":1})");
}

TEST_CASE("the cost of scattered scores is what S takes for them") {
  // 32 lines with a score for a random word and row each, again and again, oldest first.
  constexpr std::uint32_t kScores = 4000;
  constexpr std::size_t kLines = 32;
  // banks, ports, word, ways, network, rows, banks and ports of the table
  for (const ScoreBufferConfig& config :
       {ScoreBufferConfig{8, 1, 16, 8, 0, 64, 64, 8}, ScoreBufferConfig{8, 1, 16, 4, 0, 64, 64, 8},
        ScoreBufferConfig{16, 1, 16, 64, 0, 64, 8, 2},
        ScoreBufferConfig{4, 2, 16, 64, 0, 64, 64, 8},
        ScoreBufferConfig{64, 1, 16, 64, 0, 64, 4, 1}}) {
    Bench b(config);
    Random random(1);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> waiting;
    std::uint32_t written = 0;
    Cycle now = 1;
    for (; written < kScores; ++now) {
      while (waiting.size() < kLines) {
        const std::uint32_t word = static_cast<std::uint32_t>(random.uniform_below(1024));
        waiting.emplace_back(word, static_cast<std::uint32_t>(random.uniform_below(64)));
      }
      written += static_cast<std::uint32_t>(std::erase_if(waiting, [&](const auto& score) {
        return b.buffer.write(now, score.first, score.second);
      }));
    }
    const double cost = cost_of(config).write_cycles(kScores, config.banks);
    INFO(config.banks << " banks, " << config.table_banks << " of the table: " << now << ", cost "
                      << cost);
    CHECK(double(now) >= 0.8 * cost);
    CHECK(double(now) <= 1.25 * cost);
  }
}

}  // namespace vitcod::test::score_buffer_test
