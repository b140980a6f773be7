// SPDX-License-Identifier: Apache-2.0
#include "hw_models/denser_engine/denser_engine_cost.hpp"

#include <catch2/catch.hpp>

#include "hw_models/engine/engine_cost.hpp"
#include "test/support/engine_bench.hpp"

namespace vitcod::test::denser_engine_cost_test {

// Blocks of 40 rows and 8 columns on engines whose buffers are free of conflicts. What the cost
// leaves out is that a group begins when all its lines have their K rows.

namespace {

constexpr std::uint32_t kRows = 40;
constexpr std::uint32_t kColumns = 8;

struct Case {
  std::uint32_t lines;
  std::uint32_t features;
};
constexpr Case kCases[] = {{8, 8}, {4, 8}, {4, 32}, {1, 16}, {8, 64}};

std::unique_ptr<TinyLayer> block(std::uint32_t features) {
  const std::vector<KeptMap> maps(1, KeptMap(kRows, kColumns + 1, true));
  return std::make_unique<TinyLayer>(maps, std::vector<std::uint32_t>{kColumns}, features,
                                     features);
}

EngineParts with_lines(std::uint32_t num_lines) {
  EngineParts parts;
  parts.lines.lines = num_lines;
  return parts;
}

}  // namespace

TEST_CASE("the cost of a denser SDDMM is what an unloaded engine takes") {
  for (const Case& c : kCases) {
    INFO(c.lines << " lines, " << c.features << " features");
    const EngineParts parts = with_lines(c.lines);
    const EngineCost engine = cost_of(parts.lines, parts.score_unit);
    const std::uint64_t steps = kRows * kColumns / c.lines;
    const double cost = double(denser_sddmm_cycles(steps, c.features, parts.lines)) +
                        engine.phase_cycles + engine.score_latency;
    EngineBench bench(parts);
    const auto layer = block(c.features);
    const auto cycles =
        double(bench.length_of(bench.denser_sddmm(layer->tile(), {{0, 0, kRows, c.lines}})));
    CHECK(cycles >= cost);
    CHECK(cycles <= cost + 2 * c.lines);
  }
}

TEST_CASE("the cost of a denser SpMM is what an unloaded engine takes") {
  for (const Case& c : kCases) {
    INFO(c.lines << " lines, " << c.features << " features");
    const EngineParts parts = with_lines(c.lines);
    const EngineCost engine = cost_of(parts.lines, parts.score_unit);
    const RowGroups groups = form_row_groups(c.lines, c.features, parts.lines, 1000);
    const double cost = double(denser_spmm_cycles(kColumns, kRows, groups)) + engine.phase_cycles;
    EngineBench bench(parts);
    const auto layer = block(c.features);
    const auto cycles = double(bench.length_of(bench.denser_spmm(layer->tile())));
    CHECK(cycles >= cost);
    CHECK(cycles <= cost + c.lines + 3);
  }
}

}  // namespace vitcod::test::denser_engine_cost_test
