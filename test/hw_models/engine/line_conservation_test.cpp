// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/compiler/attention/line_splitter.hpp"
#include "test/support/engine_bench.hpp"

namespace vitcod::test::line_conservation_test {
namespace {

constexpr std::uint64_t kNumMachines = 300;

std::uint32_t from_to(Random& random, std::uint32_t low, std::uint32_t high) {
  return low + static_cast<std::uint32_t>(random.uniform_below(high - low + 1));
}

EngineParts random_parts(Random& random) {
  EngineParts parts;
  const auto buffer = [&random] {
    return LocalBufferConfig{from_to(random, 1, 8), from_to(random, 1, 2), from_to(random, 2, 20),
                             from_to(random, 1, 8), from_to(random, 0, 2)};
  };
  parts.qv_buffer = buffer();
  parts.ks_buffer = buffer();
  parts.score_unit = {from_to(random, 1, 6), from_to(random, 1, 9), 5};
  parts.index_buffer.reads_per_cycle = from_to(random, 1, 3);
  parts.spmm_controller = {
      from_to(random, 0, 1) == 0 ? ColumnOrder::kNatural : ColumnOrder::kLongestFirst,
      from_to(random, 0, 4)};
  if (from_to(random, 0, 1) == 0) {
    parts.forwarding = QueryForwardingConfig{from_to(random, 1, 4), from_to(random, 0, 5)};
  }
  parts.lines = {from_to(random, 1, 12), from_to(random, 1, 8), from_to(random, 0, 6), 0,
                 from_to(random, 1, 2)};
  parts.score_buffer = {from_to(random, 1, 8), 1, 8, from_to(random, 1, 8), 0, 1U << 20U, 64, 8};
  for (std::uint32_t* groups : {&parts.qv_buffer.line_groups, &parts.ks_buffer.line_groups,
                                &parts.score_buffer.line_groups}) {
    *groups = from_to(random, 1, 6);
  }
  if (parts.forwarding) parts.forwarding->line_groups = from_to(random, 1, 6);
  return parts;
}

std::unique_ptr<TinyLayer> random_layer(Random& random) {
  const std::uint32_t num_heads = from_to(random, 1, 3);
  const std::uint32_t num_queries = from_to(random, 1, 20);
  const std::uint32_t num_keys = from_to(random, 1, 20);
  std::vector<KeptMap> maps;
  std::vector<std::uint32_t> denser;
  for (std::uint32_t h = 0; h < num_heads; ++h) {
    maps.push_back(random_map(random, num_queries, num_keys, from_to(random, 5, 60)));
    denser.push_back(from_to(random, 0, std::min(4U, num_keys)));
  }
  maps[0].set(0, num_keys - 1, true);  // never without any entry
  denser[0] = std::min(denser[0], num_keys - 1);
  return std::make_unique<TinyLayer>(maps, denser, from_to(random, 1, 20), from_to(random, 1, 20));
}

/// What a phase did, as text; the line-cycles are checked against its length.
std::string account(const EngineBench& engine, Cycle length) {
  REQUIRE(engine.line_cycles() == engine.config.lines.lines * length);
  REQUIRE(engine.cycles.total() == length);
  REQUIRE(engine.statistics.busy.value() > 0);
  Json json;
  engine.bench.stats.write(json);
  return json.dump();
}

/// Runs a phase ahead of time and stepped, each on a bench of its own.
template <typename MakePhase>
void check_phase(const EngineParts& parts, MakePhase make_phase) {
  EngineBench ahead(parts);
  const auto first = make_phase(ahead);
  const Cycle length = ahead.length_of(*first);
  EngineBench stepped(parts);
  const auto second = make_phase(stepped);
  REQUIRE(stepped.stepped_length_of(*second) == length);
  REQUIRE(account(ahead, length) == account(stepped, length));
  REQUIRE(ahead.rows.pushes == stepped.rows.pushes);
}

}  // namespace

TEST_CASE("line-cycles of all reasons are the lines times the cycles: sparser engine") {
  for (std::uint64_t seed = 0; seed < kNumMachines; ++seed) {
    Random random(seed, "line conservation");
    CAPTURE(seed);
    const EngineParts parts = random_parts(random);
    const auto layer = random_layer(random);
    const auto tile = layer->tile();
    check_phase(parts, [&](EngineBench& bench) { return bench.sparser_sddmm(tile); });
    EngineBench sddmm(parts);
    sddmm.length_of(sddmm.sparser_sddmm(tile));
    const SparserScores& scores = sddmm.sparser_scores;  // in the order in which they were made
    REQUIRE(sddmm.statistics.macs.value() == scores.entry_key.size() * layer->layer.query_features);
    check_phase(parts, [&](EngineBench& bench) {
      bench.sparser_scores = scores;
      return bench.sparser_spmm(tile);
    });
  }
}

TEST_CASE("line-cycles of all reasons are the lines times the cycles: denser engine") {
  int num_checked = 0;
  for (std::uint64_t seed = 0; seed < kNumMachines; ++seed) {
    Random random(seed, "line conservation");
    CAPTURE(seed);
    const EngineParts parts = random_parts(random);
    const auto layer = random_layer(random);
    const WorkUnit unit = layer->whole();
    const auto tile = layer->tile();
    if (unit.workload.denser_heads.empty()) continue;
    ++num_checked;
    // All lines to the denser engine: the workload without its sparse part.
    UnitWorkload denser_only = unit.workload;
    denser_only.sparse_entries = 0;
    const LineSplitter splitter(parts.lines, true, true, 1U << 16U);
    const LineSplit split = splitter.split(denser_only, Phase::kSddmm);
    EngineParts all = parts;
    all.lines.lines = split.denser_lines;
    check_phase(all, [&](EngineBench& b) { return b.denser_sddmm(tile, split.shares); });
    check_phase(all, [&](EngineBench& b) { return b.denser_spmm(tile); });
  }
  CHECK(num_checked > 200);
}

}  // namespace vitcod::test::line_conservation_test
