// SPDX-License-Identifier: Apache-2.0
#include "hw_models/program/unit_pipeline.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "test/support/tiny_layer.hpp"

using namespace vitcod;
using namespace vitcod::test;

// One head, 8 x 8, 8 features, all kept, none denser. Bytes: index (9 + 9) x 2 + 64 = 100; Q, K, V
// 64 each. 64 entries on 4 lines of 8 MACs: 16 cycles a phase.

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// A byte a cycle from DRAM, and room for everything.
PlanLimits byte_a_cycle() {
  PlanLimits limits;
  limits.input_bytes = limits.output_bytes = limits.index_bytes = 1'000'000;
  limits.path = {1, kInfinite, kInfinite, kInfinite, 0};
  return limits;
}

struct Units {
  TinyLayer layer{{KeptMap(8, 8, true)}, {0}, 8, 8};
  WorkUnit unit = layer.whole();

  Units() {
    const LineSplitter splitter(MacLinesConfig{4, 8, 0, 0}, true, true, 100);
    for (Phase phase : {Phase::kSddmm, Phase::kSpmm}) {
      unit.split[static_cast<std::size_t>(phase)] = splitter.split(unit.workload, phase);
    }
    unit.loads_resident = unit.frees_resident = true;
  }

  /// When so many equal units are done.
  double end_of(const PlanLimits& limits, int num_units) const {
    UnitPipeline pipeline(limits);
    for (int i = 0; i < num_units; ++i) pipeline.add(unit);
    return pipeline.end();
  }
};

}  // namespace

TEST_CASE("a unit's phases wait for their operands") {
  // Index, K and Q by 228, SDDMM to 244; V by 292, SpMM to 308.
  CHECK(Units().end_of(byte_a_cycle(), 1) == 308);
}

TEST_CASE("operands that come at once leave the phases alone") {
  PlanLimits limits = byte_a_cycle();
  limits.path.dram_bytes = kInfinite;
  CHECK(Units().end_of(limits, 1) == 32);
  CHECK(Units().end_of(limits, 3) == 96);
  limits.phase_overhead_cycles = 5;
  CHECK(Units().end_of(limits, 3) == 126);
}

TEST_CASE("without prefetch a unit's operands come when the unit before is done") {
  CHECK(Units().end_of(byte_a_cycle(), 2) == 2 * 308);
}

TEST_CASE("with prefetch the path goes on while the engines compute") {
  PlanLimits limits = byte_a_cycle();
  limits.prefetch_units = 1;
  // The path is free at 292: index, K and Q by 520, V by 584; SpMM to 600.
  CHECK(Units().end_of(limits, 2) == 600);
  CHECK(Units().end_of(limits, 3) == 892);
}

TEST_CASE("loads wait until earlier operands have made room") {
  PlanLimits limits = byte_a_cycle();
  limits.prefetch_units = 1;
  limits.input_bytes = 128;  // Q and K
  // V waits for the end of the SDDMM at 244: 308, SpMM to 324. Index and K of the second unit by
  // 472, Q beside it from 324 on by 536, SDDMM to 552, V by 616, SpMM to 632.
  CHECK(Units().end_of(limits, 2) == 632);
  // One index at a time: the second unit's comes from 308 on, without room for more before.
  limits = byte_a_cycle();
  limits.prefetch_units = 1;
  limits.index_bytes = 199;
  CHECK(Units().end_of(limits, 2) == 2 * 308);
  limits.index_bytes = 200;
  CHECK(Units().end_of(limits, 2) == 600);
}

TEST_CASE("the narrowest place of the path sets the pace") {
  const Units units;
  PlanLimits limits = byte_a_cycle();
  limits.path.port_bytes = 0.5;
  CHECK(units.end_of(limits, 1) == 2 * 292 + 16);
  limits = byte_a_cycle();
  limits.path.write_bytes = 0.25;
  CHECK(units.end_of(limits, 1) == 4 * 292 + 16);
  limits = byte_a_cycle();
  limits.path.latency_cycles = 10;
  CHECK(units.end_of(limits, 1) == 318);
}

TEST_CASE("compressed operands are decoded on their way") {
  // Four heads compressed to two: rows of 16 bytes; 8 x 4 rows of 8 features, 2 MACs each.
  TinyLayer layer(std::vector<KeptMap>(4, KeptMap(8, 8, true)), {0, 0, 0, 0}, 8, 8);
  layer.layer.compressed_heads = 2;
  WorkUnit unit = layer.whole();
  unit.loads_resident = unit.frees_resident = true;
  PlanLimits limits = byte_a_cycle();
  limits.path.decode_macs = 2;
  UnitPipeline pipeline(limits);
  pipeline.add(unit);
  // Index 400; K and Q 128 bytes each, but 512 MACs at 2 a cycle; V 256 bytes. No phases.
  CHECK(pipeline.end() == 400 + 2 * 256 + 256);
}
