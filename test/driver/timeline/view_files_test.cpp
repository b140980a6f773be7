// SPDX-License-Identifier: Apache-2.0
// The two files of a run whose every cycle is known, byte by byte.
#include <catch2/catch.hpp>
#include <csignal>
#include <functional>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/driver/timeline/timeline_file.hpp"
#include "sim/driver/timeline/vcd_file.hpp"
#include "test/driver/timeline/scripted_machine.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::view_files_test {
namespace {

struct Views {
  std::string timeline;
  std::string vcd;
};

Views views_of(const std::function<void(ScriptedMachine&)>& script, const CycleWindow& window = {},
               std::size_t capacity = CycleRecorder::kCapacity,
               std::uint64_t dram_clock_khz = 1'200'000) {
  const TempFolder folder;
  ScriptedMachine machine(dram_clock_khz);
  CycleRecorder recorder(window, folder / "file", capacity);
  recorder.listen_to(machine);
  script(machine);
  Json result;
  machine.write_report(result);
  recorder.finish(result["blocks"]);
  const auto written = [&](auto write) {
    AtomicFile file(folder / "file");
    write(recorder, file);
    file.commit();
    return read_file(folder / "file");
  };
  return {written(write_timeline), written(write_vcd)};
}

/// 5 cycles of 2 ns, 12 DRAM clocks of 0.83 ns: the last of these begins at 9.17 ns.
void run_in_order_of_time(ScriptedMachine& machine) {
  using Reason = ScriptedReason;
  machine.layers.pass(Reason::kIdle, 0, 3);
  machine.layers.pass(Reason::kBusy, 3, 5);
  machine.engine.pass(Reason::kBusy, 0, 1);
  machine.engine.pass(Reason::kBusy, 1, 2);
  machine.engine.pass(Reason::kIdle, 2, 4);
  machine.engine.pass(Reason::kBlocked, 4, 5);
  machine.unit.pass(Reason::kIdle, 0, 5);
  machine.dram.pass(Reason::kIdle, 0, 1);
  machine.dram.pass(Reason::kBlocked, 1, 2);
  machine.dram.pass(Reason::kBusy, 2, 12);
}

/// The same, told in another order and in other pieces.
void run_in_disorder(ScriptedMachine& machine) {
  using Reason = ScriptedReason;
  machine.dram.pass(Reason::kIdle, 0, 1);
  machine.dram.pass(Reason::kBlocked, 1, 2);
  machine.dram.pass(Reason::kBusy, 2, 7);
  machine.dram.pass(Reason::kBusy, 7, 12);
  for (Cycle cycle = 0; cycle < 5; ++cycle) machine.unit.pass(Reason::kIdle, cycle, cycle + 1);
  machine.engine.pass(Reason::kBusy, 0, 2);
  machine.engine.pass(Reason::kIdle, 2, 4);
  machine.layers.pass(Reason::kIdle, 0, 3);
  machine.engine.pass(Reason::kBlocked, 4, 5);
  machine.layers.pass(Reason::kBusy, 3, 5);
}

constexpr const char* kTimelineNames =
    R"({"displayTimeUnit":"ns","traceEvents":[
{"ph":"M","pid":1,"name":"process_name","args":{"name":"machine"}},
{"ph":"M","pid":1,"name":"process_sort_index","args":{"sort_index":1}},
{"ph":"M","pid":1,"tid":5,"name":"thread_name","args":{"name":"layer"}},
{"ph":"M","pid":1,"tid":5,"name":"thread_sort_index","args":{"sort_index":0}},
{"ph":"M","pid":1,"tid":6,"name":"thread_name","args":{"name":"engine"}},
{"ph":"M","pid":1,"tid":6,"name":"thread_sort_index","args":{"sort_index":1}},
{"ph":"M","pid":2,"name":"process_name","args":{"name":"engine"}},
{"ph":"M","pid":2,"name":"process_sort_index","args":{"sort_index":2}},
{"ph":"M","pid":2,"tid":7,"name":"thread_name","args":{"name":"unit"}},
{"ph":"M","pid":2,"tid":7,"name":"thread_sort_index","args":{"sort_index":2}},
{"ph":"M","pid":1,"tid":8,"name":"thread_name","args":{"name":"dram0"}},
{"ph":"M","pid":1,"tid":8,"name":"thread_sort_index","args":{"sort_index":3}},
)";

// A DRAM clock is 5/6 ns: clock 1 begins at 0.83, clock 2 at 1.67, clock 12 at 10 ns.
constexpr const char* kTimelineEvents =
    R"({"ph":"X","pid":1,"tid":8,"ts":0.000,"dur":0.001,"name":"blocked","args":{"from":1,"to":2}},
{"ph":"X","pid":1,"tid":6,"ts":0.000,"dur":0.004,"name":"busy","args":{"from":0,"to":2}},
{"ph":"X","pid":1,"tid":5,"ts":0.000,"dur":0.006,"name":"a \"1\"","args":{"from":0,"to":3}},
{"ph":"X","pid":1,"tid":5,"ts":0.006,"dur":0.004,"name":"b","args":{"from":3,"to":5}},
{"ph":"X","pid":1,"tid":6,"ts":0.008,"dur":0.002,"name":"blocked","args":{"from":4,"to":5}},
{"ph":"X","pid":1,"tid":8,"ts":0.001,"dur":0.009,"name":"busy","args":{"from":2,"to":12}}
],"otherData":{"cycles":"0:5","clock_khz":"500000","dram_clock_khz":"1200000"}}
)";

constexpr const char* kVcdVariables =
    R"($version vitcod-sim $end
$timescale 1 ps $end
$scope module machine $end
$var string 1 ! layer $end
$var string 1 " engine $end
$scope module engine $end
$var string 1 # unit $end
$upscope $end
$var string 1 $ dram0 $end
$upscope $end
$enddefinitions $end
)";

constexpr const char* kVcdChanges = R"(#0
$dumpvars
sa_"1" !
sbusy "
sidle #
sidle $
$end
#833
sblocked $
#1666
sbusy $
#4000
sidle "
#6000
sb !
#8000
sblocked "
#10000
)";

}  // namespace

TEST_CASE("the timeline and the waveform of a run have each stretch of cycles at its time") {
  const Views views = views_of(run_in_order_of_time);
  CHECK(views.timeline == std::string(kTimelineNames) + kTimelineEvents);
  CHECK(views.vcd ==
        "$comment cycles 0 to 5 of 500000 kHz, DRAM clocks 0 to 12 of 1200000 kHz $end\n" +
            std::string(kVcdVariables) + kVcdChanges);
}

TEST_CASE("the order in which blocks tell of their cycles does not show") {
  const Views views = views_of(run_in_order_of_time);
  for (const std::size_t capacity : {std::size_t{1}, std::size_t{3}, CycleRecorder::kCapacity}) {
    const Views other = views_of(run_in_disorder, {}, capacity);
    CHECK(other.timeline == views.timeline);
    CHECK(other.vcd == views.vcd);
  }
}

TEST_CASE("a window shows its cycles alone, and the DRAM clocks that begin in them") {
  // Cycles 1 to 3 are 2 to 8 ns. DRAM clock 3 begins at 2.5 ns, clock 9 at 7.5, clock 10 at 8.33.
  const Views views = views_of(run_in_disorder, {1, 4});
  CHECK(
      views.timeline ==
      std::string(kTimelineNames) +
          R"({"ph":"X","pid":1,"tid":6,"ts":0.002,"dur":0.002,"name":"busy","args":{"from":1,"to":2}},
{"ph":"X","pid":1,"tid":5,"ts":0.002,"dur":0.004,"name":"a \"1\"","args":{"from":1,"to":3}},
{"ph":"X","pid":1,"tid":5,"ts":0.006,"dur":0.002,"name":"b","args":{"from":3,"to":4}},
{"ph":"X","pid":1,"tid":8,"ts":0.002,"dur":0.006,"name":"busy","args":{"from":3,"to":10}}
],"otherData":{"cycles":"1:4","clock_khz":"500000","dram_clock_khz":"1200000"}}
)");
  CHECK(views.vcd ==
        "$comment cycles 1 to 4 of 500000 kHz, DRAM clocks 3 to 10 of 1200000 kHz $end\n" +
            std::string(kVcdVariables) +
            "#2000\n$dumpvars\nsa_\"1\" !\nsbusy \"\nsidle #\n$end\n#2500\nsbusy $\n#4000\nsidle "
            "\"\n#6000\nsb !\n#8000\n");
}

TEST_CASE("a window in which no DRAM clock begins shows none") {
  // At 100 MHz a DRAM clock is 5 cycles: one begins with cycle 0, one with cycle 5.
  const auto script = [](ScriptedMachine& machine) {
    machine.engine.pass(ScriptedReason::kBusy, 0, 7);
    machine.dram.pass(ScriptedReason::kBusy, 0, 2);
  };
  const Views views = views_of(script, {1, 5}, 1, 100'000);
  CHECK_THAT(views.timeline, Catch::Contains(R"("name":"busy","args":{"from":1,"to":5}})") &&
                                 !Catch::Contains(R"("tid":4,"ts")"));
  CHECK_THAT(views.vcd, Catch::Contains("DRAM clocks 1 to 1 of 100000 kHz") &&
                            Catch::EndsWith("#2000\n$dumpvars\nsbusy !\n$end\n#10000\n"));
  // The run ends within the second DRAM clock.
  CHECK_THAT(views_of(script, {}, 1, 100'000).vcd,
             Catch::Contains("DRAM clocks 0 to 2 of 100000 kHz") && Catch::EndsWith("#14000\n"));
}

TEST_CASE("a signal to stop ends the writing between two times") {
  const TempFolder folder;
  ScriptedMachine machine(1'200'000);
  CycleRecorder recorder({}, folder / "file");
  recorder.listen_to(machine);
  run_in_disorder(machine);
  Json result;
  machine.write_report(result);
  recorder.finish(result["blocks"]);
  std::size_t num_told = 0;
  const auto interrupted = [&] {
    recorder.replay([&](Tick, std::size_t, std::size_t) {
      if (++num_told == 2) std::raise(SIGTERM);
    });
  };
  CHECK_THROWS_WITH(interrupted(), "stopped before all of the timeline was written");
  // Those of the first time: four tracks begin with it.
  CHECK(num_told == 4);
}

TEST_CASE("a window behind the run is refused, one that ends behind it is cut") {
  CHECK_THROWS_WITH(views_of(run_in_order_of_time, {5, 6}),
                    "--window: the run ended before cycle 5");
  CHECK(views_of(run_in_order_of_time, {0, 6}).vcd == views_of(run_in_order_of_time).vcd);
  CHECK_THAT(views_of(run_in_order_of_time, {4, 9}).vcd, Catch::Contains("cycles 4 to 5 of"));
}

}  // namespace vitcod::test::view_files_test
