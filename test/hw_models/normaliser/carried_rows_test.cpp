// SPDX-License-Identifier: Apache-2.0
// Rows whose keys are cut into tiles: what is carried from one tile to the next.
#include <catch2/catch.hpp>

#include "hw_models/normaliser/normaliser_cost.hpp"
#include "hw_models/normaliser/normaliser_parts.hpp"
#include "sim/base/errors.hpp"
#include "test/hw_models/normaliser/normaliser_bench.hpp"

namespace vitcod::test::carried_rows_test {

// Output rows of 8 features: 36 bytes, of which 12 a cycle are read or written. The order is seen
// in 1. Of two rows the first one has an entry, whose share is seen in 5.

namespace {

using Cycles = std::vector<Cycle>;
using Kind = NormaliserBench::Kind;

NormaliserSetting setting_of(bool resumes, bool carries) {
  NormaliserSetting setting;
  setting.config.carried_bytes_per_cycle = 12;
  setting.sparser = {{4, 0}};
  setting.resumes = resumes;
  setting.carries = carries;
  return setting;
}

struct Moved {
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  bool operator==(const Moved&) const = default;
};

Moved moved_by(const NormaliserBench& bench) {
  const Json statistics = bench.statistics();
  return {statistics["carried_bytes_read"], statistics["carried_bytes_written"]};
}

}  // namespace

TEST_CASE("with the first key tile all rows are written, and none leaves") {
  // Row 1: added in 1, written in 2-4; row 0 in 5 and 6-8. Answered in 9, seen in 10.
  const TinyTrace trace({{{"x", "."}, 0}}, 8, 8);
  NormaliserSetting setting = setting_of(false, true);
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const NormaliserBench bench(trace, trace.tiny.whole(), Kind::kNormaliseRows, setting);
    CHECK(bench.done.cycles() == Cycles{10});
    CHECK(bench.packets.arrivals.empty());
    CHECK(moved_by(bench) == Moved{0, 72});
    CHECK(bench.statistics()["rows"] == 0);
  }
}

TEST_CASE("with a key tile between, the rows that have shares of it are read and written") {
  // Row 0: read in 5-7, added in 8, written in 9-11. Answered in 12.
  const TinyTrace trace({{{"x", "."}, 0}}, 8, 8);
  NormaliserSetting setting = setting_of(true, true);
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const NormaliserBench bench(trace, trace.tiny.whole(), Kind::kNormaliseRows, setting);
    CHECK(bench.done.cycles() == Cycles{13});
    CHECK(moved_by(bench) == Moved{36, 36});
  }
}

TEST_CASE("a key tile between in which no row has entries is done at once") {
  const TinyTrace trace({{{".", "."}, 0}}, 8, 8);
  NormaliserSetting setting = setting_of(true, true);
  setting.sparser.clear();
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const NormaliserBench bench(trace, trace.tiny.whole(), Kind::kNormaliseRows, setting);
    CHECK(bench.done.cycles() == Cycles{2});
    CHECK(moved_by(bench) == Moved{0, 0});
  }
}

TEST_CASE("with the last key tile all rows are read, divided and leave") {
  // Row 1: read in 1-3, divided in 4, its packet sent in 5; row 0 in 5-7, 8 and 9.
  const TinyTrace trace({{{"x", "."}, 0}}, 8, 8);
  NormaliserSetting setting = setting_of(true, false);
  for (const RunMode& mode : all_run_modes()) {
    setting.mode = mode;
    const NormaliserBench bench(trace, trace.tiny.whole(), Kind::kNormaliseRows, setting);
    CHECK(bench.packet_rows() == std::vector<std::uint32_t>{1, 0});
    CHECK(bench.packets.cycles() == Cycles{6, 10});
    CHECK(bench.done.cycles() == Cycles{10});
    CHECK(moved_by(bench) == Moved{72, 0});
  }
}

TEST_CASE("the cost of carrying is what the rows take longer") {
  // 24 rows come faster than they are added; an order of the first key tile.
  const TinyTrace trace({{Drawing(24, "x"), 0}}, 8, 8);
  NormaliserSetting setting;
  setting.carries = true;
  for (std::uint32_t row = 0; row < 24; ++row) setting.sparser.push_back({1 + row, row});
  for (const std::uint32_t width : {5U, 12U, 36U, 100U}) {
    setting.config.carried_bytes_per_cycle = width;
    const NormaliserCost cost = cost_of(setting.config);
    const NormaliserBench bench(trace, trace.tiny.whole(), Kind::kNormaliseRows, setting);
    CHECK(double(bench.done.cycles().back()) ==
          2 + cost.normalise_cycles(24, 8) + cost.carry_cycles(24, 8) + 1);
  }
}

TEST_CASE("the merging sees the engines' rows of all key tiles") {
  // Of key tile 0 the denser engine has all three rows, of key tile 1 the sparser one has two:
  // these are shared, and merged one by one.
  const TinyTrace denser({{{"x", "x", "x"}, 1}}, 8, 8);
  const TinyTrace sparser({{{"x", "x", "."}, 0}}, 8, 8);
  SimBench bench;
  std::size_t countdown = 1;
  MergeKernel kernel;
  kernel.tile = denser.tiny.tile();
  kernel.further = {sparser.tiny.tile()};
  Normaliser normaliser("normaliser", bench.clock, NormaliserConfig{8, 1, 2, 1, {}}, nullptr,
                        bench.stats);
  Source<UnitOrder> order("order", bench, {{0, UnitOrder{&kernel}}});
  Source<PartialRow> no_denser("denser", bench, {});
  Source<PartialRow> no_sparser("sparser", bench, {});
  Sink<UnitDone> done("done", bench, countdown);
  Sink<Packet> packets("packets", bench, countdown);
  const auto links = std::make_tuple(connect(bench, order.out, normaliser.order_in),
                                     connect(bench, no_denser.out, normaliser.denser_in, 1),
                                     connect(bench, no_sparser.out, normaliser.sparser_in, 1),
                                     connect(bench, normaliser.done_out, done.in));
  Link<Packet> packet_link("packet_link", bench.clock, 2);
  normaliser.packet_out(packet_link);
  packets.in(packet_link);
  bench.run();
  CHECK(done.cycles() == Cycles{3});  // seen in 1, merged in 1 and 2
}

TEST_CASE("rows cannot be carried where there is no way for them") {
  const TinyTrace trace({{{"x"}, 0}}, 8, 8);
  NormaliserSetting setting = setting_of(false, true);
  setting.config.carried_bytes_per_cycle.reset();
  CHECK_THROWS_WITH(NormaliserBench(trace, trace.tiny.whole(), Kind::kNormaliseRows, setting),
                    Catch::Contains("rows are carried on no way"));
}

TEST_CASE("the way of carried rows has parts, the more the wider the operand") {
  const PartList none = parts_of(NormaliserConfig{64, 16, 32, 8, {}}, 2);
  const PartList narrow = parts_of(NormaliserConfig{64, 16, 32, 8, 16}, 2);
  const PartList wide = parts_of(NormaliserConfig{64, 16, 32, 8, 260}, 2);
  const auto gated = [](const PartList& parts) {
    return parts.counts[index_of(PartKind::kGatedRegister)];
  };
  const auto multiplexers = [](const PartList& parts) {
    return parts.counts[index_of(PartKind::kMultiplexer)];
  };
  CHECK(gated(narrow) - gated(none) == 260 * 8);  // a row of 64 features
  // An operand of 260 bytes is one of two; 16 of its 17 pieces more to choose from.
  CHECK(multiplexers(narrow) - multiplexers(none) == 260 * 8 + 16 * 16 * 8);
  CHECK(multiplexers(wide) - multiplexers(none) == 260 * 8);
}

}  // namespace vitcod::test::carried_rows_test
