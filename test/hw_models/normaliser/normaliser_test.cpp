// SPDX-License-Identifier: Apache-2.0
#include "hw_models/normaliser/normaliser.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/dma/transfer_builder.hpp"
#include "test/support/packet_bench.hpp"
#include "test/support/tiny_trace.hpp"

using namespace vitcod;
using namespace vitcod::test;

// Output rows of 8 features. Unless said otherwise a row is divided in one cycle and packets hold
// one row. A partial row that is pushed in cycle c is seen in c + 1; if it completes its row, the
// row is divided in c + 1, its packet sent in c + 2 and seen in c + 3.

namespace {

using Cycles = std::vector<Cycle>;
using Kind = NormaliserTask::Kind;

struct TimedRow {
  Cycle from;
  std::uint32_t row;
};

struct Setting {
  NormaliserConfig config{8, 1, 2, 1};
  std::uint32_t rows_a_packet = 1;
  std::vector<TimedRow> denser;
  std::vector<TimedRow> sparser;
  RunMode mode;
  Cycle sink_from = 0;
};

std::vector<Source<PartialRow>::Beat> beats_of(const std::vector<TimedRow>& rows) {
  std::vector<Source<PartialRow>::Beat> beats;
  for (const TimedRow& row : rows) beats.push_back({row.from, PartialRow{row.row}});
  return beats;
}

/// A normaliser with one order, given in cycle 0 and seen in 1, for all of a tiny trace.
class Bench {
 public:
  Bench(const TinyTrace& trace, UnitContext& unit, Kind kind, const Setting& setting,
        OperandImage* image = nullptr)
      : layout_(trace.trace),
        output_(TransferBuilder(layout_, 8 * setting.rows_a_packet, true).output(unit)),
        bench(setting.mode),
        countdown(1 + (kind == Kind::kNormaliseRows ? output_->packets.size() : 0)),
        normaliser("normaliser", bench.clock, setting.config, image, bench.stats),
        task("task", bench, {{0, NormaliserTask{kind, &unit, output_.get()}}}),
        denser("denser", bench, beats_of(setting.denser)),
        sparser("sparser", bench, beats_of(setting.sparser)),
        done("done", bench, countdown),
        packets("packets", bench, countdown, setting.sink_from) {
    links_.push_back(connect(bench, task.out, normaliser.task_in));
    links_.push_back(connect(bench, denser.out, normaliser.denser_in, 1));
    links_.push_back(connect(bench, sparser.out, normaliser.sparser_in, 1));
    links_.push_back(connect(bench, normaliser.done_out, done.in));
    auto packet_link = std::make_unique<Link<PacketRef>>("packet_link", bench.clock, 2);
    normaliser.packet_out(*packet_link);
    packets.in(*packet_link);
    links_.push_back(std::move(packet_link));
    bench.run();
  }

  /// First row of each packet, in order of arrival.
  std::vector<std::uint32_t> packet_rows() const {
    std::vector<std::uint32_t> rows;
    for (const auto& arrival : packets.arrivals) rows.push_back(arrival.value.packet->first_row);
    return rows;
  }
  Json statistics() const {
    Json json;
    bench.stats.write(json);
    return json["normaliser"];
  }

 private:
  DramLayout layout_;
  std::unique_ptr<Transfer> output_;

 public:
  SimBench bench;
  std::size_t countdown;
  Normaliser normaliser;
  Source<NormaliserTask> task;
  Source<PartialRow> denser;
  Source<PartialRow> sparser;
  Sink<NormaliserDone> done;
  Sink<PacketRef> packets;

 private:
  std::vector<std::unique_ptr<LinkBase>> links_;
};

using Rows = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("merging exponents takes a cycle for each merge_rows_per_cycle shared rows") {
  // One denser column, which every row has; rows 0, 1 and 3 have sparse entries as well. Seen in 1;
  // three rows one by one: cycles 1-3, answered in 3, seen in 4.
  const TinyTrace trace({{{"xx", ".x", "x.", "xx"}, 1}}, 8, 8);
  const auto unit = trace.tiny.context();
  const auto seen_at = [&](std::uint32_t rate, const RunMode& mode) {
    Setting setting;
    setting.config.merge_rows_per_cycle = rate;
    setting.mode = mode;
    return Bench(trace, *unit, Kind::kMergeExponents, setting).done.cycles();
  };
  for (const RunMode& mode : all_run_modes()) {
    CHECK(seen_at(1, mode) == Cycles{4});
    CHECK(seen_at(2, mode) == Cycles{3});
    CHECK(seen_at(3, mode) == Cycles{2});
  }
  // Nothing to merge: one cycle.
  const TinyTrace sparse({{{"xx", ".x"}, 0}}, 8, 8);
  const auto sparse_unit = sparse.tiny.context();
  CHECK(Bench(sparse, *sparse_unit, Kind::kMergeExponents, {}).done.cycles() == Cycles{2});
}

TEST_CASE("a row that both engines share is complete with its second half") {
  // Seen: denser rows 0 in 5 and 1 in 7; sparser rows 1 in 8 and 0 in 10.
  //   row 1   divided in 8, packet sent in 9, seen in 10
  //   row 0   divided in 10, packet sent in 11, seen in 12; answered in 11 as well
  const TinyTrace trace({{{"xx", "xx"}, 1}}, 8, 8);
  const auto unit = trace.tiny.context();
  Setting setting;
  setting.denser = {{4, 0}, {6, 1}};
  setting.sparser = {{7, 1}, {9, 0}};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(trace, *unit, Kind::kNormaliseRows, setting);
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
  const Bench slow(trace, *unit, Kind::kNormaliseRows, setting);
  CHECK(slow.packets.cycles() == Cycles{12, 15});
}

TEST_CASE("halves that are seen in the same cycle complete their row in it") {
  const TinyTrace trace({{{"xx"}, 1}}, 8, 8);
  const auto unit = trace.tiny.context();
  Setting setting;
  setting.denser = {{4, 0}};
  setting.sparser = {{4, 0}};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    CHECK(Bench(trace, *unit, Kind::kNormaliseRows, setting).packets.cycles() == Cycles{7});
  }
}

TEST_CASE("a packet leaves with the last of its rows") {
  const TinyTrace trace({{{"x", "x", "x"}, 0}}, 8, 8);
  const auto unit = trace.tiny.context();
  Setting setting;
  setting.rows_a_packet = 2;  // rows 0 and 1; row 2
  setting.sparser = {{2, 1}, {10, 2}, {20, 0}};
  const Bench bench(trace, *unit, Kind::kNormaliseRows, setting);
  CHECK(bench.packet_rows() == Rows{2, 0});
  CHECK(bench.packets.cycles() == Cycles{13, 23});
  CHECK(bench.done.cycles() == Cycles{23});
}

TEST_CASE("rows without entries are made when nothing else is ready") {
  // Rows 1 and 2 have no entries: divided in 1 and 2, packets seen in 3 and 4.
  const TinyTrace trace({{{"x", ".", "."}, 0}}, 8, 8);
  const auto unit = trace.tiny.context();
  Setting setting;
  setting.sparser = {{6, 0}};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(trace, *unit, Kind::kNormaliseRows, setting);
    CHECK(bench.packet_rows() == Rows{1, 2, 0});
    CHECK(bench.packets.cycles() == Cycles{3, 4, 9});
  }
  // Three cycles a row: row 1 in 1-3. Row 0 is seen in 2 and goes before row 2: in 4-6.
  setting.config.features_per_cycle = 3;
  setting.sparser = {{1, 0}};
  const Bench slow(trace, *unit, Kind::kNormaliseRows, setting);
  CHECK(slow.packet_rows() == Rows{1, 0, 2});
  CHECK(slow.packets.cycles() == Cycles{5, 8, 11});
}

TEST_CASE("no more than rows_buffered halves of an engine wait, and the engine feels it") {
  // Links of depth 1: a row every second cycle. Denser rows 0 and 1 are taken in 3 and 5; row 2 is
  // seen in 7 and waits for a place. Row 0's other half, seen in 21, frees one: row 2 is taken in
  // 22, and row 3 can be pushed in 23.
  const TinyTrace trace({{{"xx", "xx", "xx", "xx"}, 1}}, 8, 8);
  const auto unit = trace.tiny.context();
  Setting setting;
  setting.denser = {{2, 0}, {2, 1}, {2, 2}, {2, 3}};
  setting.sparser = {{20, 0}, {30, 1}, {40, 2}, {50, 3}};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(trace, *unit, Kind::kNormaliseRows, setting);
    CHECK(bench.denser.pushed_at == Cycles{2, 4, 6, 23});
    CHECK(bench.packets.cycles() == Cycles{23, 33, 43, 53});
  }
}

TEST_CASE("two complete rows can wait for the dividers") {
  // 8 cycles a row. Row 0 is taken in 3 and divided in 3-10; rows 1 and 2 wait from 5 and 7 on; row
  // 3, seen in 9, is taken when row 1 has begun (in 11): in 12.
  const TinyTrace trace({{{"x", "x", "x", "x", "x"}, 0}}, 8, 8);
  const auto unit = trace.tiny.context();
  Setting setting;
  setting.config.features_per_cycle = 1;
  setting.sparser = {{2, 0}, {2, 1}, {2, 2}, {2, 3}, {2, 4}};
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(trace, *unit, Kind::kNormaliseRows, setting);
    CHECK(bench.sparser.pushed_at == Cycles{2, 4, 6, 8, 13});
    CHECK(bench.packets.cycles() == Cycles{12, 20, 28, 36, 44});
  }
}

TEST_CASE("packets wait for the crossbar, and the cycles have reasons") {
  // Rows seen in 3, 5, 7; packets sent in 4 and 6 fill the link; the third one is ready in 8 and is
  // sent in 31, after the first one was taken in 30. Seen in 32.
  const TinyTrace trace({{{"x", "x", "x"}, 0}}, 8, 8);
  const auto unit = trace.tiny.context();
  Setting setting;
  setting.sparser = {{2, 0}, {2, 1}, {2, 2}};
  setting.sink_from = 30;
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const Bench bench(trace, *unit, Kind::kNormaliseRows, setting);
    CHECK(bench.packets.cycles() == Cycles{30, 31, 32});
    CHECK(bench.done.cycles() == Cycles{32});
    // idle: 0 and 32 (answered in 31); dividing: 3, 5, 7, and the answer's cycle 31; waiting for
    // rows: 1, 2, 4, 6; blocked: 8 to 30.
    CHECK(bench.statistics()["cycles"].dump() ==
          R"({"idle":2,"merging":0,"normalising":4,"wait_rows":4,"output_blocked":23})");
  }
}

TEST_CASE("values: exponents are merged, and rows divided by the sum of both row sums") {
  const TinyTrace trace({{{"xx", "xx"}, 1}, {{"xx", "xx"}, 1}}, 8, 2);
  OperandSource source;
  OperandImage image(trace.trace, source);
  // Head 1, query 1 alone: its output is the last row of the tensor.
  const auto unit = make_unit_context(trace.tiny.unit(1, 1, 1, 1), true);
  unit->row_exponent = {std::vector<std::int16_t>{-3}, std::vector<std::int16_t>{5}};
  Setting setting;
  Bench(trace, *unit, Kind::kMergeExponents, setting, &image);
  CHECK(unit->row_exponent[0][0] == 5);
  unit->accumulator = {std::vector<std::int32_t>{1000, -1000},
                       std::vector<std::int32_t>{550, -550}};
  unit->row_sum = {Rows{60}, Rows{40}};
  setting.denser = {{2, 0}};
  setting.sparser = {{4, 0}};
  Bench(trace, *unit, Kind::kNormaliseRows, setting, &image);
  // 1550 / 100 = 15.5 and -15.5, rounded half up.
  const std::vector<std::int8_t> expected = {0, 0, 0, 0, 0, 0, 16, -15};
  CHECK(image.output(trace.tiny.layer.output) == expected);
}
