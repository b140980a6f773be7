// SPDX-License-Identifier: Apache-2.0
#include "hw_models/sparser_engine/sparser_engine_cost.hpp"

#include <catch2/catch.hpp>

#include "hw_models/engine/engine_cost.hpp"
#include "test/support/engine_bench.hpp"

namespace vitcod::test::sparser_engine_cost_test {

// 40 rows and 16 keys, all kept, on engines whose buffers are free of conflicts. What the cost
// leaves out is the time between two column segments, or two rows, of a line.

namespace {

constexpr std::uint32_t kRows = 40;
constexpr std::uint32_t kKeys = 16;

struct Case {
  std::uint32_t lines;
  std::uint32_t features;
};
constexpr Case kCases[] = {{8, 8}, {4, 8}, {4, 32}, {1, 16}, {8, 64}};

EngineParts with_lines(std::uint32_t num_lines) {
  EngineParts parts;
  parts.lines.lines = num_lines;
  return parts;
}

std::unique_ptr<TinyLayer> map(std::uint32_t features) {
  const std::vector<KeptMap> maps(1, KeptMap(kRows, kKeys, true));
  return std::make_unique<TinyLayer>(maps, std::vector<std::uint32_t>{0}, features, features);
}

}  // namespace

TEST_CASE("the cost of a sparser SDDMM is what an unloaded engine takes") {
  for (const Case& c : kCases) {
    INFO(c.lines << " lines, " << c.features << " features");
    const EngineParts parts = with_lines(c.lines);
    const EngineCost engine = cost_of(parts.lines, parts.score_unit);
    const double cost =
        double(sparser_sddmm_cycles(kRows * kKeys, kRows, c.features, c.lines, parts.lines)) +
        cost_of(parts.lines, parts.index_buffer).cycles(kRows * kKeys) + engine.phase_cycles +
        engine.score_latency;
    EngineBench bench(parts);
    const auto layer = map(c.features);
    const auto cycles = double(bench.length_of(bench.sparser_sddmm(layer->tile())));
    const double segments = double(kKeys) / c.lines;  // of a line
    CHECK(cycles >= cost);
    CHECK(cycles <= cost + 3 * segments + 3);
  }
}

TEST_CASE("the cost of a sparser SpMM is what an unloaded engine takes") {
  for (const Case& c : kCases) {
    INFO(c.lines << " lines, " << c.features << " features");
    const EngineParts parts = with_lines(c.lines);
    const EngineCost engine = cost_of(parts.lines, parts.score_unit);
    const RowGroups groups = form_row_groups(c.lines, c.features, parts.lines, 1000);
    const double cost =
        double(sparser_spmm_cycles(kRows * kKeys, kRows, kKeys, groups)) + engine.phase_cycles;
    EngineBench bench(parts);
    const auto layer = map(c.features);
    const auto tile = layer->tile();
    bench.sparser_scores.lay_out(*tile, 1, false);
    for (std::uint32_t row = 0; row < kRows; ++row) {
      for (std::uint32_t key = 0; key < kKeys; ++key) {
        bench.sparser_scores.entry_key[bench.sparser_scores.take_entry(row)] = key;
      }
    }
    const auto cycles = double(bench.length_of(bench.sparser_spmm(tile)));
    const double rows = double(kRows) / groups.num_groups;  // of a group
    CHECK(cycles >= cost);
    CHECK(cycles <= cost + 3 * rows + 5);
  }
}

}  // namespace vitcod::test::sparser_engine_cost_test
