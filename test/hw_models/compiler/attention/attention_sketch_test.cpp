// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/attention_sketch.hpp"

#include <catch2/catch.hpp>

#include "hw_models/compiler/attention/key_cuts.hpp"
#include "test/support/tiny_layer.hpp"

namespace vitcod::test::attention_sketch_test {

// One head, 8 x 8, 8 features, all kept, none denser. Bytes: index (9 + 9) x 2 + 64 = 100; Q, K, V
// 64 each. 64 entries on 4 lines of 8 MACs: 16 cycles a phase.

namespace {

/// A byte a cycle from DRAM, and room for everything.
PlanLimits byte_a_cycle() {
  PlanLimits limits;
  limits.input_bytes = limits.output_bytes = limits.index_bytes = 1'000'000;
  limits.path.dram.bytes_per_cycle = 1;
  return limits;
}

/// When the results of the last of so many equal units are in DRAM.
double end_of(const WorkUnit& unit, const PlanLimits& limits, int num_units) {
  std::vector<JobSketch> jobs;
  for (int i = 0; i < num_units; ++i) append_sketch(unit, limits, jobs);
  Schedule schedule = limits.empty_schedule();
  for (const JobSketch& job : jobs) schedule.add(job);
  return schedule.end();
}

struct Units {
  TinyLayer layer{{KeptMap(8, 8, true)}, {0}, 8, 8};
  WorkUnit unit = layer.whole();

  Units() {
    const LineSplitter splitter(MacLinesConfig{4, 8, 0, 0}, true, true, 100);
    for (Phase phase : {Phase::kSddmm, Phase::kSpmm}) {
      unit.split[static_cast<std::size_t>(phase)] = splitter.split(unit.workload, phase);
    }
    unit.is_first_load = unit.is_last_load = true;
  }

  double end_of(const PlanLimits& limits, int num_units) const {
    return attention_sketch_test::end_of(unit, limits, num_units);
  }
};

}  // namespace

TEST_CASE("a unit's phases wait for their operands, and its results for DRAM") {
  // Index, K and Q by 228, SDDMM to 244; V by 292, SpMM to 308; its 64 bytes leave from 292 on.
  CHECK(Units().end_of(byte_a_cycle(), 1) == 356);
}

TEST_CASE("operands that come at once leave the phases alone") {
  PlanLimits limits = byte_a_cycle();
  limits.path.dram.bytes_per_cycle = kUnbounded;
  CHECK(Units().end_of(limits, 1) == 32);
  CHECK(Units().end_of(limits, 3) == 96);
  limits.phases.engines[1].phase_cycles = 3;  // a phase
  limits.phases.engines[1].score_latency = 4;
  CHECK(Units().end_of(limits, 3) == 126);
}

TEST_CASE("score units and the normaliser bound the phases") {
  const Units units;
  PlanLimits limits = byte_a_cycle();
  limits.path.dram.bytes_per_cycle = kUnbounded;
  limits.phases.engines[0].scores_per_cycle = 1;
  limits.phases.engines[1].scores_per_cycle =
      2;  // 64 scores of the sparser engine: 32 cycles for 16
  CHECK(units.end_of(limits, 1) == 32 + 16);
  limits.phases.normaliser.features_per_cycle = 3;  // 8 rows of 8 features: 3 cycles each
  CHECK(units.end_of(limits, 1) == 32 + 24);
}

TEST_CASE("lines look up their first column segments one after the other") {
  const Units units;  // 64 entries, all of the sparser engine
  PlanLimits limits = byte_a_cycle();
  limits.path.dram.bytes_per_cycle = kUnbounded;
  limits.phases.look_ups.lines = 10;
  limits.phases.look_ups.look_ups_per_cycle = 4;
  CHECK(units.end_of(limits, 1) == 32 + 3);
  limits.phases.look_ups.lines = 1000;  // more than there are entries
  CHECK(units.end_of(limits, 1) == 32 + 16);
}

TEST_CASE("rows of which both engines have scores are merged between the phases") {
  TinyLayer layer({KeptMap(8, 8, true)}, {2}, 8, 8);
  WorkUnit unit = layer.whole();
  PlanLimits limits = byte_a_cycle();
  limits.path.dram.bytes_per_cycle = kUnbounded;
  limits.phases.normaliser.merge_rows_per_cycle = 4;
  CHECK(end_of(unit, limits, 1) == 2);
}

TEST_CASE("without prefetch a unit's operands come when the unit before is computed") {
  CHECK(Units().end_of(byte_a_cycle(), 2) == 308 + 356);
}

TEST_CASE("with prefetch the path goes on while the engines compute") {
  PlanLimits limits = byte_a_cycle();
  limits.prefetch_units = 1;
  // The path is free at 292: index, K and Q by 520, V by 584; SpMM to 600, its rows by 648.
  CHECK(Units().end_of(limits, 2) == 648);
  CHECK(Units().end_of(limits, 3) == 940);
}

TEST_CASE("loads wait until earlier operands have made room") {
  PlanLimits limits = byte_a_cycle();
  limits.prefetch_units = 1;
  limits.input_bytes = 128;  // Q and K
  // V waits for the end of the SDDMM at 244: 308, SpMM to 324. Index and K of the second unit by
  // 472, Q beside it from 324 on by 536, SDDMM to 552, V by 616, SpMM to 632, rows by 680.
  CHECK(Units().end_of(limits, 2) == 680);
  // One index at a time: the second unit's comes from 308 on, without room for more before.
  limits = byte_a_cycle();
  limits.prefetch_units = 1;
  limits.index_bytes = 199;
  CHECK(Units().end_of(limits, 2) == 308 + 356);
  limits.index_bytes = 200;
  CHECK(Units().end_of(limits, 2) == 648);
}

TEST_CASE("phases wait until earlier scores and results have left the output buffer") {
  // S 192 bytes, results 64. All operands are there at once.
  const Units units;
  PlanLimits limits = byte_a_cycle();
  limits.path.dram.bytes_per_cycle = kUnbounded;
  limits.path.output.port_bytes = 0.5;  // results by 16 + 128; the last packet takes 128 more
  limits.output_bytes = 256;
  limits.prefetch_units = 1;
  // S of the second unit at 32, its results at 272: SpMM to 288, rows by 272 + 2 x 128.
  CHECK(units.end_of(limits, 1) == 272);
  CHECK(units.end_of(limits, 2) == 272 + 256);
  limits.output_bytes = 2 * 256;
  CHECK(units.end_of(limits, 2) == 272 + 128);
}

TEST_CASE("each place of the path works on one load at a time, beside the others") {
  const Units units;
  PlanLimits limits = byte_a_cycle();
  limits.path.decoder.write_bytes =
      0.25;  // all of the sparser engine: 292 bytes there, 1168 cycles
  CHECK(units.end_of(limits, 1) == 1168 + 64);
  // Two denser columns: K and V are split 16 to 48, Q goes to the denser engine. It has 64 + 16 of
  // Q and K when the sparser one, with the index (2 x (7 + 9) + 48 + 2 mask bytes), has 82 + 48.
  TinyLayer layer({KeptMap(8, 8, true)}, {2}, 8, 8);
  CHECK(end_of(layer.whole(), limits, 1) == 4 * (82 + 48 + 48) + 64);
}

TEST_CASE("the narrowest place of the path sets the pace") {
  const Units units;
  PlanLimits limits = byte_a_cycle();
  limits.path.crossbar.port_bytes = 0.5;
  CHECK(units.end_of(limits, 1) == 2 * 292 + 128);
  limits = byte_a_cycle();
  limits.path.decoder.latency_cycles = 10;
  CHECK(units.end_of(limits, 1) == 302 + 64);
}

TEST_CASE("packets wait for a place in the staging") {
  // 32-byte packets, 20 cycles from request to data: 10 of them (4 of the index, 2 of K, Q and V
  // each), 20 cycles each one after the other, then two rows of packets back.
  const Units units;
  PlanLimits limits = byte_a_cycle();
  limits.path.dram.bytes_per_cycle = kUnbounded;
  limits.path.dma.packet_bytes = 32;
  limits.path.dram.read_cycles = 20;
  limits.path.dma.read_packets = 1;
  CHECK(units.end_of(limits, 1) == 200 + 20 + 16 + 20);
  limits.path.dma.read_packets = 5;
  limits.path.input.staging_bytes = 2 * 32 + 31;  // two places
  CHECK(units.end_of(limits, 1) == 100 + 20 + 16 + 20);
}

TEST_CASE("compressed operands are decoded on their way") {
  // Four heads compressed to two: rows of 16 bytes; 8 x 4 rows of 8 features, 2 MACs each.
  TinyLayer layer(std::vector<KeptMap>(4, KeptMap(8, 8, true)), {0, 0, 0, 0}, 8, 8);
  layer.layer.compressed_heads = 2;
  WorkUnit unit = layer.whole();
  unit.is_first_load = unit.is_last_load = true;
  PlanLimits limits = byte_a_cycle();
  limits.path.decoder.macs_per_cycle = 2;
  // Index to 400; K and Q 128 bytes each, but 512 MACs at 2 a cycle in the decoder, which K
  // reaches at 400. V from DRAM at 912. No phases; 256 bytes of results.
  CHECK(end_of(unit, limits, 1) == 912 + 256);
  limits.path.decoder.macs_per_cycle = 1;
  CHECK(end_of(unit, limits, 1) == 400 + 2 * 512 + 256);
}

TEST_CASE("key tiles: SDDMM after SDDMM, then SpMM after SpMM, whose rows are carried") {
  // Q with half of K fits: two key tiles of all rows. 32 entries a phase: 8 cycles.
  const Units whole;
  PlanLimits limits = byte_a_cycle();
  limits.path.dram.bytes_per_cycle = kUnbounded;
  limits.input_bytes = 96;
  limits.holding.carried_banks = 1;
  Shortage shortage;
  const LineSplitter splitter(MacLinesConfig{4, 8, 0, 0}, true, true, 100);
  const LayerPlan plan = key_cut_plans(whole.layer.layer, limits, splitter, shortage)[0];
  REQUIRE(plan.units.size() == 2);
  const auto end = [&] {
    std::vector<JobSketch> jobs;
    append_sketch(plan.units, limits, jobs);
    CHECK(jobs.size() == 4);
    Schedule schedule = limits.empty_schedule();
    for (const JobSketch& job : jobs) schedule.add(job);
    return schedule.end();
  };
  CHECK(end() == 4 * 8);
  // 8 rows of 36 bytes, written with the first tile and read with the last: 3 cycles each.
  limits.phases.normaliser.carried_bytes_per_cycle = 12;
  CHECK(end() == 2 * 8 + 2 * 24);
}

}  // namespace vitcod::test::attention_sketch_test
