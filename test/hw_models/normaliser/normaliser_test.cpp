// SPDX-License-Identifier: Apache-2.0
#include "hw_models/normaliser/normaliser.hpp"

#include <catch2/catch.hpp>

#include "hw_models/normaliser/normaliser_cost.hpp"
#include "test/hw_models/normaliser/normaliser_bench.hpp"

namespace vitcod::test::normaliser_test {

// Output rows of 8 features. Unless said otherwise a row is divided in one cycle and packets hold
// one row. A partial row that is pushed in cycle c is seen in c + 1; if it completes its row, the
// row is divided in c + 1, its packet sent in c + 2 and seen in c + 3.

namespace {

using Cycles = std::vector<Cycle>;
using Rows = std::vector<std::uint32_t>;
using Kind = NormaliserBench::Kind;

}  // namespace

TEST_CASE("merging exponents takes a cycle for each merge_rows_per_cycle shared rows") {
  // One denser column, which every row has; rows 0, 1 and 3 have sparse entries as well. Seen in 1;
  // three rows one by one: cycles 1-3, answered in 3, seen in 4.
  const TinyTrace trace({{{"xx", ".x", "x.", "xx"}, 1}}, 8, 8);
  const WorkUnit unit = trace.tiny.whole();
  const auto seen_at = [&](std::uint32_t rate, const RunMode& mode) {
    NormaliserSetting setting;
    setting.config.merge_rows_per_cycle = rate;
    setting.mode = mode;
    return NormaliserBench(trace, unit, Kind::kMergeExponents, setting).done.cycles();
  };
  for (const RunMode& mode : all_run_modes()) {
    CHECK(seen_at(1, mode) == Cycles{4});
    CHECK(seen_at(2, mode) == Cycles{3});
    CHECK(seen_at(3, mode) == Cycles{2});
  }
  // Nothing to merge: one cycle.
  const TinyTrace sparse({{{"xx", ".x"}, 0}}, 8, 8);
  const WorkUnit sparse_unit = sparse.tiny.whole();
  CHECK(NormaliserBench(sparse, sparse_unit, Kind::kMergeExponents, {}).done.cycles() == Cycles{2});
}

TEST_CASE("a row that both engines share is complete with its second half") {
  // Seen: denser rows 0 in 5 and 1 in 7; sparser rows 1 in 8 and 0 in 10.
  //   row 1   divided in 8, packet sent in 9, seen in 10
  //   row 0   divided in 10, packet sent in 11, seen in 12; answered in 11 as well
  const TinyTrace trace({{{"xx", "xx"}, 1}}, 8, 8);
  const WorkUnit unit = trace.tiny.whole();
  NormaliserSetting setting;
  setting.denser = {{4, 0}, {6, 1}};
  setting.sparser = {{7, 1}, {9, 0}};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const NormaliserBench bench(trace, unit, Kind::kNormaliseRows, setting);
    CHECK(bench.packets.cycles() == Cycles{10, 12});
    CHECK(bench.packet_rows() == Rows{1, 0});
    CHECK(bench.done.cycles() == Cycles{12});
    CHECK(bench.statistics()["merged_rows"] == 2);
    // Both denser halves waited in the output buffer: 8 accumulators and a sum of 4 bytes each.
    CHECK(bench.statistics()["partial_bytes_written"] == 2 * 36);
    CHECK(bench.statistics()["partial_bytes_read"] == 2 * 36);
  }
  // Three cycles a row: row 1 in 8-10; row 0, complete in 10, in 11-13; its packet is sent in 14.
  setting.config.features_per_cycle = 3;
  const NormaliserBench slow(trace, unit, Kind::kNormaliseRows, setting);
  CHECK(slow.packets.cycles() == Cycles{12, 15});
}

TEST_CASE("halves that are seen in the same cycle complete their row in it") {
  const TinyTrace trace({{{"xx"}, 1}}, 8, 8);
  const WorkUnit unit = trace.tiny.whole();
  NormaliserSetting setting;
  setting.denser = {{4, 0}};
  setting.sparser = {{4, 0}};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    CHECK(NormaliserBench(trace, unit, Kind::kNormaliseRows, setting).packets.cycles() ==
          Cycles{7});
  }
}

TEST_CASE("a packet leaves with the last of its rows") {
  const TinyTrace trace({{{"x", "x", "x"}, 0}}, 8, 8);
  const WorkUnit unit = trace.tiny.whole();
  NormaliserSetting setting;
  setting.rows_a_packet = 2;  // rows 0 and 1; row 2
  setting.sparser = {{2, 1}, {10, 2}, {20, 0}};
  const NormaliserBench bench(trace, unit, Kind::kNormaliseRows, setting);
  CHECK(bench.packet_rows() == Rows{2, 0});
  CHECK(bench.packets.cycles() == Cycles{13, 23});
  CHECK(bench.done.cycles() == Cycles{23});
}

TEST_CASE("output packets hold whole rows of one head") {
  struct Seen {
    std::uint64_t offset;
    std::uint32_t bytes, first_row, num_rows;
    bool operator==(const Seen&) const = default;
  };
  const auto seen = [](const TinyTrace& trace, const WorkUnit& unit, std::uint32_t rows_a_packet) {
    NormaliserSetting setting;
    setting.rows_a_packet = rows_a_packet;
    const NormaliserBench bench(trace, unit, Kind::kNormaliseRows, setting);
    std::vector<Seen> list;
    for (const auto& arrival : bench.packets.arrivals) {
      const Packet& packet = arrival.value;
      list.push_back(
          Seen{packet.address - 3 * 4096, packet.bytes, packet.first_row, packet.num_rows});
    }
    return list;
  };
  // Rows of 24 bytes, two a packet; a tile of 3 rows from row 1 on of two heads with 5 rows. None
  // has entries: they are made in order.
  const TinyTrace trace({{Drawing(5, ".."), 0}, {Drawing(5, ".."), 0}}, 8, 24);
  CHECK(seen(trace, trace.tiny.unit(0, 2, 1, 3), 2) ==
        std::vector<Seen>{{24, 48, 0, 2}, {72, 24, 2, 1}, {144, 48, 3, 2}, {192, 24, 5, 1}});
  // A row longer than a packet is a packet of its own.
  const TinyTrace wide({{Drawing(2, ".."), 0}}, 8, 100);
  CHECK(seen(wide, wide.tiny.whole(), 1) == std::vector<Seen>{{0, 100, 0, 1}, {100, 100, 1, 1}});
}

TEST_CASE("rows without entries are made when nothing else is ready") {
  // Rows 1 and 2 have no entries: divided in 1 and 2, packets seen in 3 and 4.
  const TinyTrace trace({{{"x", ".", "."}, 0}}, 8, 8);
  const WorkUnit unit = trace.tiny.whole();
  NormaliserSetting setting;
  setting.sparser = {{6, 0}};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const NormaliserBench bench(trace, unit, Kind::kNormaliseRows, setting);
    CHECK(bench.packet_rows() == Rows{1, 2, 0});
    CHECK(bench.packets.cycles() == Cycles{3, 4, 9});
  }
  // Three cycles a row: row 1 in 1-3. Row 0 is seen in 2 and goes before row 2: in 4-6.
  setting.config.features_per_cycle = 3;
  setting.sparser = {{1, 0}};
  const NormaliserBench slow(trace, unit, Kind::kNormaliseRows, setting);
  CHECK(slow.packet_rows() == Rows{1, 0, 2});
  CHECK(slow.packets.cycles() == Cycles{5, 8, 11});
}

TEST_CASE("no more than rows_buffered halves of an engine wait, and the engine feels it") {
  // Links of depth 1: a row every second cycle. Denser rows 0 and 1 are taken in 3 and 5; row 2 is
  // seen in 7 and waits for a place. Row 0's other half, seen in 21, frees one: row 2 is taken in
  // 22, and row 3 can be pushed in 23.
  const TinyTrace trace({{{"xx", "xx", "xx", "xx"}, 1}}, 8, 8);
  const WorkUnit unit = trace.tiny.whole();
  NormaliserSetting setting;
  setting.denser = {{2, 0}, {2, 1}, {2, 2}, {2, 3}};
  setting.sparser = {{20, 0}, {30, 1}, {40, 2}, {50, 3}};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const NormaliserBench bench(trace, unit, Kind::kNormaliseRows, setting);
    CHECK(bench.denser.pushed_at == Cycles{2, 4, 6, 23});
    CHECK(bench.packets.cycles() == Cycles{23, 33, 43, 53});
  }
}

TEST_CASE("two complete rows can wait for the dividers") {
  // 8 cycles a row. Row 0 is taken in 3 and divided in 3-10; rows 1 and 2 wait from 5 and 7 on; row
  // 3, seen in 9, is taken when row 1 has begun (in 11): in 12.
  const TinyTrace trace({{{"x", "x", "x", "x", "x"}, 0}}, 8, 8);
  const WorkUnit unit = trace.tiny.whole();
  NormaliserSetting setting;
  setting.config.features_per_cycle = 1;
  setting.sparser = {{2, 0}, {2, 1}, {2, 2}, {2, 3}, {2, 4}};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const NormaliserBench bench(trace, unit, Kind::kNormaliseRows, setting);
    CHECK(bench.sparser.pushed_at == Cycles{2, 4, 6, 8, 13});
    CHECK(bench.packets.cycles() == Cycles{12, 20, 28, 36, 44});
  }
}

TEST_CASE("packets wait for the crossbar, and the cycles have reasons") {
  // Rows seen in 3, 5, 7; packets sent in 4 and 6 fill the link; the third one is ready in 8 and is
  // sent in 31, after the first one was taken in 30. Seen in 32.
  const TinyTrace trace({{{"x", "x", "x"}, 0}}, 8, 8);
  const WorkUnit unit = trace.tiny.whole();
  NormaliserSetting setting;
  setting.sparser = {{2, 0}, {2, 1}, {2, 2}};
  setting.sink_from = 30;
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const NormaliserBench bench(trace, unit, Kind::kNormaliseRows, setting);
    CHECK(bench.packets.cycles() == Cycles{30, 31, 32});
    CHECK(bench.done.cycles() == Cycles{32});
    // idle: 0 and 32 (answered in 31); dividing: 3, 5, 7, and the answer's cycle 31; waiting for
    // rows: 1, 2, 4, 6; blocked: 8 to 30.
    CHECK(bench.statistics()["cycles"].dump() ==
          R"({"idle":2,"merging":0,"normalising":4,"wait_rows":4,"output_blocked":23})");
  }
}

TEST_CASE("the costs of merging and of dividing are what an unloaded normaliser takes") {
  // 24 rows, in all of which both engines have scores. The order is seen in 1, the answer a cycle
  // after its last one.
  const TinyTrace trace({{Drawing(24, "xx"), 1}}, 8, 8);
  const WorkUnit unit = trace.tiny.whole();
  NormaliserSetting setting;
  for (const std::uint32_t rate : {1U, 2U, 8U}) {
    setting.config.merge_rows_per_cycle = rate;
    CHECK(double(NormaliserBench(trace, unit, Kind::kMergeExponents, setting).done.cycles()[0]) ==
          1 + cost_of(setting.config).merge_cycles(24));
  }
  // Rows come faster than they are divided, from 1 on, seen in 2; the last packet is sent a cycle
  // after its row is divided and seen a cycle later.
  for (std::uint32_t row = 0; row < 24; ++row) {
    setting.denser.push_back({1 + row, row});
    setting.sparser.push_back({1 + row, row});
  }
  for (const std::uint32_t rate : {3U, 2U}) {
    setting.config.features_per_cycle = rate;
    const NormaliserBench bench(trace, unit, Kind::kNormaliseRows, setting);
    CHECK(double(bench.packets.cycles().back()) ==
          2 + cost_of(setting.config).normalise_cycles(24, 8) + 1);
  }
}

}  // namespace vitcod::test::normaliser_test
