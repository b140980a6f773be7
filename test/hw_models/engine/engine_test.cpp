// SPDX-License-Identifier: Apache-2.0
#include "hw_models/engine/engine.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "test/support/sim_bench.hpp"

namespace vitcod::test::engine_test {
namespace {

using Cycles = std::vector<Cycle>;

/// A phase of `length` cycles, of which the first one is busy, that sends a row in its cycle
/// `row_in` or when there is room.
class FakePhase final : public PhaseMachine {
 public:
  FakePhase(Cycle start, Cycle length, Cycle row_in, LinkWriteIf<PartialRow>& row_out)
      : PhaseMachine(start), start_(start), length_(length), row_in_(row_in), row_out_(row_out) {}

 private:
  void step(Cycle now) override {
    if (now >= start_ + row_in_ && !sent_ && row_out_.room() > 0) {
      row_out_.push_at(PartialRow{nullptr, 7, nullptr}, now);
      sent_ = true;
      end_at(now + length_ - row_in_);
    }
    wants_to_send_ = now + 1 >= start_ + row_in_ && !sent_;
  }
  Cycle next_event(Cycle now) const override { return sent_ ? kOnLink : now + 1; }
  EngineActivity activity(Cycle now) const override {
    if (now == start_) return EngineActivity::kBusy;
    return wants_to_send_ ? EngineActivity::kWaitOutput : EngineActivity::kDrain;
  }
  bool lacks_room() const override { return wants_to_send_ && row_out_.room() == 0; }

  const Cycle start_;
  const Cycle length_;
  const Cycle row_in_;
  LinkWriteIf<PartialRow>& row_out_;
  bool sent_ = false;
  bool wants_to_send_ = false;
};

class FakeEngine final : public Engine {
 public:
  FakeEngine(const sc_core::sc_module_name& name, Clock& clock, std::uint32_t reconfigure_cycles,
             StatGroup& parent)
      : Engine(name, clock, MacLinesConfig{1, 1, 0, reconfigure_cycles}, parent) {}

  Cycles starts;
  static constexpr Cycle kLength = 10;
  static constexpr Cycle kRowIn = 4;

 private:
  std::unique_ptr<PhaseMachine> make_phase(const Kernel&, Cycle start) override {
    starts.push_back(start);
    return std::make_unique<FakePhase>(start, kLength, kRowIn, *row_out.operator->());
  }
};

/// A phase that does not run ahead: it has something to do in the cycles of `due`, ascending, and
/// ends after the last one.
class SparsePhase final : public PhaseMachine {
 public:
  explicit SparsePhase(Cycles due) : PhaseMachine(due.front()), due_(std::move(due)) {}

  bool runs_ahead() const override { return false; }
  Cycles steps;  ///< cycles that were stepped

 private:
  void step(Cycle now) override {
    steps.push_back(now);
    if (now == due_.back()) end_at(now + 3);
  }
  Cycle next_event(Cycle now) const override {
    const auto next = std::upper_bound(due_.begin(), due_.end(), now);
    return next == due_.end() ? kOnLink : *next;
  }
  EngineActivity activity(Cycle now) const override {
    if (ending()) return EngineActivity::kDrain;
    return now == due_.front() ? EngineActivity::kBusy : EngineActivity::kWaitQuery;
  }

  const Cycles due_;
};

/// An order whose kernel the engine does not look at.
UnitOrder order() {
  static const Kernel kernel;
  return UnitOrder{&kernel};
}

/// Engine between a source of orders, a sink of answers and a sink of rows.
struct Bench {
  Bench(std::uint32_t reconfigure_cycles, std::vector<Source<UnitOrder>::Beat> orders,
        const RunMode& mode, Cycle rows_from = 0)
      : bench(mode),
        countdown(2 * orders.size()),
        engine("engine", bench.clock, reconfigure_cycles, bench.stats),
        source("source", bench, std::move(orders)),
        done("done", bench, countdown),
        rows("rows", bench, countdown, rows_from),
        order_link("order_link", bench.clock, 1),
        done_link("done_link", bench.clock, 2),
        row_link("row_link", bench.clock, 1) {
    source.out(order_link);
    engine.order_in(order_link);
    engine.done_out(done_link);
    done.in(done_link);
    engine.row_out(row_link);
    rows.in(row_link);
    bench.run();
  }

  SimBench bench;
  std::size_t countdown;
  FakeEngine engine;
  Source<UnitOrder> source;
  Sink<UnitDone> done;
  Sink<PartialRow> rows;
  Link<UnitOrder> order_link;
  Link<UnitDone> done_link;
  Link<PartialRow> row_link;
};

}  // namespace

TEST_CASE("an order is answered after reconfiguration and the phase") {
  // Ordered in 3, visible in 4; reconfigured in 4-11, the phase in 12-21, answered in 21: seen in
  // 22 = 3 + 1 + 8 + 10. The row is sent in the phase's cycle 4 and seen in 17.
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(8, {{3, order()}}, mode);
    CHECK(bench.engine.starts == Cycles{12});
    CHECK(bench.done.cycles() == Cycles{22});
    CHECK(bench.rows.cycles() == Cycles{17});
    const Bench at_once(0, {{3, order()}}, mode);
    CHECK(at_once.engine.starts == Cycles{4});
    CHECK(at_once.done.cycles() == Cycles{14});
  }
}

TEST_CASE("the next order waits for the end of the phase") {
  // The second order is visible in 5 and taken when the first phase has ended: in 22, the first
  // cycle after it. Phase in 30-39, answer seen in 40.
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(8, {{3, order()}, {4, order()}}, mode);
    CHECK(bench.done.cycles() == Cycles{22, 40});
  }
}

TEST_CASE("a phase that does not run ahead is stepped in the cycles that it named") {
  StatGroup stats("engine");
  EngineCycles cycles(stats, kEngineActivityNames);
  SparsePhase phase({0, 4, 5, 9});
  Cycle now = 0;
  for (; !phase.done(); ++now) phase.advance_one(now, cycles);
  CHECK(phase.steps == Cycles{0, 4, 5, 9});
  CHECK(now == 12);
  // What stands after a step stands until the next one.
  CHECK(cycles.cycles(EngineActivity::kBusy) == 4);
  CHECK(cycles.cycles(EngineActivity::kWaitQuery) == 5);
  CHECK(cycles.cycles(EngineActivity::kDrain) == 3);
}

TEST_CASE("a row that finds no room holds the phase up until there is some") {
  // The first phase's row is seen in 9 and taken in 100 only. The second phase (from 14 on: ordered
  // in 4, taken in 14) wants to send in 18; room is seen in 101: six more cycles, answer seen in
  // 107. The link of depth 1 holds one row at a time.
  for (const RunMode& mode : all_run_modes()) {
    const Bench bench(0, {{3, order()}, {4, order()}}, mode, 100);
    CHECK(bench.done.cycles() == Cycles{14, 107});
    CHECK(bench.rows.cycles() == Cycles{100, 102});
  }
}

TEST_CASE("an engine whose rows are never taken is found to wait for ever") {
  for (RunMode mode : all_run_modes()) {
    mode.watchdog_cycles = 10'000;
    const Cycle never = 1U << 30U;
    CHECK_THROWS_WITH(Bench(0, {{3, order()}, {4, order()}}, mode, never),
                      Catch::Contains("nothing moved for 10000 cycles") &&
                          Catch::Contains("engine: wait_output"));
  }
}

}  // namespace vitcod::test::engine_test
