// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "hw_models/accelerators/layer_phases.hpp"
#include "sim/base/errors.hpp"
#include "test/hw_models/controller/jobs_bench.hpp"

namespace vitcod::test::controller_jobs_test {

// Programs for units that mean nothing: what the controller does with jobs, whatever they are for.

namespace {

using Lines = std::vector<std::string>;
using Milestone = Dependency::Milestone;

Lines lines_of(const TestProgram& program, const RunMode& mode = {}) {
  JobsBench bench(program, mode);
  bench.run();
  return bench.units.lines;
}

}  // namespace

TEST_CASE("a job goes to any units, and its successor in the cycle after its end") {
  TestProgram test;
  test.job();
  test.load(2);  // seen in 5 and 6
  test.order(2, "long", 6);
  test.order(0, "short", 4);  // the job ends in 12
  test.job();
  test.order(1, "next", 3);
  for (const RunMode& mode : all_run_modes()) {
    CHECK(lines_of(test, mode) == Lines{"0 load 0", "6 short", "6 long", "13 next"});
  }
}

TEST_CASE("a job without loads is issued in the cycle after it is reached") {
  TestProgram test;
  test.job();
  test.order(0, "first", 4);
  test.job();
  test.order(1, "second", 2);
  for (const RunMode& mode : all_run_modes()) {
    CHECK(lines_of(test, mode) == Lines{"1 first", "6 second"});
  }
}

TEST_CASE("a chained job is issued in the cycle in which the one before ends") {
  TestProgram test;
  test.job();
  test.load(1);  // seen in 5
  test.order(0, "first", 4);
  test.job().chained = true;
  test.order(1, "second", 3);
  test.job().chained = true;
  test.order(0, "third", 2);
  for (const RunMode& mode : all_run_modes()) {
    CHECK(lines_of(test, mode) == Lines{"0 load 0", "5 first", "9 second", "12 third"});
  }
}

TEST_CASE("a chained job whose results have no room is a broken invariant") {
  TestProgram test;
  test.job();
  const RegionId large = test.region(1, 200);
  const RegionId larger = test.region(1, 57);
  test.program.jobs.back().claims = {large};
  test.order(0, "first", 4);
  test.job().chained = true;
  test.program.jobs.back().claims = {larger};
  test.order(0, "second", 4);
  JobsBench bench(test);
  CHECK_THROWS_AS(bench.run(), ModelError);
}

TEST_CASE("loads wait for the end of a job, or until its results are in DRAM") {
  const auto second_load = [](std::optional<Milestone> milestone) {
    TestProgram test;
    test.job();
    test.load(1);  // seen in 5: the job goes from 5 to 9, its results are stored in 20
    test.storing_order("first", 4, 64, test.region(1, 64), 15);
    test.program.jobs.back().claims = {RegionId{0}};
    const JobId first = test.last();
    test.job();
    if (milestone) test.program.jobs.back().loads_wait_for = {Dependency{first, *milestone}};
    test.load(1);
    test.order(1, "second", 4);
    for (const std::string& line : lines_of(test)) {
      if (line.ends_with("load 1")) return line;
    }
    return std::string();
  };
  CHECK(second_load({}) == "1 load 1");
  CHECK(second_load(Milestone::kDelivered) == "5 load 1");
  CHECK(second_load(Milestone::kEnded) == "9 load 1");
  CHECK(second_load(Milestone::kRetired) == "21 load 1");
}

TEST_CASE("an order that drains holds up neither the end of its job nor the next one") {
  TestProgram test;
  test.job();
  test.load(1);
  test.order(2, "drains", 30, Order::Ends::kDrained);  // 5 to 35
  test.order(0, "reports", 4);
  const JobId first = test.last();
  test.job();
  test.order(0, "next", 4);  // 10 to 14
  test.job();
  test.program.jobs.back().loads_wait_for = {Dependency{first, Milestone::kRetired}};
  test.load(1);
  test.order(1, "last", 2);  // the load is seen in 41
  for (const RunMode& mode : all_run_modes()) {
    CHECK(lines_of(test, mode) ==
          Lines{"0 load 0", "5 reports", "5 drains", "10 next", "36 load 2", "41 last"});
  }
}

TEST_CASE("what units drain from is given back when all of them have reported, not with the job") {
  TestProgram test;
  const RegionId drained = test.region(0, 200);
  const RegionId next = test.region(0, 57);  // of 256
  test.job().frees_when_drained = {drained};
  test.load(1, {drained});                             // seen in 5
  test.order(1, "drains", 20, Order::Ends::kDrained);  // 5 to 25
  test.order(2, "drains longer", 30, Order::Ends::kDrained);
  test.order(0, "reports", 4);  // the job ends in 9
  test.job().frees = {next};
  test.load(1, {next});  // commanded in 35, seen in 40
  test.order(0, "next", 4);
  for (const RunMode& mode : all_run_modes()) {
    JobsBench bench(test, mode);
    bench.run();
    CHECK(bench.units.lines ==
          Lines{"0 load 0", "5 reports", "5 drains", "5 drains longer", "35 load 1", "40 next"});
    CHECK(bench.freed == std::vector<RegionId>{drained, next});
  }
}

TEST_CASE("a load after fences waits until these are delivered, and for nothing else") {
  TestProgram test;
  test.job();
  test.load(2).is_fence = true;  // seen in 5 and 6
  test.load(1).after_fences = true;
  test.order(0, "work", 2);  // the second load is seen in 11
  CHECK(lines_of(test) == Lines{"0 load 0", "6 load 0", "11 work"});
}

TEST_CASE("what the next load waits for has cycles of its own") {
  const auto cycles_of = [](const TestProgram& test, const RunMode& mode) {
    JobsBench bench(test, mode);
    bench.run();
    Json json;
    bench.bench.stats.write(json);
    return json["controller"]["loads"]["cycles"].dump();
  };
  TestProgram crowded;  // loads in 0 and 9, when the region of the first one is free
  const RegionId first = crowded.region(0, 200);
  const RegionId second = crowded.region(0, 57);  // of 256
  crowded.job().frees = {first};
  crowded.load(1, {first});     // seen in 5
  crowded.order(0, "work", 4);  // to 9
  crowded.job().frees = {second};
  crowded.load(1, {second});    // seen in 14
  crowded.order(1, "more", 2);  // to 16; the job retires in the cycle after its end at latest
  TestProgram ordered;          // loads in 0 and 6
  ordered.job();
  ordered.load(2).is_fence = true;      // seen in 5 and 6
  ordered.load(1).after_fences = true;  // seen in 11
  ordered.order(0, "work", 2);          // to 13
  for (const RunMode& mode : all_run_modes()) {
    CHECK(cycles_of(crowded, mode) ==
          R"({"commanding":2,"wait_job":0,"wait_space":8,"wait_dma":0,"done":7})");
    CHECK(cycles_of(ordered, mode) ==
          R"({"commanding":2,"wait_job":5,"wait_space":0,"wait_dma":0,"done":7})");
  }
}

TEST_CASE("a load waits until its regions are free; their owner is told when they are lost") {
  TestProgram test;
  const RegionId first = test.region(0, 200);
  const RegionId second = test.region(0, 57);  // of 256
  const RegionId results = test.region(1, 64);
  test.job();
  test.load(1, {first});
  test.program.jobs.back().claims = {results};
  test.program.jobs.back().frees = {first};
  test.storing_order("work", 4, 64, results, 15);  // 5 to 9
  test.job();
  test.load(1, {second});
  test.program.jobs.back().frees = {second};
  test.order(1, "more", 2);  // 14 to 16, before the results are stored in 20
  JobsBench bench(test);
  bench.run();
  CHECK(bench.units.lines == Lines{"0 load 0", "5 work", "9 load 1", "14 more"});
  CHECK(bench.freed == std::vector<RegionId>{first, second, results});
  CHECK(bench.bench.num_cycles() == 22);  // a tile a cycle retires: the second one in 21
}

TEST_CASE("cycles belong to the phase and the layer of the oldest job that has not ended") {
  TestProgram test;
  test.job(0);
  test.load(1);
  test.order(0, "first", 4);  // 5 to 9
  test.job(2).phase = PhaseId{3};
  test.program.jobs.back().chained = true;
  test.order(1, "second", 6);  // to 15
  test.job(2);
  test.program.jobs.back().ends_tile = false;
  test.order(0, "third", 3);  // 16 to 19
  JobsBench bench(test);
  const LayerPhases layers(bench.controller, 3, [&bench] { return bench.controller.layer(); });
  bench.run();
  const auto phases_of = [&layers](std::size_t layer) {
    Json by_phase;
    layers.write(layer, by_phase);
    return by_phase.dump();
  };
  CHECK(phases_of(0) ==
        R"({"wait_operands":5,"wait_space":0,"work":4,"more_work":0,"write_back":0})");
  CHECK(layers.total(1) == 0);
  CHECK(phases_of(2) ==
        R"({"wait_operands":0,"wait_space":1,"work":3,"more_work":6,"write_back":1})");
  Json json;
  bench.bench.stats.write(json);
  // Waits for operands in 0 to 4; the order of the third job is on its way in 15.
  CHECK(json["controller"]["cycles"].dump() ==
        R"({"wait_operands":5,"wait_space":1,"work":7,"more_work":6,"write_back":1})");
  CHECK(json["controller"]["units"] == 2);
}

TEST_CASE("an answer that nothing asked for is a broken invariant") {
  const auto check_throws = [](const std::function<void(TestUnits&, const TestProgram&)>& plant) {
    TestProgram test;
    test.job();
    test.load(1);
    test.order(0, "work", 20);
    test.job();
    test.order(0, "late", 2);
    JobsBench bench(test);
    plant(bench.units, test);
    CHECK_THROWS_AS(bench.run(), ModelError);
  };
  check_throws([](TestUnits& units, const TestProgram&) { units.dones[1].add(UnitDone{}, 3); });
  check_throws([](TestUnits& units, const TestProgram& test) {  // a packet too many
    units.deliveries.add(Delivery{&test.program.jobs[0].loads[0].transfer}, 3);
  });
  Transfer other;
  other.job = 7;
  check_throws([&other](TestUnits& units, const TestProgram&) {
    units.deliveries.add(Delivery{&other}, 3);
  });
  check_throws([&other](TestUnits& units, const TestProgram&) {
    units.stores.add(StoreDone{&other, 64}, 3);
  });
}

TEST_CASE("a job is issued without a load that streams, and ends with it") {
  // The first load is seen in 5, the packets of the one that streams from 6 on. The unit's answer
  // is seen in 9: it ends the job where the last of 3 packets came in 8; the last of 10 comes
  // in 15.
  for (const auto& [packets, next] : {std::pair{3U, "10 next"}, std::pair{10U, "16 next"}}) {
    TestProgram test;
    test.job();
    test.load(1);
    test.load(packets).streams = true;
    test.order(0, "first", 4);
    test.job();
    test.order(1, "next", 3);
    for (const RunMode& mode : all_run_modes()) {
      CHECK(lines_of(test, mode) == Lines{"0 load 0", "1 load 0", "5 first", next});
    }
  }
}

}  // namespace vitcod::test::controller_jobs_test
